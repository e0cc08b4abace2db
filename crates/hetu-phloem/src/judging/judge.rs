//! The judge, which asks all miners of a subnet and keeps their scores.

use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use hetu_cambium::Service;
use hetu_chain::Address;
use hetu_metastruct::View;

use super::error::JudgeError;
use super::outage::OutageDetector;
use super::panel::Panel;
use super::round::Judged;
use super::score_file::ScoreFile;
use super::{
    HalfLife, MinerVerdict, Outage, Question, Questions, Randomness, Round, RoundOutcome, Score,
    ScoreBook, Scorer,
};
use crate::subnet_folder::{FolderOrigin, SubnetFolder};
use crate::{Answer, BroadcastOptions, Call, Phloem, QueryError, Target};

const DEFAULT_CANARY_SHARE: f64 = 0.2;
const DEFAULT_QUORUM: f64 = 0.5;

/// A judge of the miners of a subnet that serve `S`. It asks all of them the same question each
/// round, scores their replies and keeps a moving average of each.
///
/// A miner that does not answer scores zero in that round, and so does a known miner that can no
/// longer be asked.
pub struct Judge<S: Service> {
    phloem: Phloem,
    questions: Box<dyn Questions<S>>,
    scorer: Arc<dyn Scorer<S>>,
    randomness: Randomness,
    canary_share: f64,
    quorum: f64,
    rounds: u64,
    book: ScoreBook,
    file: Option<ScoreFile>,
    broadcast_options: BroadcastOptions,
    outages: OutageDetector,
}

/// A builder of a judge, made by [`Judge::builder`].
pub struct JudgeBuilder<S: Service> {
    phloem: Phloem,
    questions: Box<dyn Questions<S>>,
    scorer: Arc<dyn Scorer<S>>,
    canary_share: f64,
    quorum: f64,
    half_life: HalfLife,
    seed: Option<[u8; 32]>,
    folder: Option<PathBuf>,
    broadcast_options: BroadcastOptions,
}

impl<S: Service> Judge<S> {
    /// Returns the builder of a judge that asks `questions` through `phloem` and scores replies by
    /// `scorer`.
    pub fn builder(
        phloem: Phloem,
        questions: impl Questions<S> + 'static,
        scorer: impl Scorer<S> + 'static,
    ) -> JudgeBuilder<S> {
        JudgeBuilder {
            phloem,
            questions: Box::new(questions),
            scorer: Arc::new(scorer),
            canary_share: DEFAULT_CANARY_SHARE,
            quorum: DEFAULT_QUORUM,
            half_life: HalfLife::default(),
            seed: None,
            folder: None,
            broadcast_options: BroadcastOptions::default(),
        }
    }

    /// Returns the scores of the miners.
    pub const fn book(&self) -> &ScoreBook {
        &self.book
    }
}

impl<S: Service> Judge<S>
where
    S::Request: Sync,
{
    /// Asks every miner one question and adds the scores of their answers to their averages. With a
    /// folder, the averages are on disk when this returns.
    ///
    /// Replies are compared and scored on a thread of their own. A round in which the validator
    /// itself seems to be cut off does not count: see [`RoundOutcome::NotCounted`].
    ///
    /// Cancel safety: a round that is dropped before its end does not count.
    ///
    /// # Errors
    /// [`JudgeError::Stale`] if the view of the subnet is too old, and [`JudgeError::Folder`] if
    /// the averages cannot be saved; in the second case the round still counts.
    pub async fn round(&mut self) -> Result<Round, JudgeError> {
        let view = self.phloem.metastruct().fresh_view()?;
        let targets: Vec<Target> =
            view.miners().iter().filter_map(|miner| Target::of(miner)).collect();
        let question =
            Question::next(&mut *self.questions, &mut self.randomness, self.canary_share);
        let options = self.broadcast_options;
        let call = Call::of::<S>(&question.request);
        let asked = self.phloem.broadcast(&targets, call, options).await;
        let (outcomes, is_canary) = (asked.outcomes, question.known.is_some());
        if let Some(outage) = self.outages.find(&outcomes) {
            return Ok(self.without_counting(&view, &targets, outcomes, is_canary, outage));
        }
        let (scorer, quorum) = (Arc::clone(&self.scorer), self.quorum);
        let panel = Panel { scorer, quorum, question, targets: targets.clone(), outcomes };
        let (is_agreed, judged) = panel.judge().await?;
        let verdicts = self.take_in(&view, &targets, judged);
        self.rounds += 1;
        self.save().await?;
        let (number, outcome) = (self.rounds, RoundOutcome::Counted);
        Ok(Round { number, is_canary, is_agreed, outcome, verdicts })
    }

    /// Returns a round in which the validator itself was cut off: no average moves.
    fn without_counting(
        &mut self,
        view: &View,
        targets: &[Target],
        outcomes: Vec<Result<Answer<S::Reply>, QueryError>>,
        is_canary: bool,
        outage: Outage,
    ) -> Round {
        let Outage { asked, unreachable } = outage;
        tracing::warn!(
            service = S::NAME,
            asked,
            unreachable,
            "no miner can be reached: the round does not count"
        );
        let verdict = |(target, outcome): (&Target, Result<_, _>)| {
            let average = self.average_of(view, target.address);
            let (score, latency) = (None, None);
            MinerVerdict { miner: target.address, score, average, latency, failure: outcome.err() }
        };
        let verdicts = targets.iter().zip(outcomes).map(verdict).collect();
        self.rounds += 1;
        let (number, outcome) = (self.rounds, RoundOutcome::NotCounted(outage));
        Round { number, is_canary, is_agreed: false, outcome, verdicts }
    }

    fn average_of(&self, view: &View, miner: Address) -> Score {
        let registered_at = registered_at(view, miner).unwrap_or_default();
        self.book.of(miner, registered_at).map_or(Score::ZERO, |standing| standing.average)
    }

    /// Moves the averages.
    fn take_in(
        &mut self,
        view: &View,
        targets: &[Target],
        judged: Vec<Judged>,
    ) -> Vec<MinerVerdict> {
        self.book.keep_registered(|miner| registered_at(view, miner));
        self.count_absent(targets);
        let verdict = |(target, judged): (&Target, Judged)| {
            let miner = target.address;
            let registered_at = registered_at(view, miner).unwrap_or_default();
            let Judged { score, latency, failure } = judged;
            let average = match score {
                Some(score) => self.book.observe(miner, registered_at, score),
                None => self.book.of(miner, registered_at).map_or(Score::ZERO, |it| it.average),
            };
            MinerVerdict { miner, score, average, latency, failure }
        };
        targets.iter().zip(judged).map(verdict).collect()
    }

    /// Scores zero for known miners that can no longer be asked.
    fn count_absent(&mut self, targets: &[Target]) {
        let asked: BTreeSet<Address> = targets.iter().map(|target| target.address).collect();
        let absent: Vec<_> =
            self.book.standings().filter(|(miner, _)| !asked.contains(miner)).collect();
        for (miner, standing) in absent {
            self.book.observe(miner, standing.registered_at, Score::ZERO);
        }
    }

    async fn save(&self) -> Result<(), JudgeError> {
        match &self.file {
            Some(file) => Ok(file.save(&self.book).await?),
            None => Ok(()),
        }
    }
}

fn registered_at(view: &View, miner: Address) -> Option<u64> {
    view.get(miner).map(|member| member.dendron.registered_at)
}

impl<S: Service> JudgeBuilder<S> {
    /// Sets the share of canaries among questions: from 0 to 1, a fifth by default. Other numbers
    /// count as the nearest in that range, NaN as 1.
    #[must_use]
    pub fn canary_share(mut self, share: f64) -> Self {
        self.canary_share = if share.is_nan() { 1.0 } else { share.clamp(0.0, 1.0) };
        self
    }

    /// Sets the share of the answering stake that has to be exceeded for an answer to count as
    /// right: from 0 to 1, half by default. NaN counts as 1, which no share exceeds.
    #[must_use]
    pub fn quorum(mut self, share: f64) -> Self {
        self.quorum = if share.is_nan() { 1.0 } else { share.clamp(0.0, 1.0) };
        self
    }

    /// Sets the maximum number of bytes of all replies of a round together: 64 MiB by default.
    /// Above it the largest are refused, and score 0: see [`BroadcastOptions::reply_bytes`].
    #[must_use]
    pub const fn reply_bytes(mut self, bytes: usize) -> Self {
        self.broadcast_options = self.broadcast_options.reply_bytes(bytes);
        self
    }

    /// Sets the half-life of averages; 8 rounds by default.
    #[must_use]
    pub const fn half_life(mut self, half_life: HalfLife) -> Self {
        self.half_life = half_life;
        self
    }

    /// Sets the seed of questions and canaries; the system's randomness by default. Only for tests:
    /// the seed predicts the canaries.
    #[must_use]
    pub const fn seed(mut self, seed: [u8; 32]) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Keeps the averages in a folder of the subnet in `home`, and continues from those in it.
    /// Without a folder they end with the judge.
    #[must_use]
    pub fn folder(mut self, home: impl Into<PathBuf>) -> Self {
        self.folder = Some(home.into());
        self
    }

    /// Reads the saved averages and builds the judge.
    ///
    /// # Errors
    /// [`JudgeError::Folder`] if the saved averages cannot be used, or another process uses them;
    /// [`JudgeError::Randomness`].
    pub fn build(self) -> Result<Judge<S>, JudgeError> {
        let randomness = match self.seed {
            Some(seed) => Randomness::from_seed(seed),
            None => Randomness::from_system().map_err(|_| JudgeError::Randomness)?,
        };
        let (file, book) = match &self.folder {
            Some(home) => {
                let metastruct = self.phloem.metastruct();
                let (network, netuid) = (metastruct.network(), metastruct.netuid());
                let origin = FolderOrigin::new(network, netuid, self.phloem.validator());
                let folder = SubnetFolder::open(home, origin)?;
                let (file, book) = ScoreFile::open(&folder, self.half_life)?;
                (Some(file), book)
            }
            None => (None, ScoreBook::new(self.half_life)),
        };
        Ok(Judge {
            phloem: self.phloem,
            questions: self.questions,
            scorer: self.scorer,
            randomness,
            canary_share: self.canary_share,
            quorum: self.quorum,
            rounds: 0,
            book,
            file,
            broadcast_options: self.broadcast_options,
            outages: OutageDetector::default(),
        })
    }
}

impl<S: Service> fmt::Debug for Judge<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Judge")
            .field("service", &S::NAME)
            .field("canary_share", &self.canary_share)
            .field("quorum", &self.quorum)
            .field("rounds", &self.rounds)
            .field("miners", &self.book.len())
            .finish_non_exhaustive()
    }
}

impl<S: Service> fmt::Debug for JudgeBuilder<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("JudgeBuilder")
            .field("service", &S::NAME)
            .field("canary_share", &self.canary_share)
            .field("quorum", &self.quorum)
            .field("half_life", &self.half_life)
            .field("folder", &self.folder)
            .finish_non_exhaustive()
    }
}
