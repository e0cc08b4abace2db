//! Broadcasts: one call to many miners.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::time::sleep_until;

use crate::reply_budget::ReplyBudget;
use crate::until::{LONGEST, until};
use crate::{Answer, Attempt, QueryError, ReplyShare, Router, Target};

const DEFAULT_CONCURRENCY: usize = 256;
const MOST_AT_ONCE: usize = 4_096;
const DEFAULT_REPLY_BYTES: usize = 64 * 1024 * 1024;

/// The concurrency, the deadlines and the end of a broadcast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BroadcastOptions {
    concurrency: usize,
    target_deadline: Option<Duration>,
    deadline: Option<Duration>,
    until: BroadcastUntil,
    reply_bytes: usize,
}

/// The condition that ends a broadcast.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum BroadcastUntil {
    /// Every target has answered or failed.
    #[default]
    All,
    /// This many targets have answered.
    First(usize),
    /// This many targets have answered, or too many failed for that number to be reached.
    Quorum(usize),
}

impl Default for BroadcastOptions {
    fn default() -> Self {
        Self {
            concurrency: DEFAULT_CONCURRENCY,
            target_deadline: None,
            deadline: None,
            until: BroadcastUntil::All,
            reply_bytes: DEFAULT_REPLY_BYTES,
        }
    }
}

impl BroadcastOptions {
    /// Sets the number of concurrent queries: from 1 to 4,096, 256 by default.
    #[must_use]
    pub fn concurrency(mut self, queries: usize) -> Self {
        self.concurrency = queries.clamp(1, MOST_AT_ONCE);
        self
    }

    /// Sets the time limit of each target, a day at most. The client's deadline by default.
    #[must_use]
    pub const fn target_deadline(mut self, deadline: Duration) -> Self {
        self.target_deadline = Some(deadline);
        self
    }

    /// Sets the time limit of all targets together, a day at most, which is the default.
    #[must_use]
    pub const fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Sets the maximum number of bytes of all received replies together: 64 MiB by default.
    ///
    /// Above it the largest replies are refused ([`QueryError::BudgetExceeded`]), so that a reply
    /// of up to this number divided by the number of targets always has room. Decoded replies may
    /// take several times as much memory.
    #[must_use]
    pub const fn reply_bytes(mut self, bytes: usize) -> Self {
        self.reply_bytes = bytes;
        self
    }

    /// Sets the condition that ends the broadcast.
    #[must_use]
    pub const fn until(mut self, until: BroadcastUntil) -> Self {
        self.until = until;
        self
    }

    /// Uses the deadline of a client if none is set.
    pub(crate) fn or_target_deadline(mut self, deadline: Duration) -> Self {
        self.target_deadline.get_or_insert(deadline);
        self
    }
}

/// The outcomes of a broadcast.
#[derive(Debug)]
#[non_exhaustive]
pub struct Broadcast<Reply> {
    /// One outcome for each target, in their order. A target that was not awaited or no longer
    /// asked has [`QueryError::Cancelled`].
    pub outcomes: Vec<Result<Answer<Reply>, QueryError>>,
    /// The number of answers.
    pub answered: usize,
    /// `true` if the required number answered; for [`BroadcastUntil::All`], if all targets did.
    pub is_reached: bool,
}

impl<Reply> Broadcast<Reply> {
    /// Returns the answers, in the order of the targets.
    pub fn answers(&self) -> impl Iterator<Item = &Answer<Reply>> {
        self.outcomes.iter().filter_map(|outcome| outcome.as_ref().ok())
    }
}

impl<Reply> IntoIterator for Broadcast<Reply> {
    type Item = Result<Answer<Reply>, QueryError>;
    type IntoIter = std::vec::IntoIter<Self::Item>;

    /// Iterates over the outcomes, in the order of the targets.
    fn into_iter(self) -> Self::IntoIter {
        self.outcomes.into_iter()
    }
}

impl BroadcastUntil {
    fn wanted(self, targets: usize) -> usize {
        match self {
            Self::All => targets,
            Self::First(count) | Self::Quorum(count) => count,
        }
    }

    fn is_over(self, answered: usize, failed: usize, targets: usize) -> bool {
        match self {
            Self::All => answered + failed == targets,
            Self::First(count) => answered >= count,
            Self::Quorum(count) => answered >= count || targets - failed < count,
        }
    }
}

impl Router {
    /// Makes `call` to all `targets`, each once, and learns from every outcome.
    ///
    /// Cancel safety: dropping the future cancels all queries in flight.
    pub async fn broadcast<A: Attempt>(
        &self,
        call: &A,
        targets: &[Target],
        options: &BroadcastOptions,
    ) -> Broadcast<A::Reply> {
        let limit = options.target_deadline.unwrap_or(LONGEST).min(LONGEST);
        let budget = ReplyBudget::new(options.reply_bytes);
        let ask = async |place: usize, target: &Target| {
            let share = budget.share();
            (place, self.ask_within(call, target, limit, share.clone()).await, share)
        };
        let over_at = until(options.deadline.unwrap_or(LONGEST));
        let mut outcomes = BroadcastOutcomes::none_of(targets.len());
        let (mut waiting, mut under_way) = (targets.iter().enumerate(), FuturesUnordered::new());
        while !options.until.is_over(outcomes.answered, outcomes.failed, targets.len()) {
            let room = options.concurrency - under_way.len();
            under_way.extend(waiting.by_ref().take(room).map(|(place, target)| ask(place, target)));
            tokio::select! {
                ended = under_way.next() => match ended {
                    Some((place, outcome, share)) => outcomes.put(place, outcome, share),
                    None => break,
                },
                () = budget.revocation() => outcomes.give_up_revoked(),
                () = sleep_until(over_at) => break,
            }
        }
        outcomes.give_up_revoked();
        let BroadcastOutcomes { outcomes, answered, .. } = outcomes;
        let is_reached = answered >= options.until.wanted(targets.len());
        Broadcast { outcomes, answered, is_reached }
    }
}

/// The outcomes so far, and their shares of the budget.
struct BroadcastOutcomes<Reply> {
    outcomes: Vec<Result<Answer<Reply>, QueryError>>,
    shares: Vec<Option<ReplyShare>>,
    answered: usize,
    failed: usize,
}

impl<Reply> BroadcastOutcomes<Reply> {
    fn none_of(targets: usize) -> Self {
        Self {
            outcomes: (0..targets).map(|_| Err(QueryError::Cancelled)).collect(),
            shares: vec![None; targets],
            answered: 0,
            failed: 0,
        }
    }

    fn put(&mut self, place: usize, outcome: Result<Answer<Reply>, QueryError>, share: ReplyShare) {
        match &outcome {
            Ok(_) => self.answered += 1,
            Err(_) => self.failed += 1,
        }
        // The miner determines the length of a refusal, and refusals are kept like answers.
        if matches!(outcome, Ok(_) | Err(QueryError::Refused { .. })) {
            self.shares[place] = Some(share);
        }
        self.outcomes[place] = outcome;
    }

    /// Drops the replies that have to make room for smaller ones.
    fn give_up_revoked(&mut self) {
        for (outcome, kept) in self.outcomes.iter_mut().zip(&mut self.shares) {
            let Some(share) = kept.take_if(|share| share.is_revoked()) else { continue };
            if outcome.is_ok() {
                self.answered -= 1;
                self.failed += 1;
            }
            *outcome = Err(share.exceeded());
        }
    }
}

#[cfg(test)]
mod tests {
    use hetu_chain::model::RawEndpoint;
    use hetu_chain::{Address, Amount};
    use hetu_metastruct::Endpoint;
    use tokio::time::{Instant, sleep};

    use super::*;

    /// Miners that send a piece of 1,000 bytes each millisecond. The stake is the number of pieces.
    struct Pieces;

    const PIECE: usize = 1_000;

    impl Attempt for Pieces {
        type Reply = usize;

        async fn attempt(&self, _: &Target, _: Duration) -> Result<Answer<usize>, QueryError> {
            unreachable!("a broadcast has a budget")
        }

        async fn attempt_within(
            &self,
            target: &Target,
            _: Duration,
            share: ReplyShare,
        ) -> Result<Answer<usize>, QueryError> {
            let (began, pieces) = (Instant::now(), pieces_of(target));
            for _ in 0..pieces {
                sleep(Duration::from_millis(1)).await;
                share.charge(PIECE)?;
            }
            let (reply, latency) = (pieces * PIECE, began.elapsed());
            let miner = target.address;
            Ok(Answer { reply, miner, latency, receipt: None, request_id: None })
        }
    }

    fn pieces_of(target: &Target) -> usize {
        (0..).find(|&pieces| target.stake == Amount::from_hetu(pieces)).unwrap() as usize
    }

    fn targets(pieces: impl IntoIterator<Item = u64>) -> Vec<Target> {
        let endpoint = Endpoint::parse(&RawEndpoint::new("8.8.8.8", 80), false).unwrap();
        let target = |(number, pieces): (usize, u64)| {
            let mut account = [0; 20];
            account[12..].copy_from_slice(&(number as u64).to_be_bytes());
            Target::new(Address::new(account), endpoint.clone(), Amount::from_hetu(pieces))
        };
        pieces.into_iter().enumerate().map(target).collect()
    }

    async fn broadcast(pieces: impl IntoIterator<Item = u64>, bytes: usize) -> Vec<bool> {
        let options = BroadcastOptions::default().reply_bytes(bytes).concurrency(4_096);
        let told = Router::seeded(1).broadcast(&Pieces, &targets(pieces), &options).await;
        let came: Vec<_> = told.outcomes.iter().map(Result::is_ok).collect();
        assert_eq!(told.answered, came.iter().filter(|came| **came).count());
        for outcome in &told.outcomes {
            assert!(matches!(outcome, Ok(_) | Err(QueryError::BudgetExceeded { .. })));
        }
        let kept: usize = told.answers().map(|answer| answer.reply).sum();
        assert!(kept <= bytes, "{kept} of {bytes}");
        came
    }

    /// Covers replies that are bounded individually but not together: four miners would have used
    /// up the budget of all others, whether their replies arrive before or after the others.
    #[tokio::test(start_paused = true)]
    async fn large_replies_make_room_for_small_ones_whether_they_came_before_or_come_later() {
        for (small, large) in [(20, 200), (2, 400)] {
            let pieces = (0..64).map(|number| if number < 4 { large } else { small });
            let came = broadcast(pieces, 64 * 20 * PIECE).await;
            assert!(came[4..].iter().all(|came| *came), "every small reply has room");
        }
        let pieces = [80, 80, 80, 200, 200];
        assert_eq!(broadcast(pieces, 400 * PIECE).await, [true, true, true, false, false]);
    }

    #[tokio::test(start_paused = true)]
    async fn replies_that_fit_together_all_come_whatever_their_lengths() {
        let pieces = [1, 500, 2, 30, 467];
        assert_eq!(broadcast(pieces, 1_000 * PIECE).await, [true; 5]);
    }

    #[tokio::test(start_paused = true)]
    async fn answer_that_was_given_up_does_not_count_as_one() {
        let options = BroadcastOptions::default().reply_bytes(300 * PIECE);
        // One after the other, so that each reply is complete when the next one needs its room.
        let (targets, options) = (targets([200, 190, 199]), options.concurrency(1));
        let told = Router::seeded(1).broadcast(&Pieces, &targets, &options).await;
        assert_eq!((told.answered, told.is_reached), (1, false));
        assert!(told.outcomes[2].is_ok());
    }
}
