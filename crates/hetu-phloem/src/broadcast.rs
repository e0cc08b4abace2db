//! Asking many miners the same.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::time::timeout_at;

use crate::until::{LONGEST, until};
use crate::{Answer, Attempt, QueryError, Router, Target};

const DEFAULT_CONCURRENCY: usize = 256;
const MOST_AT_ONCE: usize = 4_096;

/// How many are asked at once, for how long, and when it is enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BroadcastOptions {
    concurrency: usize,
    target_deadline: Option<Duration>,
    deadline: Option<Duration>,
    until: BroadcastUntil,
}

/// When a broadcast is over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum BroadcastUntil {
    /// When every target has answered or failed.
    #[default]
    All,
    /// When this many have answered.
    First(usize),
    /// When this many have answered, or when they cannot any more because too many failed.
    Quorum(usize),
}

impl Default for BroadcastOptions {
    fn default() -> Self {
        Self {
            concurrency: DEFAULT_CONCURRENCY,
            target_deadline: None,
            deadline: None,
            until: BroadcastUntil::All,
        }
    }
}

impl BroadcastOptions {
    /// How many queries are under way at once: from 1 to 4,096, 256 by default.
    #[must_use]
    pub fn concurrency(mut self, queries: usize) -> Self {
        self.concurrency = queries.clamp(1, MOST_AT_ONCE);
        self
    }

    /// How long each target may take, a day at most. The client's deadline by default.
    #[must_use]
    pub const fn target_deadline(mut self, deadline: Duration) -> Self {
        self.target_deadline = Some(deadline);
        self
    }

    /// How long all may take together, a day at most, which is the default.
    #[must_use]
    pub const fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// When it is over.
    #[must_use]
    pub const fn until(mut self, until: BroadcastUntil) -> Self {
        self.until = until;
        self
    }

    /// With the deadline of a client where none is said.
    pub(crate) fn or_target_deadline(mut self, deadline: Duration) -> Self {
        self.target_deadline.get_or_insert(deadline);
        self
    }
}

/// What came of a broadcast.
#[derive(Debug)]
#[non_exhaustive]
pub struct Broadcast<Reply> {
    /// One outcome for each target, in their order. Whom nobody waited for, or who was not asked
    /// any more, has [`QueryError::Cancelled`].
    pub outcomes: Vec<Result<Answer<Reply>, QueryError>>,
    /// How many answered.
    pub answered: usize,
    /// Whether as many answered as were wanted; of [`BroadcastUntil::All`], whether all did.
    pub is_reached: bool,
}

impl<Reply> Broadcast<Reply> {
    /// The answers, in the order of the targets.
    pub fn answers(&self) -> impl Iterator<Item = &Answer<Reply>> {
        self.outcomes.iter().filter_map(|outcome| outcome.as_ref().ok())
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
    /// Cancel safety: dropping the future gives up all queries under way.
    pub async fn broadcast<A: Attempt>(
        &self,
        call: &A,
        targets: &[Target],
        options: &BroadcastOptions,
    ) -> Broadcast<A::Reply> {
        let ask = async |place: usize, target: &Target| {
            let limit = options.target_deadline.unwrap_or(LONGEST).min(LONGEST);
            (place, self.ask(call, target, limit).await)
        };
        let over_at = until(options.deadline.unwrap_or(LONGEST));
        let mut outcomes: Vec<_> = targets.iter().map(|_| Err(QueryError::Cancelled)).collect();
        let (mut answered, mut failed) = (0, 0);
        let (mut waiting, mut under_way) = (targets.iter().enumerate(), FuturesUnordered::new());
        while !options.until.is_over(answered, failed, targets.len()) {
            let room = options.concurrency - under_way.len();
            under_way.extend(waiting.by_ref().take(room).map(|(place, target)| ask(place, target)));
            let Ok(Some((place, outcome))) = timeout_at(over_at, under_way.next()).await else {
                break;
            };
            match &outcome {
                Ok(_) => answered += 1,
                Err(_) => failed += 1,
            }
            outcomes[place] = outcome;
        }
        let is_reached = answered >= options.until.wanted(targets.len());
        Broadcast { outcomes, answered, is_reached }
    }
}
