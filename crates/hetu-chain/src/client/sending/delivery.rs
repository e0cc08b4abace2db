//! Delivery of signed bytes to a node, and detection of whether the node accepted them.

use std::time::Duration;

use serde_json::json;

use super::flight::Flight;
use super::node_view::{has_passed, is_absent, is_known};
use super::preparation::understood;
use super::pricing::base_fee;
use super::sender::Sender;
use super::signed::SignedTransaction;
use crate::abi::UnsignedTransaction;
use crate::client::error::ChainError;
use crate::client::reader::Reader;
use crate::resilience::Backoff;
use crate::rpc::{HexBytes, RefusalKind, RpcError, RpcFailure, SubmissionReply};
use crate::text::ForeignError;
use crate::{Address, TxHash};

/// The number of attempts to submit the same bytes when the node's reply is unclear.
const TRIES: u32 = 4;
const PAUSES: Backoff = Backoff::between(Duration::from_millis(50), Duration::from_millis(400));

/// The result of submitting signed bytes to a node.
#[derive(Debug)]
pub(super) enum Delivery {
    /// A node has the transaction, or a block includes it.
    Taken,
    /// The node refused the transaction, and no earlier attempt can have reached a node.
    Refused(DeliveryRefusal),
    /// The transaction may be under way.
    Unclear(RpcError),
}

/// A reason for which a node refuses a transaction.
#[derive(Debug)]
pub(super) enum DeliveryRefusal {
    /// A block includes another transaction with the nonce, or a waiting transaction with the nonce
    /// pays too much to be replaced.
    NonceInUse,
    /// The fee is too low for the next block.
    FeeTooLow(RpcFailure),
    /// The account cannot pay for the value and the gas.
    InsufficientFunds,
    /// Another reason.
    Other(RpcFailure),
}

impl DeliveryRefusal {
    /// Returns the error for the caller, with the values that the caller can act on.
    pub(super) async fn into_error(
        self,
        sender: &Sender,
        function: &str,
        signed: &SignedTransaction,
    ) -> ChainError {
        let UnsignedTransaction { value, gas, fees, .. } = signed.transaction;
        let offered = fees.max_fee_per_gas();
        match self {
            Self::InsufficientFunds => {
                let account = sender.account;
                match sender.reader.native_balance(account).await {
                    Ok(held) => {
                        let needed = value.saturating_add(offered.saturating_mul(gas));
                        ChainError::InsufficientFunds { account, held, needed }
                    }
                    Err(error) => error,
                }
            }
            Self::NonceInUse => {
                ChainError::FeeTooLow { offered, needed: fees.outbid(fees).max_fee_per_gas() }
            }
            Self::FeeTooLow(failure) => match base_fee(&sender.reader).await {
                Some(needed) if needed > offered => ChainError::FeeTooLow { offered, needed },
                _ => failure.into(),
            },
            Self::Other(failure) => understood(function, failure),
        }
    }
}

/// A constructor of the refusal from the failure that reported it.
type Reason = fn(RpcFailure) -> DeliveryRefusal;

impl Sender {
    /// Submits the transaction until it is clear whether a node has it. Submitting the same bytes
    /// again is harmless, because they are the same transaction. A refusal is noted in the journal.
    pub(super) async fn deliver(&self, signed: &SignedTransaction) -> Result<Delivery, ChainError> {
        let delivery = self.broadcast(signed).await;
        if matches!(delivery, Delivery::Refused(_)) {
            self.note_refused(signed.hash).await?;
        }
        Ok(delivery)
    }

    async fn broadcast(&self, signed: &SignedTransaction) -> Delivery {
        let mut pauses = PAUSES;
        let mut may_be_under_way = false;
        let mut problem = None;
        for _ in 0..TRIES {
            let failure = match give(&self.reader, signed).await {
                Ok(()) => return Delivery::Taken,
                Err(failure) => failure,
            };
            let refusal = match reply(&failure) {
                DeliveryReply::HasIt => return Delivery::Taken,
                DeliveryReply::Refused(reason) => Some(reason),
                DeliveryReply::Unclear => None,
            };
            if is_known(&self.reader, signed.hash).await {
                return Delivery::Taken;
            }
            if let Some(refusal) = refusal
                && (!may_be_under_way || is_impossible(&self.reader, self.account, signed).await)
            {
                return Delivery::Refused(refusal(failure));
            }
            may_be_under_way = true;
            tracing::debug!(transaction = %signed.hash, ?failure, "not clear whether it was taken");
            problem = Some(failure);
            tokio::time::sleep(pauses.next_delay()).await;
        }
        match problem {
            Some(failure) => Delivery::Unclear(failure.into()),
            None => Delivery::Taken,
        }
    }

    /// Submits a waiting transaction to a node that does not know it, and returns the reason if the
    /// node does not accept it.
    pub(super) async fn give_again(&self, flight: &Flight) -> Result<(), ForeignError> {
        let Some(newest) = flight.attempts.newest() else {
            return Ok(());
        };
        if is_known(&self.reader, newest.hash).await {
            return Ok(());
        }
        // A development chain that was restarted would accept the transaction, so compare the
        // genesis block first.
        self.check_genesis().await.map_err(ForeignError::new)?;
        tracing::debug!(transaction = %newest.hash, "no node has it: giving it again");
        match give(&self.reader, &newest).await {
            Ok(()) => Ok(()),
            Err(failure) if matches!(reply(&failure), DeliveryReply::HasIt) => Ok(()),
            Err(failure) => Err(ForeignError::new(RpcError::from(failure))),
        }
    }
}

async fn give(reader: &Reader, signed: &SignedTransaction) -> Result<(), RpcFailure> {
    let params = vec![json!(HexBytes(signed.bytes.clone()))];
    let taken = reader.transport().submit::<TxHash>("eth_sendRawTransaction", params).await;
    taken.map(drop)
}

/// Returns `true` if a block includes another transaction with the nonce, and `false` also if the
/// node cannot be reached.
async fn is_impossible(reader: &Reader, account: Address, signed: &SignedTransaction) -> bool {
    // The count comes first: if it included this transaction, the node would now know it.
    has_passed(reader, account, signed.transaction.nonce).await
        && is_absent(reader, signed.hash).await
}

/// The meaning of a failed submission.
enum DeliveryReply {
    HasIt,
    Refused(Reason),
    Unclear,
}

fn reply(failure: &RpcFailure) -> DeliveryReply {
    let error = match failure {
        RpcFailure::Answered { error, .. } => error,
        // The first request was never sent, and the second was rejected before it reached the node.
        RpcFailure::Failed(RpcError::NoHealthyEndpoint { .. }) => {
            return DeliveryReply::Refused(DeliveryRefusal::Other);
        }
        RpcFailure::Failed(RpcError::Rejected { status: 401 | 403 | 407 | 413, .. }) => {
            return DeliveryReply::Refused(DeliveryRefusal::Other);
        }
        RpcFailure::Failed(_) => return DeliveryReply::Unclear,
    };
    match error.submission_reply() {
        SubmissionReply::HasIt => DeliveryReply::HasIt,
        SubmissionReply::Refused(kind) => DeliveryReply::Refused(match kind {
            RefusalKind::NonceInUse => |_| DeliveryRefusal::NonceInUse,
            RefusalKind::FeeTooLow => DeliveryRefusal::FeeTooLow,
            RefusalKind::InsufficientFunds => |_| DeliveryRefusal::InsufficientFunds,
            RefusalKind::Other => DeliveryRefusal::Other,
        }),
        SubmissionReply::Unclear => DeliveryReply::Unclear,
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
            assert!(matches!(reply(&rejected(status)), DeliveryReply::Refused(_)), "{status}");
        }
        for status in [400, 404, 408, 500, 502, 503, 504] {
            assert!(matches!(reply(&rejected(status)), DeliveryReply::Unclear), "{status}");
        }
    }
}
