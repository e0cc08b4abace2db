#![no_main]

libfuzzer_sys::fuzz_target!(|evidence: hetu_cambium_fuzz::receipts::Evidence<'_>| {
    hetu_cambium_fuzz::receipts::run(&evidence);
});
