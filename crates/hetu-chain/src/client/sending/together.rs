//! Simulation of a change of several transactions as a whole, before its first one is sent.
//!
//! A node runs the transactions in one `eth_call`. A state override gives the account code that
//! makes the calls one after the other. Contracts see the account as the caller, so each call runs
//! on the state after the calls before it. The simulation does not depend on the storage layout of
//! any contract.

use serde_json::{Value, json};

use crate::abi::decode_revert;
use crate::client::encoded_call::EncodedCall;
use crate::client::error::ChainError;
use crate::client::reader::Reader;
use crate::model::Contract;
use crate::rpc::{BlockRef, CallRequest, HexBytes, RpcFailure};
use crate::{Address, Amount};

/// A call of a change, and its contract if only this project's version has the function.
#[derive(Clone, Debug)]
pub(super) struct ChangePart {
    pub(super) call: EncodedCall,
    pub(super) only_ours: Option<Contract>,
}

/// The outcome of simulating a change.
#[derive(Debug, PartialEq, Eq)]
enum ChangeTrial {
    Succeeds,
    /// The contract refuses the call with this index and returns this reason.
    Refused(usize, Vec<u8>),
    /// The node does not support state overrides.
    Unsupported,
}

/// Runs the calls one after the other as `account`, without sending them. Returns `false` if the
/// node does not support this.
///
/// # Errors
/// [`ChainError::Reverted`] or [`ChainError::Unsupported`] for the first refused call, and the
/// errors of reads.
pub(super) async fn try_together(
    reader: &Reader,
    account: Address,
    parts: &[ChangePart],
) -> Result<bool, ChainError> {
    // A creation derives its address from a nonce, and calls of a contract do not consume nonces.
    if parts.is_empty() || parts.iter().any(|part| part.call.to.is_none()) {
        return Ok(false);
    }
    match trial(reader, account, parts).await? {
        ChangeTrial::Succeeds => Ok(true),
        ChangeTrial::Refused(index, reason) => {
            let part = &parts[index.min(parts.len() - 1)];
            let function = part.call.function.clone();
            let refusal = ChainError::Reverted { function, revert: decode_revert(&reason) };
            Err(refusal.or_unsupported(part.only_ours))
        }
        ChangeTrial::Unsupported => Ok(false),
    }
}

async fn trial(
    reader: &Reader,
    account: Address,
    parts: &[ChangePart],
) -> Result<ChangeTrial, ChainError> {
    let (code, data) = program(parts);
    // No sender: nodes may refuse calls from an account with code (EIP-3607).
    let request = CallRequest {
        from: None,
        to: Some(account),
        data: HexBytes(data),
        value: Amount::ZERO,
        gas: None,
    };
    let overrides = json!({ account.to_string(): { "code": HexBytes(code) } });
    let params = vec![json!(request), json!(BlockRef::Latest), overrides];
    match reader.transport().read::<Value>("eth_call", params).await {
        Ok(answer) => Ok(read(&answer, parts.len())),
        Err(RpcFailure::Answered { error, .. }) => {
            tracing::debug!(message = %error.message, "the node does not try calls together");
            Ok(ChangeTrial::Unsupported)
        }
        Err(failure) => Err(failure.into()),
    }
}

/// Reads the outcome. A node that ignores the override returns empty data, as for an account
/// without code.
fn read(answer: &Value, count: usize) -> ChangeTrial {
    let Ok(HexBytes(bytes)) = serde_json::from_value(answer.clone()) else {
        return ChangeTrial::Unsupported;
    };
    let Some((word, reason)) = bytes.split_first_chunk::<WORD>() else {
        return ChangeTrial::Unsupported;
    };
    let (zeros, index) = word.split_at(WORD - 8);
    let index = index.iter().fold(0_u64, |index, byte| index << 8 | u64::from(*byte));
    match usize::try_from(index) {
        _ if *word == [0xff; WORD] => ChangeTrial::Succeeds,
        Ok(index) if index < count && zeros.iter().all(|byte| *byte == 0) => {
            ChangeTrial::Refused(index, reason.to_vec())
        }
        _ => ChangeTrial::Unsupported,
    }
}

const WORD: usize = 32;

/// The EVM instructions of the program.
mod op {
    pub(super) const ADD: u8 = 0x01;
    pub(super) const CALLDATACOPY: u8 = 0x37;
    pub(super) const RETURNDATASIZE: u8 = 0x3d;
    pub(super) const RETURNDATACOPY: u8 = 0x3e;
    pub(super) const MSTORE: u8 = 0x52;
    pub(super) const JUMPI: u8 = 0x57;
    pub(super) const GAS: u8 = 0x5a;
    pub(super) const JUMPDEST: u8 = 0x5b;
    /// Pushes the following byte. With `n - 1` added, pushes the following `n` bytes.
    pub(super) const PUSH1: u8 = 0x60;
    pub(super) const CALL: u8 = 0xf1;
    pub(super) const RETURN: u8 = 0xf3;
}

/// Returns the code that makes the calls, and its input: the data of the calls, concatenated.
///
/// The code returns a word of ones if all calls succeed. Otherwise it returns the index of the
/// first failed call, followed by that call's return data.
fn program(parts: &[ChangePart]) -> (Vec<u8>, Vec<u8>) {
    let mut assembler = Assembler::default();
    let mut data = Vec::new();
    for (index, ChangePart { call, .. }) in parts.iter().enumerate() {
        assembler.call(call, data.len());
        assembler.return_unless_it_succeeded(index);
        data.extend_from_slice(&call.data);
    }
    assembler.return_success();
    (assembler.0, data)
}

#[derive(Debug, Default)]
struct Assembler(Vec<u8>);

impl Assembler {
    fn op(&mut self, op: u8) {
        self.0.push(op);
    }

    /// Pushes 1 to 32 `bytes`.
    fn push(&mut self, bytes: &[u8]) {
        let length = u8::try_from(bytes.len()).unwrap_or_default();
        self.op(op::PUSH1 + length.saturating_sub(1));
        self.0.extend_from_slice(bytes);
    }

    fn push_number(&mut self, number: usize) {
        self.push(&(number as u64).to_be_bytes());
    }

    /// Copies the call's data from `offset` to memory and makes the call.
    fn call(&mut self, call: &EncodedCall, offset: usize) {
        self.push_number(call.data.len());
        self.push_number(offset);
        self.push_number(0);
        self.op(op::CALLDATACOPY);
        // Reserve no memory for the return data: it is copied later if it is needed.
        self.push_number(0);
        self.push_number(0);
        self.push_number(call.data.len());
        self.push_number(0);
        self.push(&call.value.to_be_bytes());
        self.push(call.to.unwrap_or(Address::ZERO).as_bytes());
        self.op(op::GAS);
        self.op(op::CALL);
    }

    fn return_unless_it_succeeded(&mut self, index: usize) {
        // The length of the instructions from here to the JUMPDEST, including this push.
        const AHEAD: usize = 9 + 1 + 18 + 1 + 1 + 18 + 1 + 1 + 9 + 1 + 9 + 1;
        let target = self.0.len() + AHEAD;
        self.push_number(target);
        self.op(op::JUMPI);
        self.push_number(index);
        self.push_number(0);
        self.op(op::MSTORE);
        self.op(op::RETURNDATASIZE);
        self.push_number(0);
        self.push_number(WORD);
        self.op(op::RETURNDATACOPY);
        self.op(op::RETURNDATASIZE);
        self.push_number(WORD);
        self.op(op::ADD);
        self.push_number(0);
        self.op(op::RETURN);
        debug_assert_eq!(self.0.len(), target);
        self.op(op::JUMPDEST);
    }

    fn return_success(&mut self) {
        self.push(&[0xff; WORD]);
        self.push_number(0);
        self.op(op::MSTORE);
        self.push_number(WORD);
        self.push_number(0);
        self.op(op::RETURN);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answer_without_the_words_of_the_program_is_of_a_node_that_cannot() {
        let of = |text: String| read(&Value::from(text), 2);
        let word = |index: u8| format!("0x{}{index:02x}", "00".repeat(31));
        assert_eq!(of(format!("0x{}", "ff".repeat(32))), ChangeTrial::Succeeds);
        assert_eq!(of(word(1) + "abcd"), ChangeTrial::Refused(1, vec![0xab, 0xcd]));
        for other in ["0x".to_owned(), "0x01".to_owned(), word(2), "nonsense".to_owned()] {
            assert_eq!(of(other.clone()), ChangeTrial::Unsupported, "{other}");
        }
    }
}
