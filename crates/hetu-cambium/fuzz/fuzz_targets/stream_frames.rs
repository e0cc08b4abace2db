#![no_main]

libfuzzer_sys::fuzz_target!(|frames: hetu_cambium_fuzz::stream_frames::StreamFrames<'_>| {
    hetu_cambium_fuzz::stream_frames::run(&frames);
});
