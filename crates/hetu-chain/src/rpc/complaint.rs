//! The meaning of errors that nodes return for reads. No standard defines them, so this is a list
//! of the words of go-ethereum, its relatives, and the large providers.

use super::node_error::{NodeError, says_revert};

/// "Limit exceeded" of EIP-1474: a limit of the rate, of the range, or of the time.
const LIMIT_EXCEEDED: i32 = -32_005;
/// The code of providers that copy the HTTP status into the error.
const TOO_MANY_REQUESTS: i32 = 429;
/// "Internal error" of the JSON-RPC specification.
const INTERNAL_ERROR: i32 = -32_603;
/// "Invalid params" of the JSON-RPC specification.
const INVALID_PARAMS: i32 = -32_602;

const RATE: &[&str] = &[
    "rate limit",
    "ratelimit",
    "too many requests",
    "request count exceeded",
    "requests per second",
    "compute units per second",
    "throughput",
    "exceeded its capacity",
];
const CREDENTIAL: &[&str] = &[
    "unauthorized",
    "unauthenticated",
    "authenticate",
    "authentication",
    "invalid api key",
    "api key is",
    "project id",
    "access denied",
    "forbidden",
];
/// Words for a block that the node does not have yet, or for a state that it no longer has.
const UNKNOWN_BLOCK: &[&str] = &[
    "header not found",
    "unknown block",
    "block not found",
    "header for hash not found",
    "hash is not currently canonical",
    "missing trie node",
    "historical state",
    "state unavailable",
    "state is unavailable",
    "state not available",
    "state is not available",
    "no state available",
    "state already discarded",
    "state has been pruned",
    "state pruning",
    "pruned state",
    "due to pruning",
    "history has been pruned",
    "pruned history",
    "archive node",
    "exceeds maximum proof window",
    "failed to load state at height",
    "version mismatch on immutable iavl tree",
    "lowest height is",
];
/// Words for parameters that the node cannot read.
const UNREADABLE: &[&str] = &[
    "cannot unmarshal",
    "invalid type: map",
    "invalid argument",
    "invalid block",
    "block parameter",
    "expected string",
];

/// The reason of a node's error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Complaint {
    /// A limit of the rate of calls.
    Rate,
    /// A limit of the rate of calls or, if the call asks for a range, of the range.
    Limit,
    /// A rejected credential.
    Credential,
    /// A block that the node does not have, or a state that it does not have or no longer has.
    UnknownBlock,
    /// An internal failure of the node.
    Internal,
    /// An invalid call, or a revert of the contract.
    TheCall,
}

impl NodeError {
    pub(super) fn complaint(&self) -> Complaint {
        if self.revert_data.is_some() || says_revert(&self.message) {
            Complaint::TheCall
        } else if self.code == TOO_MANY_REQUESTS || self.says(RATE) {
            Complaint::Rate
        } else if self.says(UNKNOWN_BLOCK) {
            Complaint::UnknownBlock
        } else if self.says(CREDENTIAL) || matches!(self.http_status, 401 | 407) {
            Complaint::Credential
        } else {
            match self.code {
                LIMIT_EXCEEDED => Complaint::Limit,
                INTERNAL_ERROR => Complaint::Internal,
                _ => Complaint::TheCall,
            }
        }
    }

    /// Returns `true` if the node may not be able to read a parameter.
    pub(super) fn refuses_parameters(&self) -> bool {
        self.revert_data.is_none() && (self.code == INVALID_PARAMS || self.says(UNREADABLE))
    }

    fn says(&self, phrases: &[&str]) -> bool {
        let message = self.message.to_ascii_lowercase();
        phrases.iter().any(|phrase| message.contains(phrase))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaint(code: i32, message: &str) -> Complaint {
        NodeError { code, message: message.into(), revert_data: None, http_status: 200 }.complaint()
    }

    #[test]
    fn complaints_of_nodes_are_told_apart() {
        for (code, message, meant) in [
            (-32_005, "daily request count exceeded, request rate limited", Complaint::Rate),
            (429, "slow down", Complaint::Rate),
            (-32_005, "limit exceeded", Complaint::Limit),
            (-32_005, "query returned more than 10000 results", Complaint::Limit),
            (-32_005, "query timeout exceeded", Complaint::Limit),
            (-32_602, "eth_getLogs is limited to a 10,000 range", Complaint::TheCall),
            (-32_000, "header not found", Complaint::UnknownBlock),
            (-32_000, "unknown block", Complaint::UnknownBlock),
            (-32_603, "internal error", Complaint::Internal),
            (-32_000, "unauthorized: authentication required", Complaint::Credential),
            (0, "project ID does not have access to this network", Complaint::Credential),
            (3, "execution reverted: too many requests", Complaint::TheCall),
            (-32_000, "VM Exception: Reverted by header not found", Complaint::TheCall),
            (-32_601, "the method does not exist", Complaint::TheCall),
            (-32_000, "nonce too low", Complaint::TheCall),
        ] {
            assert_eq!(complaint(code, message), meant, "{code} {message}");
        }
    }

    #[test]
    fn pruned_state_counts_as_unknown_block() {
        for message in [
            "missing trie node 4b1f… (path ) state 0x4b1f… is not available",
            "historical state is not available",
            "historical state 0x12 is not available",
            "required historical state unavailable (reexec=128)",
            "World state unavailable",
            "No state available for block 0x12",
            "state already discarded for BlockId::Hash(0x12)",
            "This request is not supported because your node is running with state pruning.",
            "old data not available due to pruning",
            "distance to target block exceeds maximum proof window",
            "failed to load state at height 5; version does not exist",
            "block with id: '0x5' is pruned: pruned history unavailable",
        ] {
            assert_eq!(complaint(-32_000, message), Complaint::UnknownBlock, "{message}");
        }
    }
}
