//! `hetu phloem query`.

use std::fs;
use std::path::PathBuf;

use clap::Args;
use hetu::Address;
use hetu::phloem::{Answer, AttemptRecord, RouteOptions};
use serde::Serialize;
use serde_json::Value;

use super::ask::{AskArguments, target};
use crate::account::AccountChoice;
use crate::context::Context;
use crate::error::CliError;
use crate::output::{Output, facts};

#[derive(Args, Debug)]
pub(crate) struct QueryArguments {
    #[command(flatten)]
    ask: AskArguments,
    #[command(flatten)]
    whom: Whom,
    /// Keep the evidence of both signatures in this file, for hetu receipt verify.
    #[arg(long, value_name = "FILE")]
    receipt: Option<PathBuf>,
}

#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct Whom {
    /// The miner, by its address or the name of a wallet.
    #[arg(long, value_name = "MINER")]
    miner: Option<AccountChoice>,
    /// Whoever is best placed to answer, and others if that fails.
    #[arg(long)]
    route: bool,
}

#[derive(Serialize)]
struct Answered {
    service: String,
    miner: Address,
    latency_ms: f64,
    reply: Value,
    receipt: Option<PathBuf>,
    /// Who was asked before there was an answer, with --route.
    attempts: Vec<AttemptRecord>,
}

pub(super) async fn run(
    QueryArguments { ask, whom, receipt }: QueryArguments,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    let miner = whom.miner.map(|miner| context.address_of(&miner)).transpose()?;
    let builder = ask.phloem(context, output).await?;
    let builder = if receipt.is_some() { builder.receipts() } else { builder };
    let phloem = builder.build().await?;
    let (service, request) = (&ask.service, &ask.request.0);
    let (answer, attempts) = match miner {
        Some(miner) => {
            let target = target(&phloem.metastruct().view(), miner)?;
            (phloem.query_json(&target, service, request).await?, Vec::new())
        }
        None => {
            let routed = phloem.route_json(service, request, RouteOptions::default()).await?;
            (routed.answer, routed.attempts)
        }
    };
    if let Some(path) = &receipt {
        keep_receipt(path.clone(), &answer)?;
    }
    let Answer { reply, miner, latency, .. } = answer;
    let latency_ms = latency.as_secs_f64() * 1e3;
    let answered = Answered { service: ask.service, miner, latency_ms, reply, receipt, attempts };
    output.result(&answered, text);
    Ok(())
}

fn keep_receipt(path: PathBuf, answer: &Answer<Value>) -> Result<(), CliError> {
    let Some(receipt) = &answer.receipt else {
        return Err(CliError::Nothing { what: "receipt of this answer".to_owned() });
    };
    fs::write(&path, receipt.to_json()).map_err(|source| CliError::File { path, source })
}

fn text(answered: &Answered) -> String {
    facts([
        ("miner", answered.miner.to_string()),
        ("latency", format!("{:.2} ms", answered.latency_ms)),
        ("reply", answered.reply.to_string()),
    ])
}
