//! Giving signed bytes to a node, and understanding what it says about them.

use std::time::Duration;

use serde_json::json;

use super::attempts::Attempt;
use super::flight::Flight;
use crate::client::Hetutensor;
use crate::rpc::{HexBytes, NodeError, Quantity, RpcError, RpcFailure};
use crate::{Address, TxHash};

/// How often the same bytes are given to a node that does not say whether it took them.
const TRIES: u32 = 4;
const FIRST_PAUSE: Duration = Duration::from_millis(50);

/// JSON-RPC's "internal error", with which gateways say that they do not know what became of a
/// request.
const INTERNAL_ERROR: i32 = -32_603;
/// "Limit exceeded" of EIP-1474.
const LIMIT_EXCEEDED: i32 = -32_005;

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

/// How a node's error is to be read.
enum Reading {
    HasIt,
    Refuses(fn(RpcFailure) -> Refusal),
    IsBusy,
}

impl Hetutensor {
    /// Gives the transaction to a node, until it is clear whether one has it. To give the same
    /// bytes again is harmless: they are the same transaction.
    pub(super) async fn broadcast(&self, account: Address, attempt: &Attempt) -> Delivery {
        let mut pause = FIRST_PAUSE;
        let mut may_be_under_way = false;
        let mut problem = None;
        for _ in 0..TRIES {
            let (refusal, failure) = match self.give(attempt).await {
                Ok(()) => return Delivery::Taken,
                Err(RpcFailure::Answered { endpoint, method, error }) => {
                    let reading = read(&error);
                    let failure = RpcFailure::Answered { endpoint, method, error };
                    match reading {
                        Reading::HasIt => return Delivery::Taken,
                        Reading::Refuses(refusal) => (Some(refusal), failure),
                        Reading::IsBusy => (None, failure),
                    }
                }
                Err(failure @ RpcFailure::Failed(RpcError::NoHealthyEndpoint { .. })) => {
                    // Nothing was sent.
                    let refusal: fn(_) -> _ = Refusal::Other;
                    (Some(refusal), failure)
                }
                Err(failure) => (None, failure),
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
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
        match problem {
            Some(failure) => Delivery::Unclear(failure.into()),
            None => Delivery::Taken,
        }
    }

    /// Gives a transaction that waits to a node that does not know it. Returns why it was not
    /// taken.
    pub(super) async fn give_again(&self, flight: &Flight) -> Result<(), String> {
        let Some(newest) = flight.attempts.newest() else {
            return Ok(());
        };
        if self.is_known(newest.hash).await {
            return Ok(());
        }
        // A development chain that was started again would take it.
        self.check_genesis().await.map_err(|error| error.to_string())?;
        tracing::debug!(transaction = %newest.hash, "no node has it: giving it again");
        match self.give(&newest).await {
            Ok(()) => Ok(()),
            Err(RpcFailure::Answered { error, .. }) if matches!(read(&error), Reading::HasIt) => {
                Ok(())
            }
            Err(failure) => Err(RpcError::from(failure).to_string()),
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

/// Nodes have no codes for these, so their words have to do: geth's, and those that differ in
/// erigon, besu, nethermind, anvil and the Cosmos chains.
fn read(error: &NodeError) -> Reading {
    let message = error.message.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
    if says(&["already known", "known transaction", "already imported", "already exists"]) {
        Reading::HasIt
    } else if says(&["nonce too low", "nonce is too low", "invalid nonce", "invalid sequence"])
        || says(&["replacement transaction underpriced", "could not replace", "replacement"])
    {
        Reading::Refuses(|_| Refusal::NonceInUse)
    } else if says(&["underpriced", "less than block base fee", "fee too low", "feecap"]) {
        Reading::Refuses(Refusal::FeeTooLow)
    } else if says(&["insufficient funds", "insufficient balance"]) {
        Reading::Refuses(|_| Refusal::InsufficientFunds)
    } else if matches!(error.code, INTERNAL_ERROR | LIMIT_EXCEEDED)
        || says(&["rate limit", "too many requests", "txpool is full", "timeout", "timed out"])
    {
        Reading::IsBusy
    } else {
        Reading::Refuses(Refusal::Other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(code: i32, message: &str) -> Reading {
        read(&NodeError { code, message: message.into(), revert_data: None })
    }

    fn refusal(code: i32, message: &str) -> Refusal {
        let Reading::Refuses(refusal) = reading(code, message) else {
            panic!("{message} is no refusal");
        };
        refusal(RpcFailure::Failed(RpcError::Malformed {
            endpoint: "http://node".parse().unwrap(),
            method: "eth_sendRawTransaction",
            reason: message.into(),
        }))
    }

    #[test]
    fn the_words_of_nodes_are_understood() {
        for known in ["already known", "known transaction: 0x12", "ALREADY_EXISTS: already known"] {
            assert!(matches!(reading(-32_000, known), Reading::HasIt), "{known}");
        }
        for in_use in [
            "nonce too low: next nonce 5, tx nonce 3",
            "replacement transaction underpriced",
            "invalid nonce; got 3, expected 5: invalid sequence",
        ] {
            assert!(matches!(refusal(-32_000, in_use), Refusal::NonceInUse), "{in_use}");
        }
        let fee = "max fee per gas less than block base fee: address 0x1, maxFeePerGas: 1";
        assert!(matches!(refusal(-32_000, fee), Refusal::FeeTooLow(_)));
        assert!(matches!(refusal(-32_000, "transaction underpriced"), Refusal::FeeTooLow(_)));
        let funds = "insufficient funds for gas * price + value: balance 0";
        assert!(matches!(refusal(-32_000, funds), Refusal::InsufficientFunds));
        assert!(matches!(refusal(-32_000, "exceeds block gas limit"), Refusal::Other(_)));
    }

    #[test]
    fn errors_that_do_not_say_what_became_of_it_are_no_refusal() {
        for (code, message) in [
            (-32_603, "internal error"),
            (-32_005, "daily request count exceeded"),
            (-32_000, "txpool is full"),
            (-32_000, "upstream request timeout"),
        ] {
            assert!(matches!(reading(code, message), Reading::IsBusy), "{message}");
        }
    }
}
