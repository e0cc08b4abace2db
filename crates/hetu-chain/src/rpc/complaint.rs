//! What nodes mean by the errors they answer with. No standard says, so this is what go-ethereum,
//! its relatives and the large providers say.

use super::NodeError;

/// Of geth's "limit exceeded", and of providers that count requests.
const LIMIT_EXCEEDED: i32 = -32_005;
/// Providers that put the HTTP status into the error.
const TOO_MANY_REQUESTS: i32 = 429;
/// "Internal error" of the JSON-RPC specification.
const INTERNAL_ERROR: i32 = -32_603;

const RATE: [&str; 7] = [
    "rate limit",
    "too many requests",
    "request count exceeded",
    "requests per second",
    "compute units per second",
    "throughput",
    "exceeded its capacity",
];
const UNKNOWN_BLOCK: [&str; 5] = [
    "header not found",
    "unknown block",
    "block not found",
    "header for hash not found",
    "hash is not currently canonical",
];
const TOO_MUCH: [&str; 9] = [
    "block range",
    "more than",
    "too many results",
    "results limit",
    "response size",
    "too large",
    "limited to",
    "too many blocks",
    "batch",
];

/// What a node complains of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Complaint {
    /// It is asked too often.
    Rate,
    /// It is asked for too much at once.
    TooMuch,
    /// It does not know the block, or not any more.
    UnknownBlock,
    /// Something broke inside of it.
    Internal,
    /// The call itself is wrong, or a contract refused.
    TheCall,
}

impl NodeError {
    pub(super) fn complaint(&self) -> Complaint {
        let message = self.message.to_ascii_lowercase();
        let says = |phrases: &[&str]| phrases.iter().any(|phrase| message.contains(phrase));
        if self.revert_data.is_some() || message.contains("revert") {
            Complaint::TheCall
        } else if self.code == TOO_MANY_REQUESTS || says(&RATE) {
            Complaint::Rate
        } else if says(&UNKNOWN_BLOCK) {
            Complaint::UnknownBlock
        } else if says(&TOO_MUCH) {
            Complaint::TooMuch
        } else {
            match self.code {
                LIMIT_EXCEEDED => Complaint::Rate,
                INTERNAL_ERROR => Complaint::Internal,
                _ => Complaint::TheCall,
            }
        }
    }

    /// Whether the node would answer if it were asked for less.
    pub(crate) fn asks_for_less(&self) -> bool {
        self.complaint() == Complaint::TooMuch
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complaints_of_nodes_are_told_apart() {
        let complaint = |code, message: &str| {
            NodeError { code, message: message.into(), revert_data: None }.complaint()
        };
        for (code, message, meant) in [
            (-32_005, "daily request count exceeded, request rate limited", Complaint::Rate),
            (-32_005, "limit exceeded", Complaint::Rate),
            (429, "slow down", Complaint::Rate),
            (-32_005, "query returned more than 10000 results", Complaint::TooMuch),
            (-32_005, "exceed maximum block range: 10000", Complaint::TooMuch),
            (-32_602, "eth_getLogs is limited to a 10,000 range", Complaint::TooMuch),
            (-32_000, "header not found", Complaint::UnknownBlock),
            (-32_000, "unknown block", Complaint::UnknownBlock),
            (-32_603, "internal error", Complaint::Internal),
            (3, "execution reverted: too many requests", Complaint::TheCall),
            (-32_601, "the method does not exist", Complaint::TheCall),
            (-32_000, "nonce too low", Complaint::TheCall),
        ] {
            assert_eq!(complaint(code, message), meant, "{code} {message}");
        }
    }
}
