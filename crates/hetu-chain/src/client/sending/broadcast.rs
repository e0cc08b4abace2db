//! Giving signed bytes to a node, and finding out whether it took them.

use std::time::Duration;

use serde_json::json;

use super::attempts::Attempt;
use super::flight::Flight;
use crate::client::Hetutensor;
use crate::resilience::Backoff;
use crate::rpc::{HexBytes, Quantity, RefusalKind, RpcError, RpcFailure, SubmissionReply};
use crate::text::ForeignError;
use crate::{Address, TxHash};

/// How often the same bytes are given to a node that does not say whether it took them.
const TRIES: u32 = 4;
const PAUSES: Backoff = Backoff::between(Duration::from_millis(50), Duration::from_millis(400));

/// What became of signed bytes that were given to a node.
#[derive(Debug)]
pub(super) enum Delivery {
    /// The node has the transaction, or a block.
    Taken,
    /// The node did not take it, and no earlier try can have reached one.
    Refused(Refusal),
    /// It may be on its way.
    Unclear(RpcError),
}

/// Why a node did not take a transaction.
#[derive(Debug)]
pub(super) enum Refusal {
    /// A block includes another transaction with the nonce, or another waits that pays too much
    /// to be replaced.
    NonceInUse,
    /// The fee is too low for the next block.
    FeeTooLow(RpcFailure),
    /// The account does not hold value and gas.
    InsufficientFunds,
    /// Anything else.
    Other(RpcFailure),
}

/// A reason that a refusal is of, with the failure that it was told by.
type Reason = fn(RpcFailure) -> Refusal;

impl Hetutensor {
    /// Gives the transaction to a node, until it is clear whether one has it. To give the same
    /// bytes again is harmless: they are the same transaction.
    pub(super) async fn broadcast(&self, account: Address, attempt: &Attempt) -> Delivery {
        let mut pauses = PAUSES;
        let mut may_be_under_way = false;
        let mut problem = None;
        for _ in 0..TRIES {
            let failure = match self.give(attempt).await {
                Ok(()) => return Delivery::Taken,
                Err(failure) => failure,
            };
            let refusal = match reply(&failure) {
                Reply::HasIt => return Delivery::Taken,
                Reply::Refused(reason) => Some(reason),
                Reply::Unclear => None,
            };
            if self.is_known(attempt.hash).await {
                return Delivery::Taken;
            }
            if let Some(refusal) = refusal
                && (!may_be_under_way || self.is_impossible(account, attempt).await)
            {
                return Delivery::Refused(refusal(failure));
            }
            may_be_under_way = true;
            tracing::debug!(transaction = %attempt.hash, ?failure, "not clear whether it was taken");
            problem = Some(failure);
            tokio::time::sleep(pauses.next_delay()).await;
        }
        match problem {
            Some(failure) => Delivery::Unclear(failure.into()),
            None => Delivery::Taken,
        }
    }

    /// Gives a transaction that waits to a node that does not know it. Returns why it was not
    /// taken.
    pub(super) async fn give_again(&self, flight: &Flight) -> Result<(), ForeignError> {
        let Some(newest) = flight.attempts.newest() else {
            return Ok(());
        };
        if self.is_known(newest.hash).await {
            return Ok(());
        }
        // A development chain that was started again would take it.
        self.check_genesis().await.map_err(ForeignError::new)?;
        tracing::debug!(transaction = %newest.hash, "no node has it: giving it again");
        match self.give(&newest).await {
            Ok(()) => Ok(()),
            Err(failure) if matches!(reply(&failure), Reply::HasIt) => Ok(()),
            Err(failure) => Err(ForeignError::new(RpcError::from(failure))),
        }
    }

    async fn give(&self, attempt: &Attempt) -> Result<(), RpcFailure> {
        let params = vec![json!(HexBytes(attempt.bytes.clone()))];
        let taken = self.transport().submit::<TxHash>("eth_sendRawTransaction", params).await;
        taken.map(drop)
    }

    /// Whether a block includes another transaction with the nonce. False also if it cannot be
    /// found out.
    async fn is_impossible(&self, account: Address, attempt: &Attempt) -> bool {
        let count = vec![json!(account), json!("latest")];
        let count = self.transport().read("eth_getTransactionCount", count).await;
        let has_passed = matches!(count, Ok(Quantity(count)) if count > attempt.transaction.nonce);
        // The count comes first: had this one been counted, the node would now know it.
        has_passed && self.is_absent(attempt.hash).await
    }

    async fn is_absent(&self, transaction: TxHash) -> bool {
        let params = vec![json!(transaction)];
        let receipt: Result<Option<serde_json::Value>, _> =
            self.transport().read("eth_getTransactionReceipt", params).await;
        matches!(receipt, Ok(None))
    }
}

/// The meaning of a failure to give a node a transaction.
enum Reply {
    HasIt,
    Refused(Reason),
    Unclear,
}

fn reply(failure: &RpcFailure) -> Reply {
    let error = match failure {
        RpcFailure::Answered { error, .. } => error,
        // The first was never sent, and the second was turned away before the node.
        RpcFailure::Failed(RpcError::NoHealthyEndpoint { .. }) => {
            return Reply::Refused(Refusal::Other);
        }
        RpcFailure::Failed(RpcError::Rejected { status: 401 | 403 | 407 | 413, .. }) => {
            return Reply::Refused(Refusal::Other);
        }
        RpcFailure::Failed(_) => return Reply::Unclear,
    };
    match error.submission_reply() {
        SubmissionReply::HasIt => Reply::HasIt,
        SubmissionReply::Refused(kind) => Reply::Refused(match kind {
            RefusalKind::NonceInUse => |_| Refusal::NonceInUse,
            RefusalKind::FeeTooLow => Refusal::FeeTooLow,
            RefusalKind::InsufficientFunds => |_| Refusal::InsufficientFunds,
            RefusalKind::Other => Refusal::Other,
        }),
        SubmissionReply::Unclear => Reply::Unclear,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rejected(status: u16) -> RpcFailure {
        let endpoint = "http://node".parse().unwrap();
        RpcError::Rejected { endpoint, method: "eth_sendRawTransaction", status }.into()
    }

    #[test]
    fn status_without_answer_refuses_only_where_node_was_not_reached() {
        for status in [401, 403, 407, 413] {
            assert!(matches!(reply(&rejected(status)), Reply::Refused(_)), "{status}");
        }
        for status in [400, 404, 408, 500, 502, 503, 504] {
            assert!(matches!(reply(&rejected(status)), Reply::Unclear), "{status}");
        }
    }
}
