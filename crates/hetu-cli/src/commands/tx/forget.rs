//! `hetu tx forget`.

use clap::Args;
use hetu::chain::TxHash;
use hetu::chain::client::TransactionStatus;
use serde::Serialize;

use crate::account::AccountChoice;
use crate::confirmation::confirm_unless;
use crate::context::Context;
use crate::error::CliError;
use crate::output::Output;

#[derive(Args, Debug)]
pub(crate) struct ForgetArguments {
    /// The transaction's hash.
    hash: TxHash,
    /// The wallet that signed it, by name or address; the only one by default.
    #[arg(long, env = "HETU_WALLET", hide_env = true, value_name = "WALLET")]
    wallet: Option<AccountChoice>,
    /// Forget without asking.
    #[arg(long, short)]
    yes: bool,
}

#[derive(Serialize)]
struct Forgotten {
    forgotten: TxHash,
}

pub(super) async fn run(
    ForgetArguments { hash, wallet, yes }: ForgetArguments,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    let account = context.sender(wallet.as_ref())?.address;
    let hetu = context.connect().await?;
    match hetu.transactions().status(hash).await? {
        TransactionStatus::Waiting => output.note(
            "the node has it: it may still be included. hetu tx cancel takes it out of the way first",
        ),
        TransactionStatus::Included { block, .. } => {
            output.note(format_args!("block {} includes it", block.number));
        }
        _ => output.note("the node does not know it; another one may"),
    }
    confirm_unless(yes, "forget it: neither wait for it nor send it again?")?;
    hetu.forget_journaled(context.journal(), account, hash).await?;
    output.result(&Forgotten { forgotten: hash }, |_| format!("{hash} is forgotten"));
    Ok(())
}
