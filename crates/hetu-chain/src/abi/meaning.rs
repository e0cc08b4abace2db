//! The effect of a call on tokens and subnets, decoded from its data.

use std::collections::HashMap;
use std::sync::LazyLock;

use ethers_core::abi::{Abi, AbiDecode, Function, Param, ParamType, Token};

use super::{Read, convert};
use crate::model::Contract;
use crate::text::ForeignError;
use crate::{Address, Amount, NetUid};

/// The effect of a call that matters for spending limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Meaning {
    pub(crate) function: String,
    /// The subnets that the call concerns.
    pub(crate) netuids: Vec<NetUid>,
    /// `true` if it registers a subnet, which has no number yet.
    pub(crate) begins_subnet: bool,
    pub(crate) spending: Spending,
    /// The other account that receives tokens or the right to take them.
    pub(crate) counterparty: Option<Address>,
}

/// The tokens that a call takes from its sender, in addition to the HETU sent with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spending {
    Nothing,
    /// HETU that the sender receives back as WHETU.
    Wrapping,
    /// Tokens that the sender transfers.
    Sends(Amount),
    /// Tokens that the counterparty may take from now on.
    Grants(Amount),
    /// Tokens that the contract takes from its allowance.
    Takes(Amount),
    /// Tokens of the subnet that the contract takes from its allowance.
    TakesAlpha(Amount),
    /// Any amount up to the contract's allowance.
    TakesUpToAllowance,
    /// An amount that the call does not determine.
    Unclear,
}

/// The selector of `netuid()`, which `AlphaToken` and `SubnetAMM` share.
const NETUID_SELECTOR: [u8; 4] = [0xe7, 0x80, 0x15, 0xb1];

type Functions = HashMap<[u8; 4], Function>;

/// The functions of each contract. A subnet's own contracts have the same functions in every
/// subnet.
static FUNCTIONS: LazyLock<HashMap<Contract, Functions>> = LazyLock::new(|| {
    let sources = [
        (Contract::Whetu, include_str!("../../abi/WHETU.json")),
        (Contract::AlphaToken(ANY_SUBNET), include_str!("../../abi/AlphaToken.json")),
        (Contract::GlobalStaking, include_str!("../../abi/GlobalStaking.json")),
        (Contract::SubnetManager, include_str!("../../abi/SubnetManager.json")),
        (Contract::DendronManager, include_str!("../../abi/DendronManager.json")),
        (Contract::Weights, include_str!("../../abi/Weights.json")),
        (Contract::RewardDistributor, include_str!("../../abi/RewardDistributor.json")),
        (Contract::Pool(ANY_SUBNET), include_str!("../../abi/SubnetAMM.json")),
        (Contract::AmmFactory, include_str!("../../abi/SubnetAMMFactory.json")),
    ];
    sources.into_iter().map(|(contract, abi)| (contract, functions(abi))).collect()
});

const ANY_SUBNET: NetUid = NetUid::new(0);

fn functions_of(contract: Contract) -> Option<&'static Functions> {
    FUNCTIONS.get(&match contract {
        Contract::AlphaToken(_) => Contract::AlphaToken(ANY_SUBNET),
        Contract::Pool(_) => Contract::Pool(ANY_SUBNET),
        other => other,
    })
}

fn functions(abi: &str) -> Functions {
    // An ABI that does not parse has no functions, so every call is an unknown one.
    let abi: Abi = serde_json::from_str(abi).unwrap_or_default();
    abi.functions().map(|function| (function.short_signature(), function.clone())).collect()
}

/// Returns the effect of calling `contract` with `data` as `sender`. Returns `None` if the contract
/// has no such function, or if the data does not match the function's parameters to the last byte.
pub(crate) fn meaning(contract: Contract, data: &[u8], sender: Address) -> Option<Meaning> {
    let (selector, encoded) = data.split_first_chunk::<4>()?;
    let function = functions_of(contract)?.get(selector)?;
    let call = DecodedCall { function, arguments: function.decode_input(encoded).ok()?, sender };
    let (spending, counterparty) = call.spending(contract);
    Some(Meaning {
        function: function.name.clone(),
        netuids: call.netuids(contract),
        begins_subnet: function.name.starts_with("registerNetwork"),
        spending,
        counterparty: counterparty.filter(|party| *party != sender),
    })
}

/// Reads the subnet that a contract claims to belong to: `netuid()` of tokens and pools.
pub(crate) fn claimed_netuid() -> Read<NetUid> {
    Read {
        function: "netuid".into(),
        only_ours: None,
        data: NETUID_SELECTOR.to_vec(),
        decode: Box::new(|bytes| u16::decode(bytes).map(NetUid::new).map_err(ForeignError::new)),
    }
}

struct DecodedCall<'abi> {
    function: &'abi Function,
    arguments: Vec<Token>,
    sender: Address,
}

impl DecodedCall<'_> {
    fn spending(&self, contract: Contract) -> (Spending, Option<Address>) {
        use Contract as C;
        match (contract, self.function.name.as_str()) {
            (C::Whetu, "deposit") => (Spending::Wrapping, None),
            (C::Whetu | C::AlphaToken(_), "transfer") => {
                (self.amount("value", Spending::Sends), self.account("to"))
            }
            (C::Whetu | C::AlphaToken(_), "transferFrom") => {
                (self.of_sender("from", "value", Spending::Sends), self.account("to"))
            }
            (C::Whetu | C::AlphaToken(_), "approve") => {
                (self.amount("value", Spending::Grants), self.account("spender"))
            }
            (C::Whetu, "permit") => {
                (self.of_sender("owner", "value", Spending::Grants), self.account("spender"))
            }
            (C::AlphaToken(_), "burn") => (self.of_sender("from", "amount", Spending::Sends), None),
            (C::GlobalStaking, "addGlobalStake") => (self.amount("amount", Spending::Takes), None),
            (C::RewardDistributor, "fund") => (self.amount("amount", Spending::TakesAlpha), None),
            (C::Pool(_), "swapHETUForAlpha") => {
                (self.amount("hetuAmountIn", Spending::Takes), self.account("to"))
            }
            (C::Pool(_), "swapAlphaForHETU") => {
                (self.amount("alphaAmountIn", Spending::TakesAlpha), self.account("to"))
            }
            (C::Pool(_), "skimSurplus" | "withdrawLiquidity") => {
                (Spending::Nothing, self.account("to"))
            }
            (C::Pool(_), "seedLiquidity" | "injectLiquidity") => (Spending::Unclear, None),
            (C::SubnetManager, "registerNetwork" | "registerNetworkWithPartialCustom") => {
                (Spending::TakesUpToAllowance, None)
            }
            // The published forms do not contain the amount of the permit.
            (C::SubnetManager, name) if name.ends_with("Permit") => {
                (self.amount("value", Spending::Takes), None)
            }
            _ => (Spending::Nothing, None),
        }
    }

    fn argument(&self, name: &str) -> Option<&Token> {
        let position = self.function.inputs.iter().position(|input| input.name == name)?;
        self.arguments.get(position)
    }

    fn account(&self, name: &str) -> Option<Address> {
        match self.argument(name) {
            Some(Token::Address(account)) => Some(convert::address(*account)),
            _ => None,
        }
    }

    fn amount(&self, name: &str, spending: fn(Amount) -> Spending) -> Spending {
        match self.argument(name) {
            Some(Token::Uint(amount)) => spending(convert::amount(*amount)),
            _ => Spending::Unclear,
        }
    }

    /// Returns the amount if it is taken from the sender itself and not from another account.
    fn of_sender(&self, owner: &str, amount: &str, spending: fn(Amount) -> Spending) -> Spending {
        if self.account(owner) == Some(self.sender) {
            self.amount(amount, spending)
        } else {
            Spending::Nothing
        }
    }

    fn netuids(&self, contract: Contract) -> Vec<NetUid> {
        let mut found: Vec<_> = contract.netuid().into_iter().collect();
        for (input, token) in self.function.inputs.iter().zip(&self.arguments) {
            collect_netuids(input, token, &mut found);
        }
        found
    }
}

/// Collects the subnets of `claimMany`, the only function with subnets inside of its arguments: the
/// first member of each claim.
fn collect_netuids(input: &Param, token: &Token, found: &mut Vec<NetUid>) {
    match (&input.kind, token) {
        (ParamType::Uint(16), Token::Uint(number)) if input.name == "netuid" => {
            found.extend(u16::try_from(*number).ok().map(NetUid::new));
        }
        (ParamType::Array(_), Token::Array(claims)) if input.name == "claims" => {
            for claim in claims {
                if let Token::Tuple(members) = claim
                    && let Some(Token::Uint(number)) = members.first()
                {
                    found.extend(u16::try_from(*number).ok().map(NetUid::new));
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::{global_staking, subnet_manager, token, weights, whetu};
    use crate::model::{NewSubnet, Weight};

    const ME: Address = Address::new([1; 20]);
    const OTHER: Address = Address::new([2; 20]);

    #[test]
    fn every_contract_has_its_functions() {
        assert_eq!(FUNCTIONS.len(), 9);
        assert!(FUNCTIONS.values().all(|functions| !functions.is_empty()));
        for contract in [Contract::AlphaToken(ANY_SUBNET), Contract::Pool(ANY_SUBNET)] {
            assert_eq!(FUNCTIONS[&contract][&NETUID_SELECTOR].name, "netuid");
        }
    }

    #[test]
    fn amounts_and_who_gets_them_are_read() {
        let five = Amount::from_hetu(5);
        let of = |contract, data: &[u8]| meaning(contract, data, ME).unwrap();
        let transfer = of(Contract::Whetu, &token::transfer(OTHER, five).data);
        assert_eq!(
            (transfer.spending, transfer.counterparty),
            (Spending::Sends(five), Some(OTHER))
        );
        let to_self = of(Contract::AlphaToken(NetUid::new(3)), &token::transfer(ME, five).data);
        assert_eq!((to_self.spending, to_self.counterparty), (Spending::Sends(five), None));
        assert_eq!(to_self.netuids, [NetUid::new(3)]);
        let approval = of(Contract::Whetu, &token::approve(OTHER, five).data);
        assert_eq!(
            (approval.spending, approval.counterparty),
            (Spending::Grants(five), Some(OTHER))
        );
        assert_eq!(of(Contract::Whetu, &whetu::deposit().data).spending, Spending::Wrapping);
        let stake = of(Contract::GlobalStaking, &global_staking::add(five).data);
        assert_eq!(stake.spending, Spending::Takes(five));
    }

    #[test]
    fn subnets_are_read() {
        let netuid = NetUid::new(7);
        let set = weights::set(netuid, &[Weight { dendron: OTHER, weight: 1 }]);
        assert_eq!(meaning(Contract::Weights, &set.data, ME).unwrap().netuids, [netuid]);
        let subnet = NewSubnet {
            name: "a".into(),
            description: "b".into(),
            token_name: "c".into(),
            token_symbol: "d".into(),
        };
        let new = subnet_manager::register_network(&subnet);
        let new = meaning(Contract::SubnetManager, &new.data, ME).unwrap();
        assert!(new.begins_subnet && new.netuids.is_empty());
        assert_eq!(new.spending, Spending::TakesUpToAllowance);
    }

    #[test]
    fn subnets_inside_of_claims_are_read() {
        let function = FUNCTIONS[&Contract::RewardDistributor]
            .values()
            .find(|function| function.name == "claimMany")
            .unwrap();
        let claim = |netuid: u64| {
            let proof = Token::Array(Vec::new());
            let account = Token::Address(convert::h160(ME));
            Token::Tuple(vec![Token::Uint(netuid.into()), account, Token::Uint(1.into()), proof])
        };
        let data = function.encode_input(&[Token::Array(vec![claim(3), claim(4)])]).unwrap();
        let claims = meaning(Contract::RewardDistributor, &data, ME).unwrap();
        assert_eq!(claims.netuids, [NetUid::new(3), NetUid::new(4)]);
    }

    #[test]
    fn what_is_no_call_means_nothing() {
        let whole = token::transfer(OTHER, Amount::from_hetu(1)).data;
        for data in [&[][..], &whole[..3], &whole[..whole.len() - 1], &[0xff; 40]] {
            assert_eq!(meaning(Contract::Whetu, data, ME), None);
        }
        assert_eq!(meaning(Contract::Weights, &whole, ME), None);
    }
}
