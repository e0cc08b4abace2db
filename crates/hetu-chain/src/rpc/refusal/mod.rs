//! The meaning of errors that nodes return for a sent transaction.
//!
//! Nodes have few codes for these errors, so the words decide: those of go-ethereum, and the
//! variants of nethermind, besu, erigon, reth, OpenEthereum, arbitrum, hardhat and ganache, chains
//! of substrate (frontier) and of Cosmos (ethermint). An error that is not clearly a refusal is
//! unclear: the transaction may still be included.

mod words;

use self::words::{
    FEE_TOO_LOW, HAS_IT, INSUFFICIENT_FUNDS, NONCE_AHEAD, NONCE_IN_USE, OTHER, UNCLEAR,
};
use super::NodeError;
use super::complaint::Complaint;
use super::node_error::says_revert;

/// The reply of a node to a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SubmissionReply {
    /// The node already has the transaction.
    HasIt,
    /// The node refused the transaction, and cannot have broadcast it.
    Refused(RefusalKind),
    /// The node may have broadcast the transaction.
    Unclear,
}

/// The reason for which a node refused a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RefusalKind {
    /// A nonce that another transaction has.
    NonceInUse,
    /// A gas price that is too low.
    FeeTooLow,
    /// A balance below the value and the gas.
    InsufficientFunds,
    /// Any other reason.
    Other,
}

/// Returns `true` for codes that mean a refusal without further text: those of go-ethereum and
/// OpenEthereum for refused input and transactions, and those of the JSON-RPC specification for
/// invalid calls.
fn is_refusing_code(code: i32) -> bool {
    const PARSE_ERROR: i32 = -32_700;
    matches!(code, -32_000 | -32_003 | -32_010 | -32_602..=-32_600 | PARSE_ERROR | 3)
}

/// Maps the codes of the execution API for transactions (`eth_simulateV1`), which some nodes also
/// return for sent transactions.
const fn refusal_by_code(code: i32) -> Option<RefusalKind> {
    match code {
        -38_010 => Some(RefusalKind::NonceInUse),
        -38_012 => Some(RefusalKind::FeeTooLow),
        -38_014 => Some(RefusalKind::InsufficientFunds),
        -38_026..=-38_011 => Some(RefusalKind::Other),
        _ => None,
    }
}

impl NodeError {
    /// Returns the reply of a node that received a transaction.
    pub(crate) fn submission_reply(&self) -> SubmissionReply {
        if let Some(reply) = self.reply_by_words() {
            return reply;
        }
        let is_by_gateway = matches!(self.http_status, 502 | 504);
        match self.complaint() {
            Complaint::Credential => SubmissionReply::Refused(RefusalKind::Other),
            Complaint::TheCall if is_refusing_code(self.code) && !is_by_gateway => {
                SubmissionReply::Refused(RefusalKind::Other)
            }
            _ => SubmissionReply::Unclear,
        }
    }

    /// Returns `true` if the error determines the outcome of a call, whatever the HTTP status.
    pub(super) fn is_clear(&self) -> bool {
        let by_words = self.reply_by_words();
        by_words.is_some_and(|reply| reply != SubmissionReply::Unclear)
            || self.revert_data.is_some()
            || says_revert(&self.message)
            || self.complaint() == Complaint::UnknownBlock
    }

    /// Returns `true` if a gateway in front of the node returned the error.
    pub(super) fn is_by_gateway(&self) -> bool {
        matches!(self.http_status, 502..=504) && !self.is_clear()
    }

    fn reply_by_words(&self) -> Option<SubmissionReply> {
        use RefusalKind as Kind;
        let message = self.message.to_ascii_lowercase();
        let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
        let refused = |kind| Some(SubmissionReply::Refused(kind));
        if says(NONCE_AHEAD) || names_later_nonce(&message) {
            refused(Kind::Other)
        } else if let Some(kind) = refusal_by_code(self.code) {
            refused(kind)
        } else if says(NONCE_IN_USE) {
            refused(Kind::NonceInUse)
        } else if says(HAS_IT) && !message.contains("unknown transaction") {
            Some(SubmissionReply::HasIt)
        } else if says(FEE_TOO_LOW) {
            refused(Kind::FeeTooLow)
        } else if says(INSUFFICIENT_FUNDS) {
            refused(Kind::InsufficientFunds)
        } else if says(OTHER) {
            refused(Kind::Other)
        } else if says(UNCLEAR) {
            Some(SubmissionReply::Unclear)
        } else {
            None
        }
    }
}

/// Returns `true` if the message names the nonce that the node expects, and the transaction has a
/// later one.
fn names_later_nonce(message: &str) -> bool {
    let is_about_nonce = message.contains("nonce") || message.contains("sequence");
    let number = |words: &[&str]| words.iter().find_map(|word| number_after(message, word));
    let expected = number(&["expected nonce to be", "has nonce of:", "expected", "next nonce"]);
    let given = number(&["tx has nonce of:", "got"]);
    is_about_nonce && matches!((given, expected), (Some(given), Some(next)) if given > next)
}

/// Returns the number that follows `word`.
fn number_after(message: &str, word: &str) -> Option<u64> {
    let (_, rest) = message.split_once(word)?;
    let digits = rest.trim_start_matches([' ', ':']);
    let end = digits.find(|character: char| !character.is_ascii_digit()).unwrap_or(digits.len());
    digits[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(code: i32, message: &str) -> SubmissionReply {
        let error =
            NodeError { code, message: message.into(), revert_data: None, http_status: 200 };
        error.submission_reply()
    }

    #[test]
    fn refusals_of_nodes_are_understood() {
        use RefusalKind as Kind;
        for (kind, messages) in [
            (
                Kind::NonceInUse,
                &[
                    "nonce too low: next nonce 5, tx nonce 3",
                    "nonce too low: address 0x12, tx: 3 state: 5",
                    "Nonce too low. Expected nonce to be 5 but got 4.",
                    "OldNonce, Current nonce: 5, nonce of rejected tx: 4",
                    "OwnNonceAlreadyUsed",
                    "wrong transaction nonce",
                    "Transaction nonce is too low. Try incrementing the nonce.",
                    "transaction nonce 3 below sender account nonce 5",
                    "Transaction gas price supplied is too low. There is another transaction with \
                     same nonce in the queue.",
                    "submit transaction to pool failed: Pool(InvalidTransaction(Stale))",
                    "Pool(InvalidTransaction(InvalidTransaction::Stale))",
                    "Pool(TooLowPriority { old: 2, new: 1 })",
                    "invalid nonce; got 3, expected 5: invalid sequence",
                    "account sequence mismatch, expected 5, got 4: incorrect account sequence",
                    "the tx doesn't have the correct nonce. account has nonce of: 5 tx has nonce \
                     of: 4",
                    "replacement transaction underpriced",
                    "ReplacementNotAllowed",
                    "INTERNAL_ERROR: could not replace existing tx",
                ][..],
            ),
            (
                Kind::FeeTooLow,
                &[
                    "transaction underpriced",
                    "max fee per gas less than block base fee: address 0x1, maxFeePerGas: 1",
                    "FeeTooLow, MaxFeePerGas too low. MaxFeePerGas: 1, BaseFee: 7",
                    "FeeTooLowToCompete",
                    "gas price below configured minimum gas price",
                    "provided fee < minimum global fee (1 < 2)",
                    "insufficient fee: insufficient fee",
                    "transaction gas price below minimum: gas tip cap 0, minimum needed 1",
                    "Transaction gas price 1 is too low. It does not satisfy your node's minimal \
                     gas price",
                ],
            ),
            (
                Kind::InsufficientFunds,
                &[
                    "insufficient funds for gas * price + value: balance 0",
                    "InsufficientFunds, Account balance: 0, cumulative cost: 1",
                    "Upfront cost exceeds account balance",
                    "Insufficient funds. The account you tried to send transaction from does not \
                     have enough funds.",
                    "sender doesn't have enough funds to send tx. The upfront cost is: 1",
                    "Pool(InvalidTransaction(Payment))",
                    "sender balance < tx cost (1 < 2): insufficient funds",
                ],
            ),
            (
                Kind::Other,
                &[
                    "exceeds block gas limit",
                    "intrinsic gas too low",
                    "transaction type not supported",
                    "unknown transaction type",
                    "invalid sender",
                    "only replay-protected (EIP-155) transactions allowed over RPC",
                    "tx fee (2.00 ether) exceeds the configured cap (1.00 ether)",
                    "nonce too high",
                    "NonceGap, Future nonce. Expected nonce: 5",
                    "invalid nonce; got 7, expected 5: invalid sequence",
                    "account sequence mismatch, expected 5, got 7: incorrect account sequence",
                    "Nonce too high. Expected nonce to be 5 but got 7.",
                    "Pool(InvalidTransaction(Future))",
                ],
            ),
        ] {
            for message in messages {
                for code in [-32_000, -32_603, 0] {
                    assert_eq!(reply(code, message), SubmissionReply::Refused(kind), "{message}");
                }
            }
        }
    }

    #[test]
    fn codes_of_transactions_are_understood_without_words() {
        use RefusalKind as Kind;
        for (code, kind) in [
            (-38_010, Kind::NonceInUse),
            (-38_011, Kind::Other),
            (-38_012, Kind::FeeTooLow),
            (-38_014, Kind::InsufficientFunds),
            (-38_015, Kind::Other),
            (-32_000, Kind::Other),
            (-32_003, Kind::Other),
            (-32_602, Kind::Other),
            (-32_601, Kind::Other),
        ] {
            assert_eq!(reply(code, "no"), SubmissionReply::Refused(kind), "{code}");
        }
    }

    #[test]
    fn known_transaction_counts_as_taken() {
        for known in [
            "already known",
            "known transaction: 0x12",
            "Known transaction",
            "ALREADY_EXISTS: already known",
            "AlreadyKnown",
            "Transaction with the same hash was already imported.",
            "Pool(AlreadyImported(Any { .. }))",
            "tx already exists in cache",
            "tx already in mempool",
        ] {
            assert_eq!(reply(-32_000, known), SubmissionReply::HasIt, "{known}");
        }
    }

    #[test]
    fn error_that_leaves_outcome_open_is_unclear() {
        for (code, message) in [
            (-32_603, "internal error"),
            (-32_603, "no"),
            (-32_005, "daily request count exceeded"),
            (-32_005, "limit exceeded"),
            (-32_002, "no"),
            (0, "no"),
            (500, "no"),
            (-32_000, "txpool is full"),
            (-32_000, "upstream request timeout"),
            (-32_000, "failed to forward tx to sequencer, please try again"),
            (-32_000, "Post \"http://10.0.0.1\": context deadline exceeded"),
            (-32_000, "read tcp: connection reset by peer"),
            (-32_000, "no backend is currently healthy to serve traffic"),
            (-32_000, "header not found"),
        ] {
            assert_eq!(reply(code, message), SubmissionReply::Unclear, "{code} {message}");
        }
        let by_gateway = |http_status| {
            let (code, message) = (-32_000, "no".into());
            NodeError { code, message, revert_data: None, http_status }.submission_reply()
        };
        assert_eq!(by_gateway(502), SubmissionReply::Unclear);
        assert_eq!(by_gateway(400), SubmissionReply::Refused(RefusalKind::Other));
    }
}
