//! Refusals of contracts and of transactions, in the words of other nodes.

use serde_json::{Value, json};

/// A form of the refusal of a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Revert {
    Geth,
    /// The form of OpenEthereum, and of nethermind before 2021.
    Word,
    /// The form of gateways and libraries in between.
    NestedData,
    OriginalError,
    /// The data without `0x`.
    BareHex,
    /// The reason alone.
    Message,
    /// The form of Ganache: the reason alone, after a fixed prefix.
    Exception,
}

pub(crate) const REVERTS: [Revert; 7] = [
    Revert::Geth,
    Revert::Word,
    Revert::NestedData,
    Revert::OriginalError,
    Revert::BareHex,
    Revert::Message,
    Revert::Exception,
];

/// Returns the error of a call to a contract that refused with `data`. The forms without data can
/// express only a reason.
pub(crate) fn reverted(form: Revert, data: &str) -> Value {
    let reason = reason_of(data);
    let inner = json!({ "code": 3, "message": "execution reverted", "data": data });
    match (form, reason) {
        (Revert::Message, Some(reason)) => {
            json!({ "code": -32_000, "message": format!("execution reverted: {reason}") })
        }
        (Revert::Exception, Some(reason)) => {
            let message = format!("VM Exception while processing transaction: revert {reason}");
            json!({ "code": -32_000, "message": message })
        }
        (Revert::Word, _) => {
            let data = format!("Reverted {data}");
            json!({ "code": -32_015, "message": "VM execution error.", "data": data })
        }
        (Revert::NestedData, _) => {
            json!({ "code": -32_603, "message": "Internal JSON-RPC error.", "data": inner })
        }
        (Revert::OriginalError, _) => {
            let data = json!({ "originalError": inner });
            json!({ "code": -32_603, "message": "execution failed", "data": data })
        }
        (Revert::BareHex, _) => {
            let data = data.trim_start_matches("0x");
            json!({ "code": -32_000, "message": "execution reverted", "data": data })
        }
        (Revert::Geth | Revert::Message | Revert::Exception, _) => inner,
    }
}

/// Returns the text of `Error(string)`.
fn reason_of(data: &str) -> Option<String> {
    let encoded = data.strip_prefix("0x08c379a0")?;
    let length = usize::from_str_radix(encoded.get(64..128)?, 16).ok()?;
    let text = encoded.get(128..128 + 2 * length)?;
    let bytes: Option<Vec<u8>> = (0..length)
        .map(|index| u8::from_str_radix(text.get(2 * index..2 * index + 2)?, 16).ok())
        .collect();
    String::from_utf8(bytes?).ok()
}

const NONCE: [&str; 5] = [
    "nonce too low",
    "OldNonce, Current nonce: 5, nonce of rejected tx: 4",
    "wrong transaction nonce",
    "submit transaction to pool failed: Pool(InvalidTransaction(Stale))",
    "Transaction nonce is too low. Try incrementing the nonce.",
];
const REPLACEMENT: [&str; 3] = [
    "replacement transaction underpriced",
    "ReplacementNotAllowed",
    "There is another transaction with same nonce in the queue. Try increasing the gas price.",
];
const FUNDS: [&str; 4] = [
    "insufficient funds for gas * price + value",
    "InsufficientFunds, Account balance: 0, cumulative cost: 1",
    "Upfront cost exceeds account balance",
    "Pool(InvalidTransaction(Payment))",
];
const FEE: [&str; 3] = [
    "transaction underpriced",
    "FeeTooLow, MaxFeePerGas too low. MaxFeePerGas: 1, BaseFee: 7",
    "max fee per gas less than block base fee",
];

/// Returns the words of another node for a refusal of the devnet.
pub(crate) fn words_of_refusal(message: &str, turn: usize) -> Option<&'static str> {
    let forms: &[&str] = if message.starts_with("nonce too low") {
        &NONCE
    } else if message.starts_with("replacement transaction underpriced") {
        &REPLACEMENT
    } else if message.starts_with("insufficient funds") {
        &FUNDS
    } else if message.contains("underpriced") || message.contains("base fee") {
        &FEE
    } else {
        return None;
    };
    forms.get(turn % forms.len()).copied()
}
