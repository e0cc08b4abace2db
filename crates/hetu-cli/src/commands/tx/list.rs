//! `hetu tx list`.

use clap::Args;
use hetu::Address;
use hetu::chain::TxHash;
use hetu::chain::client::{JournaledTransaction, TransactionStatus};
use serde::Serialize;

use crate::account::AccountArgument;
use crate::context::Context;
use crate::error::CliError;
use crate::output::{Output, facts};

#[derive(Args, Debug)]
pub(crate) struct TxListArguments {
    #[command(flatten)]
    account: AccountArgument,
}

#[derive(Serialize)]
struct JournalShown {
    network: String,
    account: Address,
    transactions: Vec<JournalRow>,
}

#[derive(Serialize)]
struct JournalRow {
    hash: TxHash,
    nonce: u64,
    function: String,
    /// Time of the signature, in seconds since 1970.
    signed_at: u64,
    /// `waiting`, `included`, or `unknown` to the node.
    status: &'static str,
    /// `true` if the journal records this chain for the transaction.
    names_chain: bool,
}

pub(super) async fn run(
    TxListArguments { account }: TxListArguments,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    let account = context.account(&account)?;
    let hetu = context.connect().await?;
    let mut transactions = Vec::new();
    for journaled in hetu.journaled(context.journal(), account).await? {
        let status = hetu.transactions().status(journaled.transaction).await?;
        transactions.push(JournalRow::new(journaled, status));
    }
    let listed = JournalShown { network: hetu.network().name.clone(), account, transactions };
    output.result(&listed, text);
    Ok(())
}

impl JournalRow {
    fn new(journaled: JournaledTransaction, status: TransactionStatus) -> Self {
        Self {
            hash: journaled.transaction,
            nonce: journaled.nonce,
            function: journaled.function,
            signed_at: journaled.signed_at,
            status: match status {
                TransactionStatus::Waiting => "waiting",
                TransactionStatus::Included { .. } => "included",
                _ => "unknown",
            },
            names_chain: journaled.names_chain,
        }
    }
}

fn text(listed: &JournalShown) -> String {
    let JournalShown { network, account, transactions } = listed;
    if transactions.is_empty() {
        return format!("no transaction of {account} on {network} is without an outcome");
    }
    let mut lines = vec![format!("transactions of {account} on {network} without an outcome")];
    for entry in transactions {
        let JournalRow { hash, nonce, function, status, .. } = entry;
        let chain =
            if entry.names_chain { "" } else { ", of a chain that the journal does not name" };
        let row = (format!("  {function}"), format!("nonce {nonce}, {status}{chain}"));
        lines.extend([hash.to_string(), facts([row])]);
    }
    lines.join("\n")
}
