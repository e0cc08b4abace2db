//! What this process takes from its operating system, and how much a test is to do.

/// How much more than in the usual run of the tests: `scripts/soak` sets it.
pub(super) fn scale() -> u32 {
    std::env::var("HETU_TEST_SCALE").map_or(1, |scale| scale.parse().unwrap())
}

/// Bytes of memory that are resident (`/proc/self/statm`, in pages of 4 KiB).
pub(super) fn resident_bytes() -> usize {
    let statistics = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: usize = statistics.split(' ').nth(1).unwrap().parse().unwrap();
    pages * 4_096
}

/// Files that are open, sockets included.
pub(super) fn open_files() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}
