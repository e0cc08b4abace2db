//! Memory and files of the test process, and the scale of a test.

/// Returns the factor by which a test exceeds its usual size: `HETU_TEST_SCALE`, or 1.
///
/// # Panics
///
/// Panics if the variable is set and is not a number.
pub fn scale() -> u32 {
    std::env::var("HETU_TEST_SCALE").map_or(1, |scale| scale.parse().unwrap())
}

/// Returns the resident memory of this process in bytes (`/proc/self/statm`, in pages of 4 KiB).
///
/// # Panics
///
/// Panics on a system without `/proc`.
pub fn resident_bytes() -> usize {
    let statistics = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: usize = statistics.split(' ').nth(1).unwrap().parse().unwrap();
    pages * 4_096
}

/// Returns the number of open files of this process, sockets included.
///
/// # Panics
///
/// Panics on a system without `/proc`.
pub fn open_files() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}
