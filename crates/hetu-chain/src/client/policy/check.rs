//! The check of a call against the spend policy.

use super::total::{Charge, Grant};
use super::{Reservation, SpendPolicy};
use crate::abi::{Meaning, Spending, claimed_netuid, meaning, token};
use crate::client::encoded_call::EncodedCall;
use crate::client::error::{ChainError, PolicyViolation};
use crate::client::reader::Reader;
use crate::model::Contract;
use crate::{Address, Amount, NetUid};

/// A call that the policy allows, before its spending is added to the total.
#[derive(Clone, Debug)]
pub(in crate::client) struct CheckedCall {
    policy: Option<SpendPolicy>,
    charge: Charge,
}

impl CheckedCall {
    /// Reserves the spending of the call.
    pub(in crate::client) fn reserve(&self) -> Result<Option<Reservation>, ChainError> {
        Ok(self.policy.as_ref().map(|policy| policy.reserve(&self.charge)).transpose()?)
    }

    /// Returns a call without limits.
    pub(in crate::client) const fn free() -> Self {
        Self { policy: None, charge: Charge { amount: Amount::ZERO, grant: None } }
    }
}

impl SpendPolicy {
    /// Checks a call of `account` against the state of `reader`.
    pub(in crate::client) async fn check(
        &self,
        reader: &Reader,
        call: &EncodedCall,
        account: Address,
    ) -> Result<CheckedCall, ChainError> {
        if !self.limits_calls() {
            return Ok(CheckedCall::free());
        }
        let charge = CallCheck { reader, policy: self, call, account }.run().await?;
        if let Some(limit) = self.max_value
            && charge.amount > limit
        {
            return Err(PolicyViolation::Value { value: charge.amount, limit }.into());
        }
        Ok(CheckedCall { policy: Some(self.clone()), charge })
    }
}

struct CallCheck<'call> {
    reader: &'call Reader,
    policy: &'call SpendPolicy,
    call: &'call EncodedCall,
    account: Address,
}

impl CallCheck<'_> {
    /// Returns the spending of the call if its target and its subjects are allowed.
    async fn run(&self) -> Result<Charge, ChainError> {
        let Some(to) = self.call.to else {
            return Ok(self.creation()?);
        };
        self.allow_contract(to)?;
        if self.call.data.is_empty() {
            self.allow_function("transfer")?;
            return Ok(self.plain(Amount::ZERO));
        }
        let contract = self.contract_at(to).await?;
        let meaning =
            contract.and_then(|contract| meaning(contract, &self.call.data, self.account));
        match meaning {
            Some(meaning) => self.understood(to, meaning).await,
            None => self.not_understood(to).await,
        }
    }

    /// Checks a call of one of the network's contracts.
    async fn understood(&self, to: Address, meaning: Meaning) -> Result<Charge, ChainError> {
        self.allow_function(&meaning.function)?;
        self.allow_netuids(meaning.netuids.iter().copied())?;
        if meaning.begins_subnet && self.policy.netuids.is_some() {
            return Err(PolicyViolation::NewSubnet.into());
        }
        if let Some(counterparty) = meaning.counterparty {
            self.allow_contract(counterparty)?;
        }
        let whetu = self.reader.network().contracts.whetu;
        Ok(match meaning.spending {
            Spending::Nothing => self.plain(Amount::ZERO),
            Spending::Wrapping => Charge { amount: Amount::ZERO, grant: None },
            Spending::Sends(amount) => self.plain(amount),
            Spending::Grants(amount) => {
                let spender = meaning.counterparty.unwrap_or(self.account);
                Charge { grant: Some(((to, spender), Grant::Made)), ..self.plain(amount) }
            }
            Spending::Takes(amount) => self.taken(whetu, to, amount),
            Spending::TakesAlpha(amount) => {
                let token = self.alpha_token(meaning.netuids.first().copied()).await?;
                self.taken(token, to, amount)
            }
            Spending::TakesUpToAllowance => self.taken(whetu, to, self.allowance(to).await?),
            Spending::Unclear if self.policy.limits_amounts() => {
                return Err(refusal(meaning.function, to));
            }
            Spending::Unclear => self.plain(Amount::ZERO),
        })
    }

    /// Checks a call of a contract outside the network, or of an unknown function.
    async fn not_understood(&self, to: Address) -> Result<Charge, ChainError> {
        let is_trusted = self.policy.contracts.is_some();
        let is_limited = self.policy.netuids.is_some() || self.policy.functions.is_some();
        if is_limited || (self.policy.limits_amounts() && !is_trusted) {
            let selector = self.call.data.iter().take(4);
            let selector = hex::encode(selector.copied().collect::<Vec<_>>());
            return Err(refusal(format!("0x{selector}"), to));
        }
        let amount =
            if self.policy.limits_amounts() { self.allowance(to).await? } else { Amount::ZERO };
        Ok(self.plain(amount))
    }

    fn creation(&self) -> Result<Charge, PolicyViolation> {
        let SpendPolicy { contracts, netuids, functions, .. } = self.policy;
        if contracts.is_some() || netuids.is_some() || functions.is_some() {
            return Err(PolicyViolation::Creation);
        }
        Ok(self.plain(Amount::ZERO))
    }

    /// Returns the network's contract at `address`, or `None`.
    async fn contract_at(&self, address: Address) -> Result<Option<Contract>, ChainError> {
        let contracts = &self.reader.network().contracts;
        let of_network = [
            (Some(contracts.whetu), Contract::Whetu),
            (Some(contracts.global_staking), Contract::GlobalStaking),
            (Some(contracts.subnet_manager), Contract::SubnetManager),
            (Some(contracts.dendron_manager), Contract::DendronManager),
            (Some(contracts.weights), Contract::Weights),
            (Some(contracts.amm_factory), Contract::AmmFactory),
            (contracts.reward_distributor, Contract::RewardDistributor),
        ];
        match of_network.into_iter().find(|(place, _)| *place == Some(address)) {
            Some((_, contract)) => Ok(Some(contract)),
            None => self.contract_of_subnet(address).await,
        }
    }

    /// Returns the token or pool of a subnet at `address`, or `None`. The contract's own claim
    /// counts only if `SubnetManager` confirms it.
    async fn contract_of_subnet(&self, address: Address) -> Result<Option<Contract>, ChainError> {
        let netuid = match self.reader.read(address, claimed_netuid()).await {
            Ok(netuid) => netuid,
            Err(ChainError::Reverted { .. } | ChainError::Malformed { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let subnet = match self.reader.subnet(netuid).await {
            Ok(subnet) => subnet,
            Err(ChainError::NoSubnet(_)) => return Ok(None),
            Err(error) => return Err(error),
        };
        let places = [
            (subnet.alpha_token, Contract::AlphaToken(netuid)),
            (subnet.pool, Contract::Pool(netuid)),
        ];
        let known = places.into_iter().find(|(place, _)| *place == address);
        Ok(known.map(|(_, contract)| contract))
    }

    async fn alpha_token(&self, netuid: Option<NetUid>) -> Result<Address, ChainError> {
        let netuid = netuid.unwrap_or(NetUid::new(0));
        Ok(self.reader.subnet(netuid).await?.alpha_token)
    }

    /// Returns the charge for tokens that `spender` takes out of its grant.
    fn taken(&self, token: Address, spender: Address, amount: Amount) -> Charge {
        Charge { grant: Some(((token, spender), Grant::Used)), ..self.plain(amount) }
    }

    /// Returns the charge for the HETU sent with the call plus `amount` of tokens.
    fn plain(&self, amount: Amount) -> Charge {
        Charge { amount: self.call.value.saturating_add(amount), grant: None }
    }

    async fn allowance(&self, spender: Address) -> Result<Amount, ChainError> {
        let whetu = self.reader.network().contracts.whetu;
        self.reader.read(whetu, token::allowance(self.account, spender)).await
    }

    fn allow_contract(&self, address: Address) -> Result<(), PolicyViolation> {
        match &self.policy.contracts {
            Some(allowed) if !allowed.contains(&address) => {
                Err(PolicyViolation::Contract { address })
            }
            _ => Ok(()),
        }
    }

    fn allow_function(&self, function: &str) -> Result<(), PolicyViolation> {
        match &self.policy.functions {
            Some(allowed) if !allowed.contains(function) => {
                Err(PolicyViolation::Function { function: function.to_owned() })
            }
            _ => Ok(()),
        }
    }

    fn allow_netuids(
        &self,
        netuids: impl IntoIterator<Item = NetUid>,
    ) -> Result<(), PolicyViolation> {
        let Some(allowed) = &self.policy.netuids else {
            return Ok(());
        };
        match netuids.into_iter().find(|netuid| !allowed.contains(netuid)) {
            Some(netuid) => Err(PolicyViolation::Netuid { netuid }),
            None => Ok(()),
        }
    }
}

fn refusal(function: String, address: Address) -> ChainError {
    PolicyViolation::NotUnderstood { function, address }.into()
}
