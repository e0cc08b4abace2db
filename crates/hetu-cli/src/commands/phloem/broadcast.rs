//! `hetu phloem broadcast`.

use clap::Args;
use hetu::phloem::{Answer, Broadcast, BroadcastOptions, Call, QueryError, Target};
use hetu::{Address, NetUid};
use serde::Serialize;
use serde_json::Value;

use super::ask::{AskArguments, target};
use crate::account::AccountChoice;
use crate::context::Context;
use crate::error::CliError;
use crate::output::{Output, table};

#[derive(Args, Debug)]
pub(crate) struct BroadcastArguments {
    #[command(flatten)]
    ask: AskArguments,
    /// Only these miners, each by its address or the name of a wallet; all by default.
    #[arg(long = "miner", value_name = "MINER")]
    miners: Vec<AccountChoice>,
}

#[derive(Serialize)]
struct Asked {
    netuid: NetUid,
    service: String,
    answers: usize,
    /// Outcomes in the order of the arguments, or by decreasing stake.
    outcomes: Vec<MinerOutcome>,
}

#[derive(Serialize)]
struct MinerOutcome {
    miner: Address,
    url: String,
    latency_ms: Option<f64>,
    /// Reply, or null if there is none.
    reply: Value,
    /// Reason for the missing reply, or null.
    error: Option<String>,
}

pub(super) async fn run(
    BroadcastArguments { ask, miners }: BroadcastArguments,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    let addresses: Vec<_> =
        miners.iter().map(|miner| context.address_of(miner)).collect::<Result<_, _>>()?;
    let request = ask.request()?;
    let phloem = ask.phloem(context, output).await?.start().await?;
    let view = phloem.metastruct().view();
    let targets = match addresses.as_slice() {
        [] => phloem.discover(),
        addresses => {
            addresses.iter().map(|miner| target(&view, *miner)).collect::<Result<_, _>>()?
        }
    };
    if targets.is_empty() {
        return Err(CliError::Nothing { what: format!("miner to ask in subnet {}", ask.netuid) });
    }
    let options = BroadcastOptions::default();
    let Broadcast { outcomes, answered: answers, .. } =
        phloem.broadcast(&targets, Call::json(&ask.service, &request), options).await;
    let outcomes =
        targets.iter().zip(outcomes).map(|(target, outcome)| MinerOutcome::of(target, outcome));
    let (netuid, outcomes) = (ask.netuid, outcomes.collect());
    output.result(&Asked { netuid, service: ask.service, answers, outcomes }, text);
    if answers == 0 { Err(CliError::NobodyAnswered) } else { Ok(()) }
}

impl MinerOutcome {
    fn of(target: &Target, outcome: Result<Answer<Value>, QueryError>) -> Self {
        let (miner, url) = (target.address, target.endpoint.to_string());
        match outcome {
            Ok(Answer { reply, latency, .. }) => {
                let latency_ms = Some(latency.as_secs_f64() * 1e3);
                Self { miner, url, latency_ms, reply, error: None }
            }
            Err(error) => {
                let error = Some(error.to_string());
                Self { miner, url, latency_ms: None, reply: Value::Null, error }
            }
        }
    }
}

fn text(asked: &Asked) -> String {
    let rows = asked.outcomes.iter().map(|outcome| {
        let latency = outcome.latency_ms.map(|latency| format!("{latency:.2} ms"));
        let told = outcome.error.clone().unwrap_or_else(|| outcome.reply.to_string());
        [outcome.miner.to_string(), latency.unwrap_or_else(|| "-".to_owned()), told]
    });
    table(["miner", "latency", "outcome"], rows)
}
