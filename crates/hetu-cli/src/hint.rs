//! What to do about refusals, whose reasons are names.

use std::borrow::Cow;

use hetu::chain::{ChainError, JournalError, Revert};

/// What to do about `error`, if it is a refusal that says less than there is to say.
pub(crate) fn of(error: &ChainError) -> Option<Cow<'static, str>> {
    if let Some(hint) = about_transaction(error) {
        return Some(hint.into());
    }
    let hint = match error {
        ChainError::Reverted { revert: Revert::Reason(reason), .. } => about(reason),
        ChainError::Reverted { revert: Revert::Custom { name, .. }, .. } => about(name),
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

/// The next command for a transaction that may still be included.
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

fn about(reason: &str) -> Option<&'static str> {
    Some(match reason {
        "INSUFFICIENT_AVAILABLE_STAKE" => {
            "stake more with hetu stake add, or free some with hetu stake deallocate"
        }
        "AMOUNT_NOT_AVAILABLE" => {
            "part of the stake is allocated: free it with hetu stake deallocate or hetu dendron \
             deregister"
        }
        "INSUFFICIENT_STAKE" => "see what there is with hetu stake show",
        "INSUFFICIENT_ALLOCATION" => "see what is allocated with hetu stake show",
        "INSUFFICIENT_NEURON_STAKE" | "INSUFFICIENT_VALIDATOR_STAKE" => {
            "the subnet asks for more stake: hetu subnet params shows how much"
        }
        "INSUFFICIENT_BALANCE" | "ERC20InsufficientBalance" => {
            "the account holds less of that token: see hetu token balance"
        }
        "ERC20InsufficientAllowance" => "approve the amount first with hetu token approve",
        "ALREADY_REGISTERED" => {
            "the wallet takes part already: change its endpoint with hetu dendron update"
        }
        "NotRegistered" => "the account takes no part in the subnet: see hetu dendron list",
        "SUBNET_NOT_ACTIVE" => "the subnet's owner has to open it with hetu subnet activate",
        "SUBNET_ALREADY_ACTIVE" => "there is nothing left to do",
        "RegistrationClosed" => "the subnet takes nobody now: ask its owner",
        "SUBNET_NEURONS_FULL" | "SUBNET_VALIDATORS_FULL" => {
            "the subnet is full: try again when somebody has left"
        }
        "RegistrationsPerBlockExceeded" => "try again in the next block",
        "RegistrationCostTooHigh" => "the cost has risen: see hetu subnet params",
        "RATE_LIMIT_EXCEEDED" => {
            "the last subnet was registered too recently: hetu subnet lock-cost says when it can \
             be tried again"
        }
        "ServingRateLimited" | "WeightsRateLimited" => {
            "too soon after the last time: try again at the block that is named"
        }
        "NOT_OWNER" | "NOT_SUBNET_OWNER" | "NotSubnetOwner" => {
            "only the subnet's owner may: hetu subnet show names it"
        }
        "OwnableUnauthorizedAccount" => "only the contract's owner may",
        "INVALID_HYPERPARAMS" | "INVALID_MERGED_HYPERPARAMS" => {
            "a number is out of its bounds, or two do not go together: see \
             contracts/src/SubnetTypes.sol"
        }
        "NotActiveValidator" => {
            "the wallet is no active validator of the subnet: see hetu dendron show"
        }
        "CommitRevealRequired" => "the subnet wants hetu weights commit, then hetu weights reveal",
        "CommitRevealDisabled" => "the subnet wants hetu weights set",
        "RevealTooEarly" => "wait for the block that is named",
        "RevealTooLate" => "the commitment has expired: commit again",
        "CommitmentOpen" => "reveal what was committed first, or wait until it expires",
        "DestinationNotRegistered" => "weights are for dendrons of the subnet: hetu dendron list",
        "AMM: INSUFFICIENT_OUTPUT_AMOUNT" => {
            "the price has moved: look at hetu amm preview and try again"
        }
        "AMM: INSUFFICIENT_LIQUIDITY" => "the pool is too small for this trade: trade less",
        _ => return None,
    })
}
