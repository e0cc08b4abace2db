//! Giving signed bytes to a node, and finding out whether it took them.

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

/// How often the same bytes are given to a node that does not say whether it took them.
const TRIES: u32 = 4;
const PAUSES: Backoff = Backoff::between(Duration::from_millis(50), Duration::from_millis(400));

/// What became of signed bytes that were given to a node.
#[derive(Debug)]
pub(super) enum Delivery {
    /// The node has the transaction, or a block.
    Taken,
    /// The node did not take it, and no earlier try can have reached one.
    Refused(DeliveryRefusal),
    /// It may be on its way.
    Unclear(RpcError),
}

/// Why a node did not take a transaction.
#[derive(Debug)]
pub(super) enum DeliveryRefusal {
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

impl DeliveryRefusal {
    /// Returns the error for the caller, with what it can do about it.
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

/// A reason that a refusal is of, with the failure that it was told by.
type Reason = fn(RpcFailure) -> DeliveryRefusal;

impl Sender {
    /// Gives the transaction to a node, until it is clear whether one has it. To give the same
    /// bytes again is harmless: they are the same transaction. A refusal is noted in the journal.
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

    /// Gives a transaction that waits to a node that does not know it. Returns why it was not
    /// taken.
    pub(super) async fn give_again(&self, flight: &Flight) -> Result<(), ForeignError> {
        let Some(newest) = flight.attempts.newest() else {
            return Ok(());
        };
        if is_known(&self.reader, newest.hash).await {
            return Ok(());
        }
        // A development chain that was started again would take it.
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

/// Returns `true` if a block includes another transaction with the nonce; `false` also if the node
/// cannot be asked.
async fn is_impossible(reader: &Reader, account: Address, signed: &SignedTransaction) -> bool {
    // The count comes first: had this one been counted, the node would now know it.
    has_passed(reader, account, signed.transaction.nonce).await
        && is_absent(reader, signed.hash).await
}

/// The meaning of a failure to give a node a transaction.
enum DeliveryReply {
    HasIt,
    Refused(Reason),
    Unclear,
}

fn reply(failure: &RpcFailure) -> DeliveryReply {
    let error = match failure {
        RpcFailure::Answered { error, .. } => error,
        // The first was never sent, and the second was turned away before the node.
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
