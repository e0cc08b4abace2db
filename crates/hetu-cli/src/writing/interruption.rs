//! Transactions of interrupted commands.

use hetu::Hetutensor;
use hetu::chain::client::{RecoveredTransaction, TransactionOutcome};

use crate::error::CliError;
use crate::output::Output;

/// Reads the outcomes of such transactions from the journal, and stops at those that took effect or
/// may still do so. So a user does not repeat a change by restarting a command. A final outcome is
/// reported once; a waiting transaction stops every command until it is resolved.
pub(super) async fn check(hetu: &Hetutensor, output: &Output) -> Result<(), CliError> {
    let recovery = hetu.transactions().recover().await?;
    let mut left = Vec::new();
    for transaction in recovery.transactions {
        let account = describe(&transaction);
        match transaction.fate {
            TransactionOutcome::Reverted(_) | TransactionOutcome::Replaced => output.note(account),
            _ => left.push(account),
        }
    }
    if left.is_empty() { Ok(()) } else { Err(CliError::Interrupted { left }) }
}

fn describe(
    RecoveredTransaction { function, transaction, fate, .. }: &RecoveredTransaction,
) -> String {
    let fate = match fate {
        TransactionOutcome::Included(block) => format!("was included in block {}", block.number),
        TransactionOutcome::Reverted(block) => {
            format!("was refused by the contract in block {} and did nothing", block.number)
        }
        TransactionOutcome::Replaced => "lost its nonce to another and did nothing".to_owned(),
        TransactionOutcome::NotTaken { reason } => {
            format!("is taken by no node ({reason}): see hetu tx cancel and forget")
        }
        _ => "waits for a block: see hetu tx status, replace and cancel".to_owned(),
    };
    format!("{function} of an earlier command, {transaction}, {fate}")
}
