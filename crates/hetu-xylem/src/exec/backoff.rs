//! The delay before a program is started again.

use std::time::Duration;

use hetu_chain::resilience::Backoff;

const FIRST: Duration = Duration::from_millis(100);
/// For a program that ends in calls, where a caller may be the cause and others should not have to
/// wait for long.
const LONGEST_AFTER_A_CALL: Duration = Duration::from_secs(1);
/// For a program that ends by itself, which is likely to do so again.
const LONGEST: Duration = Duration::from_secs(30);

/// The use of a process before it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Life {
    /// It was never asked, or did not start.
    Idle,
    /// It was asked and answered nothing.
    Asked,
    /// It answered a call or more.
    Useful,
}

/// The delays between processes in a row that were of no use.
#[derive(Debug)]
pub(super) struct RestartBackoff(Backoff);

impl Default for RestartBackoff {
    fn default() -> Self {
        Self(Backoff::between(FIRST, LONGEST))
    }
}

impl RestartBackoff {
    /// The delay after a process with this life.
    pub(super) fn after(&mut self, life: Life) -> Duration {
        match life {
            Life::Useful => {
                self.0.reset();
                Duration::ZERO
            }
            Life::Asked => self.0.next_delay().min(LONGEST_AFTER_A_CALL),
            Life::Idle => self.0.next_delay(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn useless_processes_are_started_ever_more_slowly() {
        let mut backoff = RestartBackoff::default();
        assert_eq!(backoff.after(Life::Useful), Duration::ZERO);
        let delays: Vec<_> = (0..4).map(|_| backoff.after(Life::Idle).as_millis()).collect();
        assert_eq!(delays, [100, 200, 400, 800]);
        for _ in 0..100 {
            backoff.after(Life::Idle);
        }
        assert_eq!(backoff.after(Life::Idle), LONGEST);
        assert_eq!(backoff.after(Life::Asked), LONGEST_AFTER_A_CALL);
        assert_eq!(backoff.after(Life::Useful), Duration::ZERO);
        assert_eq!(backoff.after(Life::Asked), FIRST);
    }
}
