//! The distinction between an outage of the validator and miners that do not answer.
//!
//! Without it, an hour without network would cost every miner its average. The rule must be of no
//! use to miners that want to avoid a score, even if they are the majority:
//!
//! - One authenticated reply by any miner proves that the network works, and the round counts for
//!   all. Miners cannot prevent others from answering.
//! - If no miner answers, all averages fall or none does, and weights are shares: a common failure
//!   gains no weight. The possible gain is saved work, if every honest miner is attacked at the
//!   same time. Rounds that do not count are therefore limited, and are earned again by rounds with
//!   an answer.

use crate::{Answer, QueryError};

/// The minimum number of asked miners for silence to say anything about the validator.
const FEWEST_ASKED: usize = 3;
/// The minimum share of asked miners that cannot be reached, in percent. The rest failed otherwise:
/// failures of the identity are returned from a cache for minutes, without using the network.
const UNREACHABLE_PERCENT: usize = 90;
/// Rounds in a row that need not count: two half-lives of the default.
const MOST_SAVED: u32 = 16;
/// Rounds with an answer that earn one that need not count.
const ROUNDS_TO_EARN_ONE: u32 = 4;

/// A round in which the validator itself seems to be cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outage {
    /// The number of miners that were asked.
    pub asked: usize,
    /// The number of miners that could not be reached or did not answer in time.
    pub unreachable: usize,
}

/// A detector of outages, which reports a limited number of them.
#[derive(Debug)]
pub(super) struct OutageDetector {
    saved: u32,
    earning: u32,
}

impl Default for OutageDetector {
    fn default() -> Self {
        Self { saved: MOST_SAVED, earning: 0 }
    }
}

impl OutageDetector {
    /// Returns the outage that `outcomes` of one round show, or `None` if the round has to count.
    pub(super) fn find<Reply>(
        &mut self,
        outcomes: &[Result<Answer<Reply>, QueryError>],
    ) -> Option<Outage> {
        if outcomes.iter().any(is_authenticated) {
            self.earn();
            return None;
        }
        let is_asked = |outcome: &&Result<_, QueryError>| {
            !matches!(outcome, Err(QueryError::Signing(_) | QueryError::Cancelled))
        };
        let asked = outcomes.iter().filter(is_asked).count();
        let unreachable = outcomes.iter().filter(|outcome| is_unreachable(outcome)).count();
        let is_outage =
            asked >= FEWEST_ASKED && unreachable * 100 >= asked.saturating_mul(UNREACHABLE_PERCENT);
        if !is_outage {
            return None;
        }
        if self.saved == 0 {
            tracing::warn!(
                asked,
                unreachable,
                "no miner can be reached for long: rounds count again"
            );
            return None;
        }
        self.saved -= 1;
        Some(Outage { asked, unreachable })
    }

    fn earn(&mut self) {
        if self.saved < MOST_SAVED {
            self.earning += 1;
            if self.earning == ROUNDS_TO_EARN_ONE {
                (self.saved, self.earning) = (self.saved + 1, 0);
            }
        }
    }
}

/// Returns `true` if the miner signed the outcome of this call: others may come from a cache, or
/// from an attacker on the path.
const fn is_authenticated<Reply>(outcome: &Result<Answer<Reply>, QueryError>) -> bool {
    matches!(outcome, Ok(_) | Err(QueryError::Refused { is_signed: true, .. }))
}

const fn is_unreachable<Reply>(outcome: &Result<Answer<Reply>, QueryError>) -> bool {
    matches!(
        outcome,
        Err(QueryError::ConnectionRefused { .. }
            | QueryError::Unreachable { .. }
            | QueryError::ConnectionLost { .. }
            | QueryError::TimedOut { .. })
    )
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use hetu_cambium::{Problem, Reason};
    use hetu_chain::Address;

    use super::*;
    use crate::IdentityRefusal;

    type QueryOutcome = Result<Answer<()>, QueryError>;

    fn silent() -> QueryOutcome {
        Err(QueryError::TimedOut { limit: Duration::from_secs(12) })
    }

    fn unreachable() -> QueryOutcome {
        Err(QueryError::Unreachable { reason: "no route to host".into() })
    }

    fn answer() -> QueryOutcome {
        let (miner, latency) = (Address::new([1; 20]), Duration::from_millis(20));
        Ok(Answer { reply: (), miner, latency, receipt: None, request_id: None })
    }

    fn refused(is_signed: bool) -> QueryOutcome {
        let problem = Box::new(Problem::new(Reason::Overloaded, ""));
        Err(QueryError::Refused { problem, is_signed, retry_after: None })
    }

    fn remembered() -> QueryOutcome {
        Err(IdentityRefusal::OtherRecipient.into())
    }

    fn round(
        count: usize,
        most: fn() -> QueryOutcome,
        others: &[fn() -> QueryOutcome],
    ) -> Vec<QueryOutcome> {
        let others = others.iter().map(|outcome| outcome());
        (0..count).map(|_| most()).chain(others).collect()
    }

    #[test]
    fn round_in_which_no_miner_can_be_reached_does_not_count() {
        for most in [silent, unreachable] as [fn() -> QueryOutcome; 2] {
            let found = OutageDetector::default().find(&round(20, most, &[]));
            assert_eq!(found, Some(Outage { asked: 20, unreachable: 20 }));
        }
        let mostly = round(18, unreachable, &[remembered, || refused(false)]);
        let found = OutageDetector::default().find(&mostly);
        assert_eq!(found, Some(Outage { asked: 20, unreachable: 18 }));
    }

    /// The majority must not avoid a score by a common failure: one honest miner is enough.
    #[test]
    fn round_counts_for_a_majority_that_fails_together_if_one_miner_answers() {
        for witness in [answer, || refused(true)] as [fn() -> QueryOutcome; 2] {
            let mut outages = OutageDetector::default();
            assert_eq!(outages.find(&round(4_095, unreachable, &[witness])), None);
        }
    }

    #[test]
    fn round_counts_if_miners_fail_otherwise_or_are_too_few() {
        let mut outages = OutageDetector::default();
        assert_eq!(
            outages.find(&round(17, unreachable, &[remembered as fn() -> QueryOutcome; 3])),
            None
        );
        assert_eq!(outages.find(&round(FEWEST_ASKED - 1, unreachable, &[])), None);
        assert_eq!(outages.find::<()>(&[]), None);
    }

    /// Even if every honest miner is attacked, the others cannot avoid scores for ever.
    #[test]
    fn rounds_that_do_not_count_are_limited_and_earned_by_rounds_with_an_answer() {
        let mut outages = OutageDetector::default();
        let (silence, reply) = (round(20, silent, &[]), round(19, silent, &[answer]));
        let uncounted = |outages: &mut OutageDetector| {
            (0..100).filter(|_| outages.find(&silence).is_some()).count()
        };
        assert_eq!(uncounted(&mut outages), 16);
        for _ in 0..8 {
            assert_eq!(outages.find(&reply), None);
        }
        assert_eq!(uncounted(&mut outages), 2);
        for _ in 0..1_000 {
            outages.find(&reply);
        }
        assert_eq!(uncounted(&mut outages), 16, "and not more than that are saved");
    }
}
