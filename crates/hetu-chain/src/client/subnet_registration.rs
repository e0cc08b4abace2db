//! Registration of subnets.

use super::error::ChainError;
use super::payment::{Payer, Payment};
use super::reported::reported;
use super::sending::ContractCall;
use super::subnets::Subnets;
use crate::abi::{Revert, Write, subnet_manager};
use crate::model::{
    ChainEvent, HyperparameterChanges, NewSubnet, Permit, SubnetEvent, TransactionReceipt,
};
use crate::{Address, Amount, NetUid};

/// A newly registered subnet.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RegisteredSubnet {
    /// The number of the subnet.
    pub netuid: NetUid,
    /// The token of the subnet.
    pub alpha_token: Address,
    /// The pool of the subnet.
    pub pool: Address,
    /// The registration cost.
    pub cost: Amount,
    /// The part of the cost that funded the pool.
    pub pool_initial: Amount,
    /// The part of the cost that was burned.
    pub burned: Amount,
    /// The receipt of the transaction.
    pub receipt: TransactionReceipt,
}

impl<'client> Subnets<'client> {
    /// Registers a subnet for at most `limit`, wrapping HETU and approving the price as needed
    /// (`registerNetwork`). The price is not refunded: a part funds the subnet's pool, and the rest
    /// is burned.
    ///
    /// # Errors
    /// [`ChainError::TooExpensive`]; [`ChainError::Reverted`] with `RATE_LIMIT_EXCEEDED` if the
    /// last registration is too recent, or with the name of an empty field.
    #[doc(alias = "registerNetwork")]
    pub fn register(
        self,
        subnet: &NewSubnet,
        limit: Amount,
    ) -> ContractCall<'client, RegisteredSubnet> {
        self.pay(subnet_manager::register_network(subnet), limit)
    }

    /// Registers like [`Subnets::register`], with rules that differ from the default ones
    /// (`registerNetworkWithPartialCustom`).
    ///
    /// # Errors
    /// The errors of [`Subnets::register`], and [`ChainError::Reverted`] with
    /// `INVALID_MERGED_HYPERPARAMS` if a rule is out of bounds. The published default rules are out
    /// of bounds: on that network, `rules` has to contain `weights_rate_limit`, with 7,201 to
    /// 10,000.
    #[doc(alias = "registerNetworkWithPartialCustom")]
    pub fn register_with(
        self,
        subnet: &NewSubnet,
        rules: &HyperparameterChanges,
        limit: Amount,
    ) -> ContractCall<'client, RegisteredSubnet> {
        self.pay(subnet_manager::register_network_with_rules(subnet, rules), limit)
    }

    /// Registers a subnet with a `permit` of the wallet instead of an approval transaction. The
    /// permit is for the SubnetManager and for at least the price (the forms of
    /// `registerNetworkWithPermit` and `registerNetworkWithPartialCustomAndPermit` with a value).
    /// The wallet has to hold the WHETU.
    ///
    /// # Errors
    /// [`ChainError::Unsupported`] on the published network, where permits have to be
    /// [exact](Subnets::register_with_exact_permit); [`ChainError::Reverted`] with
    /// `PermitBelowLockCost` or `ERC2612InvalidSigner`, and the errors of
    /// [`Subnets::register_with`].
    #[doc(alias = "registerNetworkWithPermit")]
    #[doc(alias = "registerNetworkWithPartialCustomAndPermit")]
    pub fn register_with_permit(
        self,
        subnet: &NewSubnet,
        rules: &HyperparameterChanges,
        permit: &Permit,
    ) -> ContractCall<'client, RegisteredSubnet> {
        self.registration(subnet_manager::register_network_with_permit(subnet, rules, permit))
    }

    /// Registers like [`Subnets::register_with_permit`], with a permit for exactly the price of the
    /// block that includes the transaction. Above its minimum, the price differs from block to
    /// block.
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with `ERC2612InvalidSigner` if the price has changed, and the
    /// errors of [`Subnets::register_with`].
    pub fn register_with_exact_permit(
        self,
        subnet: &NewSubnet,
        rules: &HyperparameterChanges,
        permit: &Permit,
    ) -> ContractCall<'client, RegisteredSubnet> {
        self.registration(subnet_manager::register_network_with_exact_permit(subnet, rules, permit))
    }

    fn pay(self, write: Write, limit: Amount) -> ContractCall<'client, RegisteredSubnet> {
        let price = async move { self.price_within(limit).await.map(Payment::Whetu) };
        let payer = Payer { reader: self.reader, settings: self.settings };
        payer
            .funded(self.registration(write), self.contract(), price)
            .foreseeing(move |_| self.registration_refusal())
    }

    /// Refuses a registration that follows the last one too soon, using only reads.
    async fn registration_refusal(self) -> Result<(), ChainError> {
        let rules = self.network_parameters().await?;
        let next = self.reader.block().await?.id.number.saturating_add(1);
        // The contract requires more blocks than the rate limit between two registrations.
        if next <= rules.last_lock_block.saturating_add(rules.rate_limit) {
            let revert = Revert::Reason("RATE_LIMIT_EXCEEDED".to_owned());
            return Err(ChainError::Reverted { function: "registerNetwork".to_owned(), revert });
        }
        Ok(())
    }

    fn registration(self, write: Write) -> ContractCall<'client, RegisteredSubnet> {
        ContractCall::new(self.settings, self.contract(), write).returning(registered)
    }

    async fn price_within(self, limit: Amount) -> Result<Amount, ChainError> {
        let price = self.lock_cost().await?;
        if price > limit {
            return Err(ChainError::TooExpensive { price, limit });
        }
        Ok(price)
    }
}

fn registered(receipt: TransactionReceipt) -> Result<RegisteredSubnet, ChainError> {
    let pick = |event: &ChainEvent| match event {
        ChainEvent::Subnet(SubnetEvent::Registered {
            netuid,
            alpha_token,
            pool,
            locked,
            pool_initial,
            burned,
            ..
        }) => Some(RegisteredSubnet {
            netuid: *netuid,
            alpha_token: *alpha_token,
            pool: *pool,
            cost: *locked,
            pool_initial: *pool_initial,
            burned: *burned,
            receipt: receipt.clone(),
        }),
        _ => None,
    };
    reported(&receipt, "registerNetwork", "NetworkRegistered", pick)
}
