//! `hetu phloem validate`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use hetu::chain::Retryable;
use hetu::chain::model::{Role, Weight};
use hetu::phloem::judging::{Judge, JudgeError, Numeric, Randomness, Round, RoundOutcome};
use hetu::phloem::weights::{WaitReason, WeightError, WeightProgress, WeightSetter};
use hetu::{Address, Hetutensor, Metastruct, NetUid, Phloem};
use serde::Serialize;

use super::ask::proof_policy;
use tokio::time::Interval;

use crate::context::Context;
use crate::error::CliError;
use crate::math::{MathSum, Sum};
use crate::output::{Output, facts};
use crate::stop_signal::StopSignal;
use crate::writing::{Consent, UnattendedArguments, WriteArguments};

/// Folder of the persistent state, by network, subnet and validator.
const FOLDER: &str = "validators";
/// Maximum absolute value of a summand, at a resolution of 0.01.
const LARGEST: f64 = 1e6;

#[derive(Args, Debug)]
pub(crate) struct ValidateArguments {
    /// The number of the subnet.
    netuid: NetUid,
    /// End after so many rounds of questions.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..))]
    rounds: Option<u64>,
    /// End after one round.
    #[arg(long, conflicts_with = "rounds")]
    once: bool,
    /// How many seconds lie between the beginnings of two rounds.
    #[arg(long, default_value_t = 12.0, value_name = "SECONDS", value_parser = interval)]
    interval: f64,
    /// How many seconds a miner has to answer.
    #[arg(long, default_value_t = 12, value_name = "SECONDS",
          value_parser = clap::value_parser!(u64).range(1..=3_600))]
    deadline: u64,
    /// The share of questions whose answer is known before.
    #[arg(long, default_value_t = 0.2, value_name = "SHARE", value_parser = share)]
    canary_share: f64,
    /// The version of the subnet's rules by which is judged, if the subnet asks for one.
    #[arg(long, default_value_t = 0, value_name = "NUMBER")]
    version_key: u64,
    /// Ask miners too that do not sign what they tell everybody: their first reply is the proof.
    #[arg(long)]
    first_reply: bool,
    /// How many blocks before the end of an epoch weights are set [default: a fifth of it].
    #[arg(long, value_name = "BLOCKS")]
    lead: Option<u64>,
    #[command(flatten)]
    write: WriteArguments,
    #[command(flatten)]
    unattended: UnattendedArguments,
}

/// The plan that the user consents to.
#[derive(Serialize)]
struct Intent {
    intent: String,
    netuid: NetUid,
    validator: Address,
    is_active: bool,
    folder: PathBuf,
}

/// A line of the output. Its member `notice` names the variant.
#[derive(Serialize)]
#[serde(tag = "notice", rename_all = "lowercase")]
enum RoundLine {
    Round {
        block: u64,
        round: u64,
        is_canary: bool,
        is_agreed: bool,
        is_counted: bool,
        miners: Vec<MinerLine>,
    },
    Weights(WeightProgress),
    Trouble {
        error: String,
    },
}

#[derive(Serialize)]
struct MinerLine {
    miner: Address,
    /// Score, or null if the miner was not scored.
    score: Option<f64>,
    average: f64,
    latency_ms: Option<f64>,
    /// Reason for the missing answer, or null.
    error: Option<String>,
}

pub(super) async fn run(
    arguments: ValidateArguments,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    let consent = Consent::open(&arguments.write, context, output)?;
    let hetu = context.connect().await?.with_send_options(arguments.write.send_options());
    let metastruct = Metastruct::builder(hetu.clone(), arguments.netuid).start().await?;
    let intent = Intent::of(&arguments, &metastruct, consent.account(), context);
    let Some(wallet) = consent.given(&intent, Intent::text)? else {
        return Ok(());
    };
    if !intent.is_active {
        let (netuid, account) = (intent.netuid, intent.validator);
        return Err(CliError::NoValidator { netuid, account });
    }
    let mut stop_signal = StopSignal::listen()?;
    let hetu = arguments.unattended.bound(hetu.with_wallet(wallet), context).await?;
    let mut validator =
        Validator::open(&arguments, hetu, metastruct, intent.folder, output).await?;
    let rounds = if arguments.once { Some(1) } else { arguments.rounds };
    tokio::select! {
        ended = validator.rounds(rounds, Duration::from_secs_f64(arguments.interval)) => ended?,
        stopped = stop_signal.wait() => stopped?,
    }
    validator.end()
}

struct Validator<'run> {
    judge: Judge<MathSum>,
    setter: WeightSetter,
    metastruct: Metastruct,
    output: &'run Output,
    last_progress: Option<WeightProgress>,
    /// Error of saving the scores of the last round, or the state of the weights.
    unkept: Option<CliError>,
    /// Error of the last round, or `None`.
    failure: Option<CliError>,
}

impl<'run> Validator<'run> {
    async fn open(
        arguments: &ValidateArguments,
        hetu: Hetutensor,
        metastruct: Metastruct,
        folder: PathBuf,
        output: &'run Output,
    ) -> Result<Self, CliError> {
        let phloem = Phloem::builder(hetu.clone(), arguments.netuid)
            .metastruct(metastruct.clone())
            .deadline(Duration::from_secs(arguments.deadline))
            .proof_policy(proof_policy(arguments.first_reply))
            .start()
            .await?;
        let judge = Judge::builder(phloem, sums, Numeric::new(|sum: &Sum| sum.result))
            .canary_share(arguments.canary_share)
            .folder(&folder)
            .build()?;
        let mut setter = WeightSetter::builder(hetu, metastruct.clone(), folder)
            .version_key(arguments.version_key);
        if let Some(lead) = arguments.lead {
            setter = setter.lead(lead);
        }
        let setter = setter.build().await?;
        let (last_progress, unkept, failure) = (None, None, None);
        Ok(Self { judge, setter, metastruct, output, last_progress, unkept, failure })
    }

    /// Runs rounds until `count` is reached, the output is closed, or a permanent error occurs.
    async fn rounds(&mut self, count: Option<u64>, interval: Duration) -> Result<(), CliError> {
        let mut ticks = tokio::time::interval(interval);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut left = count;
        while left != Some(0) {
            if !self.rest(&mut ticks).await? {
                return Ok(());
            }
            (self.unkept, self.failure) = (None, None);
            if !(self.ask().await? && self.set().await?) {
                return Ok(());
            }
            left = left.map(|left| left - 1);
        }
        // A run with a fixed number of rounds succeeds if the last one does.
        self.failure.take().map_or(Ok(()), Err)
    }

    /// Reports state that could not be saved when the command ends.
    fn end(self) -> Result<(), CliError> {
        self.unkept.map_or(Ok(()), Err)
    }

    /// Waits for the next round, and sets weights in the meantime when their block comes: their
    /// window may be shorter than the interval. Returns `false` if the output is closed.
    async fn rest(&mut self, ticks: &mut Interval) -> Result<bool, CliError> {
        let mut blocks = self.metastruct.blocks();
        loop {
            tokio::select! {
                _ = ticks.tick() => return Ok(true),
                Ok(()) = blocks.changed() => {}
            }
            if self.weights_are_due() && !self.set().await? {
                return Ok(false);
            }
        }
    }

    fn weights_are_due(&self) -> bool {
        let newest = self.metastruct.view().block.id.number;
        matches!(
            &self.last_progress,
            Some(WeightProgress::Waiting { until_block, .. }) if *until_block <= newest
        )
    }

    async fn ask(&mut self) -> Result<bool, CliError> {
        match self.judge.round().await {
            Ok(round) => {
                let block = self.metastruct.view().block.id.number;
                Ok(self.output.line(&RoundLine::of(block, &round), RoundLine::text))
            }
            Err(error) if error.retryability().is_retryable() => {
                let is_unkept = matches!(error, JudgeError::Folder(_));
                Ok(self.trouble(error.into(), is_unkept))
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn set(&mut self) -> Result<bool, CliError> {
        match self.setter.advance(&self.judge.book().scores()).await {
            // The same progress is reported only once.
            Ok(progress) if self.last_progress.as_ref() == Some(&progress) => Ok(true),
            Ok(progress) => {
                self.last_progress = Some(progress.clone());
                Ok(self.output.line(&RoundLine::Weights(progress), RoundLine::text))
            }
            Err(error) if error.retryability().is_retryable() => {
                let is_unkept = matches!(error, WeightError::Folder(_));
                Ok(self.trouble(error.into(), is_unkept))
            }
            Err(error) => Err(error.into()),
        }
    }

    fn trouble(&mut self, error: CliError, is_unkept: bool) -> bool {
        let is_read =
            self.output.line(&RoundLine::Trouble { error: error.message() }, RoundLine::text);
        let place = if is_unkept { &mut self.unkept } else { &mut self.failure };
        *place = Some(error);
        is_read
    }
}

/// Returns a random sum that a miner cannot predict, in hundredths like those of ordinary callers.
fn sums(randomness: &mut Randomness) -> (MathSum, Sum) {
    let mut number = || (randomness.unit().mul_add(2.0, -1.0) * LARGEST * 100.0).round() / 100.0;
    let question = MathSum { x: number(), y: number() };
    (question, question.answer())
}

impl Intent {
    fn of(
        arguments: &ValidateArguments,
        metastruct: &Metastruct,
        validator: Address,
        context: &Context,
    ) -> Self {
        let netuid = arguments.netuid;
        let member = metastruct.view().get(validator).cloned();
        Self {
            intent: format!("judge the miners of subnet {netuid} and set their weights each epoch"),
            netuid,
            validator,
            is_active: member.is_some_and(|member| member.is_active(Role::Validator)),
            folder: context.home().join(FOLDER),
        }
    }

    fn text(&self) -> String {
        facts([
            ("going to", self.intent.clone()),
            ("as", self.validator.to_string()),
            ("active validator", if self.is_active { "yes" } else { "no" }.to_owned()),
            ("keeping scores in", self.folder.display().to_string()),
        ])
    }
}

impl RoundLine {
    fn of(block: u64, round: &Round) -> Self {
        let miners = round.verdicts.iter().map(|verdict| MinerLine {
            miner: verdict.miner,
            score: verdict.score.map(f64::from),
            average: verdict.average.get(),
            latency_ms: verdict.latency.map(|latency| latency.as_secs_f64() * 1e3),
            error: verdict.failure.as_ref().map(ToString::to_string),
        });
        Self::Round {
            block,
            round: round.number,
            is_canary: round.is_canary,
            is_agreed: round.is_agreed,
            is_counted: round.outcome == RoundOutcome::Counted,
            miners: miners.collect(),
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Round { block, round, is_canary, is_counted, miners, .. } => {
                let answered = miners.iter().filter(|miner| miner.latency_ms.is_some()).count();
                let right = miners.iter().filter(|miner| miner.score == Some(1.0)).count();
                let kind = if *is_canary { ", a canary" } else { "" };
                let counted = if *is_counted { "" } else { ", not counted: no miner is reachable" };
                format!(
                    "block {block} round {round}{kind}: {} asked, {answered} answered, \
                     {right} right{counted}",
                    miners.len()
                )
            }
            Self::Weights(progress) => format!("weights: {}", weights_text(progress)),
            Self::Trouble { error } => format!("trouble: {}", error.escape_debug()),
        }
    }
}

fn weights_text(progress: &WeightProgress) -> String {
    match progress {
        WeightProgress::Waiting { reason, until_block } => {
            let reason = match reason {
                WaitReason::Window => "the epoch is young",
                WaitReason::AlreadySet => "those of this epoch are set",
                WaitReason::RateLimit => "the subnet takes them only so often",
                WaitReason::Reveal => "they are committed to",
                WaitReason::OtherCommitment => "a commitment is open that is not known here",
                _ => "there is something to wait for",
            };
            format!("{reason}, next at block {until_block}")
        }
        WeightProgress::NothingToSet => "nobody is worth any".to_owned(),
        WeightProgress::Set { epoch_end, seen_at, weights } => format!(
            "{} miners have theirs for the epoch that ends at block {epoch_end}, read back at \
             block {seen_at}",
            weights.iter().filter(|Weight { weight, .. }| *weight > 0).count()
        ),
        WeightProgress::Expired { reveal_until, .. } => {
            format!("not revealed by block {reveal_until}, so they are given up")
        }
        _ => "something else".to_owned(),
    }
}

fn interval(text: &str) -> Result<f64, String> {
    within(text, 0.001, 86_400.0)
}

fn share(text: &str) -> Result<f64, String> {
    within(text, 0.0, 1.0)
}

fn within(text: &str, least: f64, most: f64) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if (least..=most).contains(&number) {
        return Ok(number);
    }
    Err(format!("a number from {least} to {most} is expected"))
}
