//! The delay before a program is restarted.

use std::time::Duration;

use hetu_chain::resilience::Backoff;

const FIRST: Duration = Duration::from_millis(100);
/// The longest delay for a program that ends during calls. A caller may be the cause, and other
/// callers should not wait for long.
const LONGEST_AFTER_A_CALL: Duration = Duration::from_secs(1);
/// The longest delay for a program that ends without a call, which is likely to end again.
const LONGEST: Duration = Duration::from_secs(30);

/// The use of a process before it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Life {
    /// Never used, or not started.
    Idle,
    /// Used, without an answer.
    Asked,
    /// Used, with at least one answer.
    Useful,
}

/// The delays between consecutive processes that answered no call.
#[derive(Debug)]
pub(super) struct RestartBackoff(Backoff);

impl Default for RestartBackoff {
    fn default() -> Self {
        Self(Backoff::between(FIRST, LONGEST))
    }
}

impl RestartBackoff {
    /// Returns the delay after a process with this life.
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
