#![no_main]

libfuzzer_sys::fuzz_target!(|message: hetu_cambium_fuzz::Message<'_>| {
    hetu_cambium_fuzz::work::request(&message);
});
