//! The time for which a failure is remembered.

use std::time::Duration;

use hetu_chain::resilience::Backoff;
use tokio::time::Instant;

use crate::QueryError;

/// A failure of the network is over soon; that of an identity takes a transaction or an operator.
const NETWORK: Backoff = Backoff::between(Duration::from_millis(200), Duration::from_secs(10));
const REFUSAL: Backoff = Backoff::between(Duration::from_secs(1), Duration::from_secs(30));
const IDENTITY: Backoff = Backoff::between(Duration::from_secs(2), Duration::from_secs(120));

/// The maximum pause, also for a longer `Retry-After`.
const LONGEST: Duration = Duration::from_secs(120);

/// A proof that failed, and the time of the next attempt.
#[derive(Clone, Debug)]
pub(super) struct ProofFailure {
    pub(super) error: QueryError,
    in_a_row: u32,
    until: Instant,
}

impl ProofFailure {
    /// Returns the failure `error`, which doubles the pause of the `previous` one.
    pub(super) fn after(previous: Option<&Self>, error: QueryError) -> Self {
        let in_a_row = previous.map_or(1, |failure| failure.in_a_row.saturating_add(1));
        let pause = pauses(&error).delay_after(in_a_row - 1);
        let pause = error.retry_after().map_or(pause, |asked| pause.max(asked.min(LONGEST)));
        Self { error, in_a_row, until: Instant::now() + pause }
    }

    pub(super) fn is_over(&self) -> bool {
        Instant::now() >= self.until
    }
}

const fn pauses(error: &QueryError) -> Backoff {
    match error {
        QueryError::WrongIdentity(_) | QueryError::Unproven(_) | QueryError::Untrusted(_) => {
            IDENTITY
        }
        QueryError::Refused { .. } | QueryError::Undecodable { .. } => REFUSAL,
        _ => NETWORK,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::IdentityRefusal;

    #[tokio::test(start_paused = true)]
    async fn pauses_double_up_to_a_bound() {
        let refused = || QueryError::ConnectionRefused { reason: "".into() };
        let mut failure = ProofFailure::after(None, refused());
        for expected in [200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000] {
            tokio::time::advance(Duration::from_millis(expected - 1)).await;
            assert!(!failure.is_over());
            tokio::time::advance(Duration::from_millis(1)).await;
            assert!(failure.is_over());
            failure = ProofFailure::after(Some(&failure), refused());
        }
        for _ in 0..100 {
            failure = ProofFailure::after(Some(&failure), IdentityRefusal::OtherRecipient.into());
        }
        tokio::time::advance(Duration::from_secs(120)).await;
        assert!(failure.is_over());
    }
}
