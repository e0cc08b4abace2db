//! Resource use of this process.

use std::fs;

use serde::{Deserialize, Serialize};

/// The resource use of a process since its start.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Usage {
    /// The processor time of all its threads, in microseconds.
    pub(crate) processor_us: u64,
    /// The resident memory, in KiB.
    pub(crate) resident_kib: u64,
}

impl Usage {
    /// Returns the usage of this process, or zeros where the operating system does not report it.
    pub(crate) fn now() -> Self {
        Self {
            processor_us: processor_us().unwrap_or(0),
            resident_kib: resident_kib().unwrap_or(0),
        }
    }
}

fn processor_us() -> Option<u64> {
    let mut nanoseconds = 0;
    for thread in fs::read_dir("/proc/self/task").ok()? {
        let text = fs::read_to_string(thread.ok()?.path().join("schedstat")).ok()?;
        nanoseconds += text.split_whitespace().next()?.parse::<u64>().ok()?;
    }
    Some(nanoseconds / 1_000)
}

fn resident_kib() -> Option<u64> {
    const PAGE_KIB: u64 = 4;
    let text = fs::read_to_string("/proc/self/statm").ok()?;
    Some(text.split_whitespace().nth(1)?.parse::<u64>().ok()? * PAGE_KIB)
}
