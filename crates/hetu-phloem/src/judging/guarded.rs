//! A scorer with contained panics.

use std::panic::{AssertUnwindSafe, catch_unwind};

use hetu_cambium::Service;

use super::digest::{ReplyDigest, digest};
use super::{Case, Score, Scorer};

/// A scorer that limits the effect of a panic to the miner of the reply: replies are untrusted
/// input, and one of them must not keep a validator from judging all miners.
pub(super) struct Guarded<'a, S: Service>(pub(super) &'a dyn Scorer<S>);

impl<S: Service> Guarded<'_, S> {
    /// Returns `true` if the replies agree, and `false` if the comparison panics.
    pub(super) fn agree(&self, one: &S::Reply, other: &S::Reply) -> bool {
        self.unless_it_panics(|scorer| scorer.agree(one, other)).unwrap_or(false)
    }

    /// Returns the score of the reply, or zero if the scorer panics.
    pub(super) fn score(&self, case: &Case<'_, S>) -> Option<Score> {
        self.unless_it_panics(|scorer| scorer.score(case)).unwrap_or(Some(Score::ZERO))
    }

    /// Returns the digest of the reply, or `None` if it has none.
    pub(super) fn digest(&self, reply: &S::Reply) -> Option<ReplyDigest> {
        self.unless_it_panics(|_| digest(reply)).flatten()
    }

    fn unless_it_panics<Value>(&self, work: impl FnOnce(&dyn Scorer<S>) -> Value) -> Option<Value> {
        let result = catch_unwind(AssertUnwindSafe(|| work(self.0)));
        if result.is_err() {
            tracing::error!(service = S::NAME, "the scorer panicked on a reply of a miner");
        }
        result.ok()
    }
}
