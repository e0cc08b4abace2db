#![no_main]

libfuzzer_sys::fuzz_target!(|text: &[u8]| hetu_cambium_fuzz::structured_fields::run(text));
