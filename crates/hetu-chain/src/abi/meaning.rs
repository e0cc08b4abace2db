//! What a call would do with money and subnets, read from its data.

use std::collections::HashMap;
use std::sync::LazyLock;

use ethers_core::abi::{Abi, AbiDecode, Function, Param, ParamType, Token};

use super::{Read, convert};
use crate::{Address, Amount, NetUid};

/// A contract whose calls can be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum KnownContract {
    Whetu,
    AlphaToken,
    GlobalStaking,
    SubnetManager,
    DendronManager,
    Weights,
    RewardDistributor,
    Pool,
    PoolFactory,
}

/// What a call does, as far as spending goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Meaning {
    pub(crate) function: String,
    /// The subnets that the call names.
    pub(crate) netuids: Vec<NetUid>,
    /// Whether it begins a subnet, which has no number yet.
    pub(crate) begins_subnet: bool,
    pub(crate) spending: Spending,
    /// Who else gets tokens or the right to take them.
    pub(crate) counterparty: Option<Address>,
}

/// Tokens that a call takes from its sender, besides the HETU sent along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spending {
    Nothing,
    /// The HETU sent along comes back as WHETU.
    Wrapping,
    /// Tokens that are sent away.
    Sends(Amount),
    /// Tokens that the counterparty may take from now on.
    Grants(Amount),
    /// Tokens that the contract takes out of what it was granted.
    Takes(Amount),
    /// The same, in tokens of the subnet.
    TakesAlpha(Amount),
    /// The contract takes what it pleases of what it was granted.
    TakesUpToAllowance,
    /// The amount cannot be told from the call.
    Unclear,
}

/// `netuid()`, the same in `AlphaToken` and `SubnetAMM`.
const NETUID_SELECTOR: [u8; 4] = [0xe7, 0x80, 0x15, 0xb1];

type Functions = HashMap<[u8; 4], Function>;

static FUNCTIONS: LazyLock<HashMap<KnownContract, Functions>> = LazyLock::new(|| {
    let sources = [
        (KnownContract::Whetu, include_str!("../../abi/WHETU.json")),
        (KnownContract::AlphaToken, include_str!("../../abi/AlphaToken.json")),
        (KnownContract::GlobalStaking, include_str!("../../abi/GlobalStaking.json")),
        (KnownContract::SubnetManager, include_str!("../../abi/SubnetManager.json")),
        (KnownContract::DendronManager, include_str!("../../abi/DendronManager.json")),
        (KnownContract::Weights, include_str!("../../abi/Weights.json")),
        (KnownContract::RewardDistributor, include_str!("../../abi/RewardDistributor.json")),
        (KnownContract::Pool, include_str!("../../abi/SubnetAMM.json")),
        (KnownContract::PoolFactory, include_str!("../../abi/SubnetAMMFactory.json")),
    ];
    sources.into_iter().map(|(contract, abi)| (contract, functions(abi))).collect()
});

fn functions(abi: &str) -> Functions {
    // An ABI that does not parse has no functions, so every call is one that is not understood.
    let abi: Abi = serde_json::from_str(abi).unwrap_or_default();
    abi.functions().map(|function| (function.short_signature(), function.clone())).collect()
}

/// What calling `contract` with `data` does in the name of `sender`. Nothing if the contract has
/// no such function or the data is not what the function takes, to the last byte.
pub(crate) fn meaning(contract: KnownContract, data: &[u8], sender: Address) -> Option<Meaning> {
    let (selector, encoded) = data.split_first_chunk::<4>()?;
    let function = FUNCTIONS.get(&contract)?.get(selector)?;
    let call = DecodedCall { function, arguments: function.decode_input(encoded).ok()?, sender };
    let (spending, counterparty) = call.spending(contract);
    Some(Meaning {
        function: function.name.clone(),
        netuids: call.netuids(),
        begins_subnet: function.name.starts_with("registerNetwork"),
        spending,
        counterparty: counterparty.filter(|party| *party != sender),
    })
}

/// The subnet that a contract says it belongs to: `netuid()` of tokens and pools.
pub(crate) fn claimed_netuid() -> Read<NetUid> {
    Read {
        function: "netuid".into(),
        only_ours: None,
        data: NETUID_SELECTOR.to_vec(),
        decode: Box::new(|bytes| {
            u16::decode(bytes).map(NetUid::new).map_err(|error| error.to_string())
        }),
    }
}

struct DecodedCall<'abi> {
    function: &'abi Function,
    arguments: Vec<Token>,
    sender: Address,
}

impl DecodedCall<'_> {
    fn spending(&self, contract: KnownContract) -> (Spending, Option<Address>) {
        use KnownContract as K;
        match (contract, self.function.name.as_str()) {
            (K::Whetu, "deposit") => (Spending::Wrapping, None),
            (K::Whetu | K::AlphaToken, "transfer") => {
                (self.amount("value", Spending::Sends), self.account("to"))
            }
            (K::Whetu | K::AlphaToken, "transferFrom") => {
                (self.of_sender("from", "value", Spending::Sends), self.account("to"))
            }
            (K::Whetu | K::AlphaToken, "approve") => {
                (self.amount("value", Spending::Grants), self.account("spender"))
            }
            (K::Whetu, "permit") => {
                (self.of_sender("owner", "value", Spending::Grants), self.account("spender"))
            }
            (K::AlphaToken, "burn") => (self.of_sender("from", "amount", Spending::Sends), None),
            (K::GlobalStaking, "addGlobalStake") => (self.amount("amount", Spending::Takes), None),
            (K::RewardDistributor, "fund") => (self.amount("amount", Spending::TakesAlpha), None),
            (K::Pool, "swapHETUForAlpha") => {
                (self.amount("hetuAmountIn", Spending::Takes), self.account("to"))
            }
            (K::Pool, "swapAlphaForHETU") => {
                (self.amount("alphaAmountIn", Spending::TakesAlpha), self.account("to"))
            }
            (K::Pool, "skimSurplus" | "withdrawLiquidity") => {
                (Spending::Nothing, self.account("to"))
            }
            (K::Pool, "seedLiquidity" | "injectLiquidity") => (Spending::Unclear, None),
            (K::SubnetManager, "registerNetwork" | "registerNetworkWithPartialCustom") => {
                (Spending::TakesUpToAllowance, None)
            }
            // The permit inside grants what it likes, and its signature is all there is of it.
            (K::SubnetManager, name) if name.ends_with("Permit") => (Spending::Unclear, None),
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

    /// The amount, if it is taken from the sender itself and not from another.
    fn of_sender(&self, owner: &str, amount: &str, spending: fn(Amount) -> Spending) -> Spending {
        if self.account(owner) == Some(self.sender) {
            self.amount(amount, spending)
        } else {
            Spending::Nothing
        }
    }

    fn netuids(&self) -> Vec<NetUid> {
        let mut found = Vec::new();
        for (input, token) in self.function.inputs.iter().zip(&self.arguments) {
            collect_netuids(input, token, &mut found);
        }
        found
    }
}

/// `claimMany` is the one function with subnets inside of its arguments: the first member of
/// each claim.
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
        for contract in [KnownContract::AlphaToken, KnownContract::Pool] {
            assert_eq!(FUNCTIONS[&contract][&NETUID_SELECTOR].name, "netuid");
        }
    }

    #[test]
    fn amounts_and_who_gets_them_are_read() {
        let five = Amount::from_hetu(5);
        let of = |contract, data: &[u8]| meaning(contract, data, ME).unwrap();
        let transfer = of(KnownContract::Whetu, &token::transfer(OTHER, five).data);
        assert_eq!(
            (transfer.spending, transfer.counterparty),
            (Spending::Sends(five), Some(OTHER))
        );
        let to_self = of(KnownContract::AlphaToken, &token::transfer(ME, five).data);
        assert_eq!((to_self.spending, to_self.counterparty), (Spending::Sends(five), None));
        let approval = of(KnownContract::Whetu, &token::approve(OTHER, five).data);
        assert_eq!(
            (approval.spending, approval.counterparty),
            (Spending::Grants(five), Some(OTHER))
        );
        assert_eq!(of(KnownContract::Whetu, &whetu::deposit().data).spending, Spending::Wrapping);
        let stake = of(KnownContract::GlobalStaking, &global_staking::add(five).data);
        assert_eq!(stake.spending, Spending::Takes(five));
    }

    #[test]
    fn subnets_are_read() {
        let netuid = NetUid::new(7);
        let set = weights::set(netuid, &[Weight { dendron: OTHER, weight: 1 }]);
        assert_eq!(meaning(KnownContract::Weights, &set.data, ME).unwrap().netuids, [netuid]);
        let new = subnet_manager::register_network(&NewSubnet {
            name: "a".into(),
            description: "b".into(),
            token_name: "c".into(),
            token_symbol: "d".into(),
        });
        let new = meaning(KnownContract::SubnetManager, &new.data, ME).unwrap();
        assert!(new.begins_subnet && new.netuids.is_empty());
        assert_eq!(new.spending, Spending::TakesUpToAllowance);
    }

    #[test]
    fn subnets_inside_of_claims_are_read() {
        let function = FUNCTIONS[&KnownContract::RewardDistributor]
            .values()
            .find(|function| function.name == "claimMany")
            .unwrap();
        let claim = |netuid: u64| {
            let proof = Token::Array(Vec::new());
            let account = Token::Address(convert::h160(ME));
            Token::Tuple(vec![Token::Uint(netuid.into()), account, Token::Uint(1.into()), proof])
        };
        let data = function.encode_input(&[Token::Array(vec![claim(3), claim(4)])]).unwrap();
        let claims = meaning(KnownContract::RewardDistributor, &data, ME).unwrap();
        assert_eq!(claims.netuids, [NetUid::new(3), NetUid::new(4)]);
    }

    #[test]
    fn what_is_no_call_means_nothing() {
        let whole = token::transfer(OTHER, Amount::from_hetu(1)).data;
        for data in [&[][..], &whole[..3], &whole[..whole.len() - 1], &[0xff; 40]] {
            assert_eq!(meaning(KnownContract::Whetu, data, ME), None);
        }
        assert_eq!(meaning(KnownContract::Weights, &whole, ME), None);
    }
}
