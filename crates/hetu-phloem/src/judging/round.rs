//! One question to every miner, and the outcomes.

use std::time::Duration;

use hetu_cambium::Service;
use hetu_chain::Address;

use super::agreement::agreement_by_digest;
use super::guarded::Guarded;
use super::outage::Outage;
use super::{Case, Opinion, Question, Score};
use crate::{Answer, QueryError, Target};

/// The result of one question to every miner.
#[derive(Debug)]
#[non_exhaustive]
pub struct Round {
    /// The number of the round since the judge was made, from 1.
    pub number: u64,
    /// `true` if the right answer was known.
    pub is_canary: bool,
    /// `true` if stake agreed on an answer.
    pub is_agreed: bool,
    /// The decision whether the round counts.
    pub outcome: RoundOutcome,
    /// The verdict on each miner, by falling stake.
    pub verdicts: Vec<MinerVerdict>,
}

/// The decision whether a round counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RoundOutcome {
    /// A round that has moved the averages.
    Counted,
    /// A round in which the validator itself seems to be cut off. No average has moved and every
    /// score is `None`.
    NotCounted(Outage),
}

/// The verdict on one miner in one round.
#[derive(Debug)]
#[non_exhaustive]
pub struct MinerVerdict {
    /// The miner.
    pub miner: Address,
    /// The score of its answer, or `None` if the scorer abstained.
    pub score: Option<Score>,
    /// The average of the miner after the round.
    pub average: Score,
    /// The latency of its answer, if it answered.
    pub latency: Option<Duration>,
    /// The error, if it did not answer.
    pub failure: Option<QueryError>,
}

/// The result of one miner before the round counts.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) score: Option<Score>,
    pub(super) latency: Option<Duration>,
    pub(super) failure: Option<QueryError>,
}

/// Returns the result of each outcome, in the order of `targets`, and `true` if stake agreed on an
/// answer.
pub(super) fn judge<S: Service>(
    scorer: &Guarded<'_, S>,
    quorum: f64,
    question: &Question<S>,
    targets: &[Target],
    outcomes: Vec<Result<Answer<S::Reply>, QueryError>>,
) -> (bool, Vec<Judged>) {
    let opinions: Vec<_> = targets
        .iter()
        .zip(&outcomes)
        .filter_map(|(target, outcome)| {
            let Answer { reply, miner, .. } = outcome.as_ref().ok()?;
            Some(Opinion { miner: *miner, stake: target.stake, reply })
        })
        .collect();
    let digests: Vec<_> = opinions.iter().map(|opinion| scorer.digest(opinion.reply)).collect();
    let agree = |one: &_, other: &_| scorer.agree(one, other);
    let found = agreement_by_digest(&opinions, &digests, agree, quorum);
    let agreed = found.winner.map(|place| opinions[place].reply);
    let mut support = found.support.iter().copied();
    let scores: Vec<_> = outcomes
        .iter()
        .map(|outcome| match outcome {
            Ok(Answer { reply, latency, .. }) => scorer.score(&Case {
                request: &question.request,
                reply,
                known: question.known.as_ref(),
                agreed,
                support: support.next().unwrap_or_default(),
                latency: *latency,
            }),
            Err(error) => score_of_failure(error),
        })
        .collect();
    let is_agreed = agreed.is_some();
    let judged = scores.into_iter().zip(outcomes).map(|(score, outcome)| match outcome {
        Ok(answer) => Judged { score, latency: Some(answer.latency), failure: None },
        Err(error) => Judged { score, latency: None, failure: Some(error) },
    });
    (is_agreed, judged.collect())
}

/// Returns a score of zero for a miner that did not answer, or `None` if it was never asked.
fn score_of_failure(error: &QueryError) -> Option<Score> {
    match error {
        QueryError::Signing(_) | QueryError::Cancelled => None,
        _ => Some(Score::ZERO),
    }
}
