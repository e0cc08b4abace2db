//! The differences that are known, and why they are there.

use serde_json::Value;

use super::run::Observation;

/// What is shown in place of a field that a node leaves out.
const ABSENT: &str = "absent";

/// A difference that is meant to be.
///
/// `*` stands for any text in `method`, `field`, `ours` and `theirs`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known {
    /// The method that was called.
    pub(crate) method: &'static str,
    /// Path of the field in the answer.
    pub(crate) field: &'static str,
    /// What hetu-devnet answers.
    pub(crate) ours: &'static str,
    /// What anvil answers.
    pub(crate) theirs: &'static str,
    pub(crate) reason: &'static str,
}

/// Every difference between the development chain and anvil that the scenarios meet.
pub(crate) const KNOWN: &[Known] = &[
    Known {
        method: "eth_getBlock*",
        field: "result.extraData",
        ours: "0x686574752d6465766e6574",
        theirs: "0x",
        reason: "a block says which node made it",
    },
    Known {
        method: "eth_subscription",
        field: "params.result.extraData",
        ours: "0x686574752d6465766e6574",
        theirs: "0x",
        reason: "a block says which node made it",
    },
    Known {
        method: "eth_getBlock*",
        field: "result.size",
        ours: "0x*",
        theirs: "0x*",
        reason: "anvil counts neither the list of withdrawals nor, having none, extraData",
    },
    Known {
        method: "eth_getBlock*",
        field: "result.totalDifficulty",
        ours: "absent",
        theirs: "0x0",
        reason: "go-ethereum tells it no longer",
    },
    Known {
        method: "eth_getBlock*",
        field: "result.baseFeePerGas",
        ours: "0x3b9aca00",
        theirs: "0x342770c0",
        reason: "anvil repeats the base fee of its genesis block in the first block after it; EIP-1559 lowers it",
    },
    Known {
        method: "eth_getBlockByNumber",
        field: "result.hash",
        ours: "null",
        theirs: "0x*",
        reason: "what is not mined has no hash, as in go-ethereum",
    },
    Known {
        method: "eth_getBlockByNumber",
        field: "result.nonce",
        ours: "null",
        theirs: "0x0000000000000000",
        reason: "what is not mined has no nonce, as in go-ethereum",
    },
    Known {
        method: "eth_subscription",
        field: "params.result.*",
        ours: "absent",
        theirs: "*",
        reason: "a new head is a header alone, as in go-ethereum",
    },
    Known {
        method: "eth_subscription",
        field: "params.result.size",
        ours: "0x*",
        theirs: "0x*",
        reason: "anvil counts neither the list of withdrawals nor, having none, extraData",
    },
    Known {
        method: "eth_get*Receipt*",
        field: "result*blobGasPrice",
        ours: "absent",
        theirs: "0x1",
        reason: "only a blob transaction has one, as in go-ethereum",
    },
    Known {
        method: "eth_get*Receipt*",
        field: "result*blockTimestamp",
        ours: "absent",
        theirs: "1*",
        reason: "anvil adds it, as a number",
    },
    Known {
        method: "eth_getTransactionByHash",
        field: "result.gasPrice",
        ours: "0x2540be400",
        theirs: "0x6fc23ac0",
        reason: "what waits has the highest price that it pays, as in go-ethereum",
    },
    Known {
        method: "eth_*",
        field: "error.code",
        ours: "-32000",
        theirs: "-32*",
        reason: "the code of go-ethereum for whatever has none of its own",
    },
    Known {
        method: "eth_call",
        field: "error.message",
        ours: "execution reverted: *",
        theirs: "execution reverted: panic: *",
        reason: "panics are named as go-ethereum does",
    },
    Known {
        method: "eth_*",
        field: "error.message",
        ours: "execution reverted",
        theirs: "execution reverted: *",
        reason: "anvil shows data that is no reason as text",
    },
    Known {
        method: "eth_*",
        field: "error.message",
        ours: "*",
        theirs: "EVM error *",
        reason: "go-ethereum's words",
    },
    Known {
        method: "eth_*",
        field: "error.message",
        ours: "header not found",
        theirs: "*",
        reason: "go-ethereum's words for a block that is not there",
    },
    Known {
        method: "eth_*",
        field: "error.message",
        ours: "insufficient funds for gas * price + value: *",
        theirs: "Insufficient funds for gas * price + value",
        reason: "go-ethereum tells the amounts",
    },
    Known {
        method: "eth_*",
        field: "error.message",
        ours: "nonce too low: next nonce 1, tx nonce 0",
        theirs: "nonce too low",
        reason: "go-ethereum tells the nonces",
    },
    Known {
        method: "eth_*",
        field: "error.message",
        ours: "invalid chain id for signer: have 1 want 31337",
        theirs: "invalid chain id for signer",
        reason: "go-ethereum tells the chain ids",
    },
    Known {
        method: "eth_sendRawTransaction",
        field: "error.message",
        ours: "intrinsic gas too low: *",
        theirs: "intrinsic gas too low",
        reason: "go-ethereum tells the amounts",
    },
    Known {
        method: "eth_call",
        field: "error.message",
        ours: "intrinsic gas too low: *",
        theirs: "intrinsic gas too high -- CallGasCostMoreThanGasLimit",
        reason: "go-ethereum's words",
    },
    Known {
        method: "eth_call",
        field: "error.message",
        ours: "max priority fee per gas higher than max fee per gas",
        theirs: "Invalid input: *",
        reason: "go-ethereum's words",
    },
    Known {
        method: "eth_sendRawTransaction",
        field: "error.message",
        ours: "max initcode size exceeded: limit 49152",
        theirs: "max initcode size exceeded",
        reason: "the limit is told",
    },
    Known {
        method: "eth_sendRawTransaction",
        field: "error.message",
        ours: "exceeds block gas limit",
        theirs: "intrinsic gas too high -- tx.gas_limit > env.block.gas_limit",
        reason: "go-ethereum's words",
    },
    Known {
        method: "eth_sendRawTransaction",
        field: "error.message",
        ours: "already known",
        theirs: "transaction already imported",
        reason: "go-ethereum's words",
    },
    Known {
        method: "eth_sendRawTransaction",
        field: "error.message",
        ours: "invalid sender",
        theirs: "Failed to recover the signer",
        reason: "go-ethereum's words",
    },
    Known {
        method: "eth_sendRawTransaction",
        field: "error.message",
        ours: "rlp: *",
        theirs: "Failed to decode transaction",
        reason: "what is wrong is told",
    },
    Known {
        method: "eth_sendRawTransaction",
        field: "error.message",
        ours: "transaction type not supported",
        theirs: "Failed to decode transaction",
        reason: "go-ethereum's words",
    },
    Known {
        method: "eth_sendRawTransaction",
        field: "error.message",
        ours: "typed transaction too short",
        theirs: "Empty transaction data",
        reason: "go-ethereum's words",
    },
    Known {
        method: "eth_sendRawTransaction",
        field: "error.message",
        ours: "transaction type not supported",
        theirs: "eip4844 tx variant without sidecar being used for verification.",
        reason: "blob transactions are not supported",
    },
    Known {
        method: "eth_estimateGas",
        field: "error.message",
        ours: "gas required exceeds allowance (61440)",
        theirs: "Out of gas: gas required exceeds allowance: 61440",
        reason: "go-ethereum's words",
    },
    Known {
        method: "evm_setNextBlockTimestamp",
        field: "error.message",
        ours: "timestamp 1 is earlier than the latest block's *",
        theirs: "Timestamp error: *",
        reason: "both times are told",
    },
    Known {
        method: "*",
        field: "*error.message",
        ours: "Invalid params",
        theirs: "*",
        reason: "what is wrong with the parameters is in data",
    },
    Known {
        method: "*",
        field: "*error.data",
        ours: "*",
        theirs: "absent",
        reason: "what is wrong with the parameters is in data",
    },
    Known {
        method: "eth_getBalance",
        field: "error.code",
        ours: "-32602",
        theirs: "-32600",
        reason: "parameters that are no list are wrong parameters",
    },
    Known {
        method: "eth_getLogs",
        field: "error.message",
        ours: "invalid block range params",
        theirs: "BlockOutOfRangeError: *",
        reason: "go-ethereum's words",
    },
    Known {
        method: "eth_get*",
        field: "outcome",
        ours: "result *",
        theirs: "error -32602: invalid length *",
        reason: "the latest block is meant if none is named",
    },
    Known {
        method: "eth_getBlockTransactionCountByNumber",
        field: "outcome",
        ours: "result null",
        theirs: "error -32602: BlockOutOfRangeError: *",
        reason: "a block that is not there has no count, as in go-ethereum",
    },
    Known {
        method: "eth_getLogs",
        field: "outcome",
        ours: "result []",
        theirs: "error -32602: BlockOutOfRangeError: *",
        reason: "blocks to come have no logs, as in go-ethereum",
    },
    Known {
        method: "eth_getLogs",
        field: "outcome",
        ours: "error -32602: invalid block range params",
        theirs: "result []",
        reason: "such a range is a mistake, as in go-ethereum",
    },
    Known {
        method: "eth_getProof",
        field: "outcome",
        ours: "error -32601: Method not found",
        theirs: "result *",
        reason: "the state root is not that of a trie, so there are no proofs",
    },
    Known {
        method: "eth_call",
        field: "result",
        ours: "0x0000000000000000000000000000000000000000000000000000000000000000",
        theirs: "0x00000000000000000000000000000000000000000000000000000000342770c0",
        reason: "who names no price sees no base fee, as in go-ethereum",
    },
    Known {
        method: "eth_call",
        field: "outcome",
        ours: "error -32000: max fee per gas less than block base fee",
        theirs: "result 0x",
        reason: "a price below the base fee is refused, as in go-ethereum",
    },
    Known {
        method: "eth_call",
        field: "outcome",
        ours: "error -32602: both gasPrice and *",
        theirs: "result 0x",
        reason: "two prices are a mistake, as in go-ethereum",
    },
    Known {
        method: "eth_call",
        field: "outcome",
        ours: "error * both \"data\" and \"input\" are set and not equal*",
        theirs: "result 0x",
        reason: "two inputs are a mistake, as in go-ethereum",
    },
    Known {
        method: "eth_call",
        field: "error.message",
        ours: "account * has both 'state' and 'stateDiff'",
        theirs: "State override error: *",
        reason: "go-ethereum's words",
    },
    Known {
        method: "eth_estimateGas",
        field: "outcome",
        ours: "error -32000: insufficient funds *",
        theirs: "result 0x5208",
        reason: "anvil does not ask whether a payment can be paid",
    },
    Known {
        method: "eth_estimateGas",
        field: "outcome",
        ours: "error -32000: gas required exceeds allowance (0)",
        theirs: "result 0x5208",
        reason: "anvil does not ask whether a payment can be paid",
    },
    Known {
        method: "eth_feeHistory",
        field: "result.reward",
        ours: "absent",
        theirs: "[]",
        reason: "there are no rewards where none were asked for, as in go-ethereum",
    },
    Known {
        method: "eth_feeHistory",
        field: "result.baseFeePerGas[]",
        ours: "0x*",
        theirs: "0x22f5ca15",
        reason: "anvil ends every history with the base fee of the block to come",
    },
    Known {
        method: "eth_feeHistory",
        field: "result.baseFeePerGas[]",
        ours: "0x3b9aca00",
        theirs: "0x342770c0",
        reason: "anvil repeats the base fee of its genesis block in the first block after it; EIP-1559 lowers it",
    },
    Known {
        method: "eth_feeHistory",
        field: "result.b*",
        ours: "absent",
        theirs: "[*]",
        reason: "anvil takes no blocks for one",
    },
    Known {
        method: "eth_feeHistory",
        field: "result.gasUsedRatio.length",
        ours: "0",
        theirs: "1",
        reason: "anvil takes no blocks for one",
    },
    Known {
        method: "eth_feeHistory",
        field: "outcome",
        ours: "result *",
        theirs: "error -32602: invalid type: null, expected a sequence",
        reason: "null is no percentiles, as in go-ethereum",
    },
    Known {
        method: "eth_feeHistory",
        field: "outcome",
        ours: "error -32000: request beyond head block: *",
        theirs: "result *",
        reason: "there is no history of blocks to come, as in go-ethereum",
    },
    Known {
        method: "eth_feeHistory",
        field: "outcome",
        ours: "error -32602: invalid reward percentile: *",
        theirs: "result *",
        reason: "such percentiles are a mistake, as in go-ethereum",
    },
    Known {
        method: "eth_sendRawTransaction",
        field: "outcome",
        ours: "result *",
        theirs: "error -32003: max fee per gas less than block base fee",
        reason: "a fee below the base fee waits, as in go-ethereum",
    },
    Known {
        method: "eth_sendRawTransaction",
        field: "outcome",
        ours: "error -32000: rlp: *",
        theirs: "result *",
        reason: "bytes after a transaction are a mistake, as in go-ethereum",
    },
    Known {
        method: "eth_sendRawTransaction",
        field: "outcome",
        ours: "error -32000: replacement transaction underpriced",
        theirs: "result *",
        reason: "a replacement pays a tenth more, as in go-ethereum",
    },
    Known {
        method: "eth_sendRawTransaction",
        field: "outcome",
        ours: "error -32000: only replay-protected (EIP-155) transactions allowed over RPC",
        theirs: "result *",
        reason: "another chain could repeat it, as in go-ethereum",
    },
    Known {
        method: "eth_sendRawTransaction",
        field: "outcome",
        ours: "error -32000: nonce has max value",
        theirs: "result *",
        reason: "it could never be mined, as in go-ethereum",
    },
    Known {
        method: "eth_sendRawTransaction",
        field: "outcome",
        ours: "error -32000: invalid chain id for signer: have 1 want 31337",
        theirs: "result *",
        reason: "anvil does not look at the chain id of a legacy transaction",
    },
    Known {
        method: "eth_sendRawTransaction",
        field: "outcome",
        ours: "error -32000: intrinsic gas too low: *",
        theirs: "result *",
        reason: "anvil does not look at the gas of the input before it mines",
    },
    Known {
        method: "eth_sendRawTransaction",
        field: "outcome",
        ours: "error -32000: insufficient gas for floor data gas cost: *",
        theirs: "result *",
        reason: "anvil does not look at the gas of the input before it mines",
    },
    Known {
        method: "web3_clientVersion",
        field: "result",
        ours: "hetu-devnet/v*",
        theirs: "anvil/v*",
        reason: "each says what it is",
    },
    Known {
        method: "evm_revert",
        field: "outcome",
        ours: "result false",
        theirs: "error -32001: Resource not found",
        reason: "a snapshot that is not there brings nothing back, as in hardhat",
    },
    Known {
        method: "a request",
        field: "body.error.code",
        ours: "-32700",
        theirs: "-32600",
        reason: "what is no JSON is no JSON, as JSON-RPC says",
    },
    Known {
        method: "a request",
        field: "body.error.message",
        ours: "Parse error",
        theirs: "Invalid request",
        reason: "what is no JSON is no JSON, as JSON-RPC says",
    },
    Known {
        method: "a request",
        field: "status",
        ours: "400",
        theirs: "200",
        reason: "the status says it too",
    },
    Known {
        method: "a request",
        field: "status",
        ours: "200",
        theirs: "204",
        reason: "what is not answered has an empty body, as in go-ethereum",
    },
    Known {
        method: "a request",
        field: "body",
        ours: "[*",
        theirs: "{*",
        reason: "one wrong request of a batch does not stop the rest, as JSON-RPC says",
    },
    Known {
        method: "eth_unheardOf",
        field: "error.*",
        ours: "*",
        theirs: "*",
        reason: "anvil takes an unknown method for a wrong subscription over WebSocket",
    },
    Known {
        method: "eth_subscribe",
        field: "error.*",
        ours: "*",
        theirs: "*",
        reason: "anvil takes a wrong subscription for wrong parameters",
    },
    Known {
        method: "eth_newFilter",
        field: "error.message",
        ours: "invalid block range params",
        theirs: "BlockOutOfRangeError: *",
        reason: "go-ethereum's words",
    },
    Known {
        method: "net_peerCount",
        field: "outcome",
        ours: "result 0x0",
        theirs: "error -32601: Method not found",
        reason: "as in go-ethereum",
    },
    Known {
        method: "eth_getTransactionByHash",
        field: "result.maxFeePerGas",
        ours: "0xa3e9ab80",
        theirs: "0x6fc23ac0",
        reason: "a price that is made up leaves room for the base fee to double, as in go-ethereum",
    },
    Known {
        method: "eth_getTransactionByHash",
        field: "result.r",
        ours: "0x*",
        theirs: "0x*",
        reason: "what is signed is that price",
    },
    Known {
        method: "eth_getTransactionByHash",
        field: "result.s",
        ours: "0x*",
        theirs: "0x*",
        reason: "what is signed is that price",
    },
    Known {
        method: "eth_subscription",
        field: "params.result.gasPrice",
        ours: "0x2540be400",
        theirs: "0x6fc23ac0",
        reason: "what waits has the highest price that it pays, as in go-ethereum",
    },
    Known {
        method: "*",
        field: "error.message",
        ours: "unknown account",
        theirs: "No Signer available",
        reason: "go-ethereum's words",
    },
    Known {
        method: "personal_sign",
        field: "error.code",
        ours: "-32000",
        theirs: "-32602",
        reason: "the code of go-ethereum for whatever has none of its own",
    },
    Known {
        method: "eth_sendTransaction",
        field: "error.message",
        ours: "invalid chain id for signer: have 1 want 31337",
        theirs: "transaction-provided chain ID (1) does not match the signer's chain ID (31337)",
        reason: "the words are those of a signed transaction",
    },
    Known {
        method: "eth_getBlockByHash",
        field: "result",
        ours: "{*",
        theirs: "null",
        reason: "a block that was replaced can still be asked for by its hash, as in go-ethereum",
    },
    Known {
        method: "eth_getBlockByNumber",
        field: "result.baseFeePerGas",
        ours: "0x1e925e88",
        theirs: "0x17681061",
        reason: "anvil goes on with the base fee of the replaced head; EIP-1559 goes by the parent",
    },
    Known {
        method: "eth_getBlockByNumber",
        field: "result.extraData",
        ours: "0x686574752d6465766e6574*",
        theirs: "0x",
        reason: "a block in place of another says so",
    },
    Known {
        method: "anvil_reorg",
        field: "error.message",
        ours: "5 blocks cannot be replaced at height 1: ask for at most 1",
        theirs: "Reorg depth must not exceed current chain height: *",
        reason: "what to do is told",
    },
];

impl Known {
    pub(crate) fn covers(&self, observation: &Observation) -> bool {
        let difference = &observation.difference;
        matches(self.method, &observation.method)
            && matches(self.field, &difference.field)
            && matches(self.ours, &shown(difference.ours.as_ref()))
            && matches(self.theirs, &shown(difference.theirs.as_ref()))
    }
}

/// A value as the list of differences shows it.
pub(crate) fn shown(value: Option<&Value>) -> String {
    match value {
        None => ABSENT.to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// Whether `text` is `pattern`, in which `*` stands for any text.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(text) = text.strip_prefix(start) else {
        return false;
    };
    (0..=text.len()).any(|at| text.get(at..).is_some_and(|text| matches(rest, text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        assert!(matches("a*c", "abbc"));
        assert!(matches("a*", "a"));
        assert!(matches("*b*", "abc"));
        assert!(!matches("a*c", "ab"));
        assert!(!matches("ab", "abc"));
    }
}
