//! `hetu tx`: transactions that were sent before.

mod forget;
mod list;

use clap::{Args, Subcommand};
use hetu::chain::TxHash;
use hetu::chain::client::{Cancellation, TransactionStatus};
use serde::Serialize;

use self::forget::ForgetArguments;
use self::list::TxListArguments;
use crate::context::Context;
use crate::error::CliError;
use crate::output::Output;
use crate::writing::{WriteCommand, Writer};

#[derive(Debug, Subcommand)]
pub(crate) enum TxCommand {
    /// Show where a transaction of anybody is.
    Status {
        /// The transaction's hash.
        hash: TxHash,
    },
    /// List the transactions of the wallet that have no known outcome.
    List(TxListArguments),
    /// Offer more for a transaction of the wallet that waits, and wait for it.
    Replace(WriteCommand<ReplacementArguments>),
    /// Take a transaction of the wallet that waits out of the way.
    Cancel(WriteCommand<ReplacementArguments>),
    /// Remove a transaction that is never going to be included from the journal.
    Forget(ForgetArguments),
}

#[derive(Args, Debug)]
pub(crate) struct ReplacementArguments {
    /// The transaction's hash.
    hash: TxHash,
}

#[derive(Serialize)]
struct Status {
    hash: TxHash,
    status: &'static str,
    /// Block of the transaction, or `None` while it waits.
    block: Option<u64>,
    confirmations: u64,
    /// `true` if the transaction succeeded, or `None` while it waits.
    succeeded: Option<bool>,
}

#[derive(Serialize)]
struct Replaced {
    replaced: TxHash,
}

#[derive(Serialize)]
struct Cancelled {
    transaction: TxHash,
    /// Replacement transaction, or `None` if a block had already included the original.
    cancelled_by: Option<TxHash>,
}

pub(crate) async fn run(
    command: TxCommand,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    match command {
        TxCommand::Status { hash } => status(hash, context, output).await,
        TxCommand::List(arguments) => list::run(arguments, context, output).await,
        TxCommand::Forget(arguments) => forget::run(arguments, context, output).await,
        TxCommand::Replace(command) => command.run(context, output, replace).await,
        TxCommand::Cancel(command) => {
            let change = async |change, writer: &Writer<'_>| cancel(change, writer, output).await;
            command.run(context, output, change).await
        }
    }
}

async fn status(hash: TxHash, context: &Context, output: &Output) -> Result<(), CliError> {
    let status = match context.connect().await?.transactions().status(hash).await? {
        TransactionStatus::Waiting => {
            Status { hash, status: "waiting", block: None, confirmations: 0, succeeded: None }
        }
        TransactionStatus::Included { block, confirmations, succeeded } => Status {
            hash,
            status: "included",
            block: Some(block.number),
            confirmations,
            succeeded: Some(succeeded),
        },
        _ => return Err(CliError::UnknownTransaction { hash }),
    };
    output.result(&status, |status| match status {
        Status { block: Some(block), confirmations, succeeded: Some(true), .. } => {
            format!("{hash} is in block {block}, with {confirmations} confirmations")
        }
        Status { block: Some(block), .. } => {
            format!("{hash} is in block {block}, but the contract refused: nothing was changed")
        }
        _ => format!("{hash} waits for a block"),
    });
    Ok(())
}

async fn replace(
    ReplacementArguments { hash }: ReplacementArguments,
    writer: &Writer<'_>,
) -> Result<(), CliError> {
    let mut plan = writer.plan(format!("offer more for transaction {hash}"));
    plan.follow("replacement", None);
    let Some((hetu, mut sending)) = writer.agree_to_mend(&plan).await? else {
        return Ok(());
    };
    let sent = hetu.transactions().replace(hash).await?;
    sending.wait("replacement", sent).await?;
    sending.report(Replaced { replaced: hash });
    Ok(())
}

async fn cancel(
    ReplacementArguments { hash }: ReplacementArguments,
    writer: &Writer<'_>,
    output: &Output,
) -> Result<(), CliError> {
    let mut plan = writer.plan(format!("cancel transaction {hash}"));
    plan.follow("transfer of nothing", Some(writer.account()));
    let Some((hetu, mut sending)) = writer.agree_to_mend(&plan).await? else {
        return Ok(());
    };
    let stage = output.stage("waiting for one of the two to be included");
    let cancelled = sending.or_interrupted(hash, hetu.transactions().cancel(hash)).await?;
    let cancelled_by = match cancelled? {
        Cancellation::Cancelled { by } => Some(by),
        _ => None,
    };
    stage.done(match cancelled_by {
        Some(_) => "cancelled",
        None => "too late: a block had included it",
    });
    sending.report(Cancelled { transaction: hash, cancelled_by });
    Ok(())
}
