//! `hetu phloem query`.

use std::path::{Path, PathBuf};

use clap::Args;
use hetu::Address;
use hetu::chain::durable_file;
use hetu::phloem::{Answer, AttemptRecord, Call};
use serde::Serialize;
use serde_json::Value;

use super::ask::{AskArguments, target};
use super::serving;
use crate::account::AccountChoice;
use crate::context::Context;
use crate::error::CliError;
use crate::output::{Output, facts};

#[derive(Args, Debug)]
pub(crate) struct QueryArguments {
    #[command(flatten)]
    ask: AskArguments,
    #[command(flatten)]
    choice: QueryTarget,
    /// Keep the evidence of both signatures in this file, for hetu receipt verify.
    #[arg(long, value_name = "FILE")]
    receipt: Option<PathBuf>,
}

#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct QueryTarget {
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
    /// Id of the request in the miner's log.
    request_id: Option<Box<str>>,
    reply: Value,
    receipt: Option<PathBuf>,
    /// Attempts before the answer, with --route.
    attempts: Vec<AttemptRecord>,
}

pub(super) async fn run(
    QueryArguments { ask, choice, receipt }: QueryArguments,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    let miner = choice.miner.map(|miner| context.address_of(&miner)).transpose()?;
    let request = ask.request()?;
    let builder = ask.phloem(context, output).await?;
    let builder = if receipt.is_some() { builder.receipts() } else { builder };
    let phloem = builder.start().await?;
    if let Some(path) = &receipt {
        // Checked before the query, because a receipt that cannot be saved would be lost.
        durable_file::check_writable(path)
            .map_err(|source| CliError::File { path: path.to_owned(), source })?;
    }
    let call = Call::json(&ask.service, &request);
    let (answer, attempts) = match miner {
        Some(miner) => {
            let target = target(&phloem.metastruct().view(), miner)?;
            (phloem.query(&target, call).await?, Vec::new())
        }
        None => {
            let options = serving::only(&phloem, &ask.service, output).await?;
            let routed = phloem.route(call, options).await?;
            (routed.answer, routed.attempts)
        }
    };
    let kept = receipt.as_deref().map_or(Ok(()), |path| keep_receipt(path, &answer));
    let Answer { reply, miner, latency, request_id, .. } = answer;
    let latency_ms = latency.as_secs_f64() * 1e3;
    let service = ask.service;
    let answered = Answered { service, miner, latency_ms, request_id, reply, receipt, attempts };
    // The answer was paid for, so it is printed even if the receipt cannot be saved.
    output.result(&answered, text);
    kept
}

fn keep_receipt(path: &Path, answer: &Answer<Value>) -> Result<(), CliError> {
    let Some(receipt) = &answer.receipt else {
        return Err(CliError::Nothing { what: "receipt of this answer".to_owned() });
    };
    durable_file::write(path, receipt.to_json().as_bytes())
        .map_err(|source| CliError::File { path: path.to_owned(), source })
}

fn text(answered: &Answered) -> String {
    facts([
        ("miner", answered.miner.to_string()),
        ("latency", format!("{:.2} ms", answered.latency_ms)),
        ("reply", answered.reply.to_string()),
    ])
}
