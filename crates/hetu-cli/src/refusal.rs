//! Explanations of contract reverts. Contracts return error names, and amounts in wei.

use std::fmt;

use hetu::Amount;
use hetu::chain::ChainError;
use hetu::chain::client::Revert;
use hetu::chain::text::ForeignText;

/// A known revert reason, with its explanation and advice.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KnownRefusal {
    what: &'static str,
    pub(crate) advice: &'static str,
}

/// Returns the explanation of `revert`, or `None` if its reason is not known.
pub(crate) fn of(revert: &Revert) -> Option<KnownRefusal> {
    about(name(revert)?)
}

/// Returns `true` if the contract reports that the subnet does not exist.
pub(crate) fn is_about_no_subnet(error: &ChainError) -> bool {
    matches!(error, ChainError::Reverted { revert, .. } if revert.is_reason("SUBNET_NOT_EXISTS"))
}

/// Returns `error` in words, without function names and amounts in wei, if it is a known revert.
pub(crate) fn in_words(error: &ChainError) -> Option<String> {
    let ChainError::Reverted { revert, .. } = error else { return None };
    let refusal = of(revert)?;
    Some(format!("{} ({})", refusal.what, Reason(revert)))
}

fn name(revert: &Revert) -> Option<&str> {
    match revert {
        Revert::Reason(name) | Revert::Custom { name, .. } => Some(name),
        _ => None,
    }
}

/// The name of the reason, which users can search in documents, and its values.
struct Reason<'revert>(&'revert Revert);

impl fmt::Display for Reason<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Revert::Custom { name, arguments } => {
                formatter.write_str(name)?;
                for argument in arguments {
                    write!(formatter, ", {}", ForeignText::new(&value(name, argument)))?;
                }
                Ok(())
            }
            other => other.fmt(formatter),
        }
    }
}

/// Returns a value of an error for display: amounts are in HETU or alpha.
fn value(error: &str, argument: &str) -> String {
    let amount = argument
        .split_once(": ")
        .filter(|(name, _)| is_amount(error, name))
        .and_then(|(name, wei)| Some((name, Amount::from_wei_str(wei).ok()?)));
    match amount {
        Some((name, amount)) => format!("{name}: {amount}"),
        None => argument.to_owned(),
    }
}

fn is_amount(error: &str, argument: &str) -> bool {
    match error {
        "AllocationBelowThreshold"
        | "AllocationMismatch"
        | "PermitBelowLockCost"
        | "RegistrationCostTooHigh"
        | "SeedNotPaid"
        | "TotalExceeded"
        | "TotalFell"
        | "TotalNotFunded" => true,
        "ERC20InsufficientAllowance" | "ERC20InsufficientBalance" => {
            matches!(argument, "allowance" | "balance" | "needed")
        }
        _ => false,
    }
}

fn about(reason: &str) -> Option<KnownRefusal> {
    let (what, advice) = match reason {
        "INSUFFICIENT_AVAILABLE_STAKE" => (
            "less stake is free than that",
            "stake more with hetu stake add, or free some with hetu stake deallocate",
        ),
        "AMOUNT_NOT_AVAILABLE" => (
            "part of that stake is allocated",
            "free it with hetu stake deallocate or hetu dendron deregister",
        ),
        "INSUFFICIENT_STAKE" => {
            ("the account has less stake than that", "see what there is with hetu stake show")
        }
        "INSUFFICIENT_ALLOCATION" => (
            "less than that is allocated to the subnet",
            "see what is allocated with hetu stake show",
        ),
        "AllocationBelowThreshold" => (
            "so little stake would be allocated that the dendron would not be active",
            "see the thresholds of the subnet with hetu subnet params",
        ),
        "INSUFFICIENT_NEURON_STAKE" | "INSUFFICIENT_VALIDATOR_STAKE" => {
            ("the subnet asks for more stake", "see how much with hetu subnet params")
        }
        "INSUFFICIENT_BALANCE" | "ERC20InsufficientBalance" => {
            ("the account holds less of that token", "see hetu token balance")
        }
        "ERC20InsufficientAllowance" => (
            "less than that may be moved for the account",
            "approve the amount first with hetu token approve",
        ),
        "ZERO_AMOUNT" | "ZeroAmount" | "STAKE_AMOUNT_ZERO" | "ZERO_DEPOSIT" | "ZERO_WITHDRAWAL"
        | "AMM: ZERO_AMOUNTS" => ("the amount is zero", "name an amount above 0"),
        "ALREADY_REGISTERED" => (
            "the account takes part in the subnet already",
            "change its endpoint with hetu dendron update",
        ),
        "NotRegistered" => (
            "the account takes no part in the subnet",
            "see which accounts do with hetu dendron list",
        ),
        "SUBNET_NOT_EXISTS" => ("there is no such subnet", "see hetu subnet list"),
        "SUBNET_NOT_ACTIVE" => {
            ("the subnet is not open yet", "its owner has to open it with hetu subnet activate")
        }
        "SUBNET_ALREADY_ACTIVE" => ("the subnet is open already", "there is nothing left to do"),
        "RegistrationClosed" => ("the subnet takes no new dendrons now", "ask its owner"),
        "SUBNET_NEURONS_FULL" | "SUBNET_VALIDATORS_FULL" => {
            ("the subnet is full", "try again when a dendron has left")
        }
        "RegistrationsPerBlockExceeded" => (
            "as many dendrons as a block may register have registered in this one",
            "try again in the next block",
        ),
        "RegistrationCostTooHigh" => ("the cost has risen", "see it with hetu subnet params"),
        "RATE_LIMIT_EXCEEDED" => (
            "the last subnet was registered too recently",
            "hetu subnet lock-cost says when it can be tried again",
        ),
        "ServingRateLimited" => {
            ("the endpoint was changed too recently", "try again at the block that is named")
        }
        "WeightsRateLimited" => {
            ("weights were set too recently", "try again at the block that is named")
        }
        "NOT_OWNER" | "NOT_SUBNET_OWNER" | "NotSubnetOwner" => (
            "the account does not own the subnet",
            "only the subnet's owner may: hetu subnet show names it",
        ),
        "OwnableUnauthorizedAccount" => (
            "the account does not own the contract",
            "only the contract's owner may: choose its wallet with --wallet",
        ),
        "INVALID_HYPERPARAMS" | "INVALID_MERGED_HYPERPARAMS" => (
            "a hyperparameter is out of its bounds, or two do not go together",
            "see the bounds with hetu subnet set-params --help",
        ),
        "NotActiveValidator" => (
            "the account is no active validator of the subnet",
            "see what it is with hetu dendron show",
        ),
        "CommitRevealRequired" => (
            "weights of this subnet are committed to before they are revealed",
            "use hetu weights commit, then hetu weights reveal",
        ),
        "CommitRevealDisabled" => {
            ("weights of this subnet are set without a commitment", "use hetu weights set")
        }
        "RevealTooEarly" => {
            ("the weights may not be revealed yet", "wait for the block that is named")
        }
        "RevealTooLate" => ("the commitment has expired", "commit again"),
        "CommitmentOpen" => (
            "an earlier commitment is open",
            "reveal what was committed first, or wait until it expires",
        ),
        "DestinationNotRegistered" => (
            "a weight is for an account that takes no part in the subnet",
            "see which accounts do with hetu dendron list",
        ),
        "DuplicateDestination" => ("a dendron has two weights", "give it one"),
        "TooFewWeights" | "TooManyWeights" => (
            "the subnet takes rows of another length",
            "see min_allowed_weights and max_weights_limit with hetu subnet params",
        ),
        "AMM: INSUFFICIENT_OUTPUT_AMOUNT" => {
            ("the price has moved", "look at hetu amm preview and try again")
        }
        "AMM: INSUFFICIENT_LIQUIDITY"
        | "AMM: INSUFFICIENT_HETU_RESERVE"
        | "AMM: INSUFFICIENT_ALPHA_RESERVE" => {
            ("the pool is too small for this trade", "trade less")
        }
        _ => return None,
    };
    Some(KnownRefusal { what, advice })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(revert: Revert) -> String {
        in_words(&ChainError::Reverted { function: "registerNeuron".to_owned(), revert }).unwrap()
    }

    #[test]
    fn refusal_is_told_without_function_and_wei() {
        let cost = Revert::Custom {
            name: "RegistrationCostTooHigh".to_owned(),
            arguments: vec!["cost: 1500000000000000000".to_owned(), "maxCost: 1".to_owned()],
        };
        let expected = "the cost has risen (RegistrationCostTooHigh, cost: 1.5, \
                        maxCost: 0.000000000000000001)";
        assert_eq!(refused(cost), expected);
        let early = Revert::Custom {
            name: "RevealTooEarly".to_owned(),
            arguments: vec!["revealFrom: 120".to_owned()],
        };
        assert!(refused(early).ends_with("(RevealTooEarly, revealFrom: 120)"));
        let closed = Revert::Reason("SUBNET_NOT_ACTIVE".to_owned());
        assert_eq!(refused(closed), "the subnet is not open yet (SUBNET_NOT_ACTIVE)");
        let unknown = Revert::Reason("SOMETHING".to_owned());
        let error = ChainError::Reverted { function: String::new(), revert: unknown };
        assert_eq!(in_words(&error), None);
    }
}
