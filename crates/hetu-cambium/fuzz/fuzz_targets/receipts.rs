#![no_main]

libfuzzer_sys::fuzz_target!(|input: hetu_cambium_fuzz::receipts::ReceiptInput<'_>| {
    hetu_cambium_fuzz::receipts::run(&input);
});
