#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| hetu_cambium_fuzz::bincode_bodies::run(bytes));
