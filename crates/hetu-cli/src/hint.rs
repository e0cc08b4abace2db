//! Advice about errors that their text does not contain.

use std::borrow::Cow;

use hetu::chain::ChainError;
use hetu::chain::client::JournalError;
use hetu::chain::network::NetworkError;
use hetu::chain::rpc::RpcError;
use hetu::xylem::XylemError;

use crate::error::CliError;
use crate::refusal;

/// Returns the next step after `error`, or `None` if its text contains it.
pub(crate) fn of(error: &CliError) -> Option<Cow<'static, str>> {
    match error {
        CliError::Chain(error) => of_chain(error),
        CliError::LeftBehind { source, undo, .. } => {
            let first = of(source).map(|hint| format!("{hint}; ")).unwrap_or_default();
            Some(format!("{first}to undo what was done: {undo}").into())
        }
        CliError::StoppedWaiting { transaction } => {
            Some(format!("look it up with hetu tx status {transaction}").into())
        }
        CliError::Query(error) => Some(error.advice().into()),
        other => by_kind(other).map(Cow::Borrowed),
    }
}

fn by_kind(error: &CliError) -> Option<&'static str> {
    match error {
        CliError::Network(NetworkError::Unknown { .. }) => {
            Some("see hetu network list, or add it with hetu network add")
        }
        CliError::Route(_) | CliError::NotServed { .. } => {
            Some("see which miners can be asked with hetu phloem health")
        }
        CliError::WrongPassword { .. } => Some("name another wallet with --wallet, or try again"),
        CliError::Unwritten { .. } => {
            Some("what the command changed stays changed: look before it is started again")
        }
        CliError::Xylem(XylemError::Bind { .. }) => Some("name another address with --bind"),
        CliError::NoWallet => {
            Some("hetu localnet prints accounts with money, whose keys hetu wallet import takes")
        }
        _ => None,
    }
}

fn of_chain(error: &ChainError) -> Option<Cow<'static, str>> {
    if let Some(hint) = about_transaction(error) {
        return Some(hint.into());
    }
    let hint = match error {
        ChainError::Reverted { revert, .. } => refusal::of(revert).map(|refusal| refusal.advice),
        ChainError::Rpc(error) => of_node(error),
        ChainError::Network(NetworkError::Unknown { .. }) => {
            Some("see hetu network list, or add it with hetu network add")
        }
        ChainError::NoSubnet(_) => Some("see which subnets there are with hetu subnet list"),
        ChainError::NoContract { .. } => {
            Some("the chain was restarted or is another: see hetu network check")
        }
        ChainError::InsufficientFunds { .. } => {
            Some("send it HETU first, or choose another wallet with --wallet")
        }
        ChainError::TooExpensive { .. } => {
            Some("raise --max-cost, or wait: the cost of a subnet falls with each block")
        }
        ChainError::OtherGenesis { .. } => {
            Some("start the command again for the chain that is there now")
        }
        _ => None,
    };
    hint.map(Cow::Borrowed)
}

/// Returns the next command for a transaction that may still be included.
fn about_transaction(error: &ChainError) -> Option<String> {
    Some(match error {
        ChainError::Uncertain { transaction, .. } | ChainError::Unconfirmed { transaction, .. } => {
            format!("do not send it again before you know: hetu tx status {transaction}")
        }
        ChainError::NonceGap { transaction, missing, .. } => format!(
            "hetu tx forget {transaction}, then make another transaction, which takes nonce {missing}; \
             this one is included after it"
        ),
        ChainError::Journal(JournalError::UnknownChain { transactions, .. }) => {
            let first = transactions.first()?;
            format!(
                "look each up with hetu tx list; hetu tx forget {first} removes one that is of \
                 another chain"
            )
        }
        ChainError::Journal(JournalError::InUse { .. }) => {
            "wait until it has ended, or stop it".to_owned()
        }
        _ => return None,
    })
}

fn of_node(error: &RpcError) -> Option<&'static str> {
    match error {
        RpcError::NoHealthyEndpoint { last_failure, .. } => of_node(last_failure),
        RpcError::Unreachable { endpoint, .. } if is_of_this_machine(&endpoint.to_string()) => {
            Some("start a chain with hetu localnet, or name another network with --network")
        }
        RpcError::Unreachable { .. } | RpcError::TimedOut { .. } => {
            Some("see hetu network check, or name another endpoint with $HETU_RPC_URL")
        }
        _ => None,
    }
}

fn is_of_this_machine(url: &str) -> bool {
    let host = url.split_once("://").map_or(url, |(_, rest)| rest);
    ["127.", "localhost", "[::1]"].iter().any(|local| host.starts_with(local))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn url_of_this_machine_is_recognised() {
        for url in ["http://127.0.0.1:8545", "ws://localhost", "http://[::1]:1/x"] {
            assert!(is_of_this_machine(url), "{url}");
        }
        for url in ["https://rpc.example", "http://10.0.0.1", "http://example/127.0.0.1"] {
            assert!(!is_of_this_machine(url), "{url}");
        }
    }
}
