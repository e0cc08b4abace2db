//! The handles of a connection: one for each contract or concern.

use super::Hetutensor;
use crate::NetUid;
use crate::client::amm::Amm;
use crate::client::dendrons::Dendrons;
use crate::client::erc1271::Erc1271Verifier;
use crate::client::error::ChainError;
use crate::client::governance::Governance;
use crate::client::node_support::{NodeSupport, node_support};
use crate::client::pools::Pools;
use crate::client::rewards::Rewards;
use crate::client::staking::Staking;
use crate::client::subnets::Subnets;
use crate::client::tokens::Tokens;
use crate::client::transactions::Transactions;
use crate::client::weights::Weights;
use crate::model::Contract;
use crate::network::RpcUrl;

impl Hetutensor {
    /// Subnets and their hyperparameters.
    pub const fn subnets(&self) -> Subnets<'_> {
        Subnets::new(&self.reader, &self.settings)
    }

    /// The miners and validators of subnets.
    pub const fn dendrons(&self) -> Dendrons<'_> {
        Dendrons::new(&self.reader, &self.settings)
    }

    /// Stake and its allocation to subnets.
    pub const fn staking(&self) -> Staking<'_> {
        Staking::new(&self.reader, &self.settings)
    }

    /// HETU and WHETU, and the tokens of subnets.
    pub const fn tokens(&self) -> Tokens<'_> {
        Tokens::new(&self.reader, &self.settings)
    }

    /// The pool of the subnet, which trades its token against WHETU.
    ///
    /// # Errors
    /// [`ChainError::NoSubnet`].
    pub async fn amm(&self, netuid: NetUid) -> Result<Amm<'_>, ChainError> {
        let subnet = self.reader.subnet(netuid).await?;
        Ok(Amm::new(&self.reader, &self.settings, &subnet))
    }

    /// Which pools there are.
    pub const fn pools(&self) -> Pools<'_> {
        Pools::new(&self.reader)
    }

    /// The weights that validators give to miners.
    pub const fn weights(&self) -> Weights<'_> {
        Weights::new(&self.reader, &self.settings)
    }

    /// What subnets pay to those who take part.
    ///
    /// # Errors
    /// [`ChainError::NotDeployed`] on a network without a RewardDistributor, as the published one
    /// is.
    pub fn rewards(&self) -> Result<Rewards<'_>, ChainError> {
        let distributor = self.network().contracts.reward_distributor;
        let distributor =
            distributor.ok_or_else(|| self.reader.not_deployed(Contract::RewardDistributor));
        Ok(Rewards::new(&self.reader, &self.settings, distributor?))
    }

    /// The owners of the contracts, and timelocks.
    pub const fn governance(&self) -> Governance<'_> {
        Governance::new(&self.reader, &self.settings)
    }

    /// Transactions that no other handle makes.
    pub const fn transactions(&self) -> Transactions<'_> {
        Transactions::new(&self.reader, &self.settings)
    }

    /// A judge of the signatures of accounts that may be contracts, on this connection's chain,
    /// which the endpoints have proven to be on. It looks at the newest block, also if reads are
    /// pinned to another one.
    ///
    /// Each judge has a memory of its own: make one and share it.
    pub fn erc1271_verifier(&self) -> Erc1271Verifier {
        Erc1271Verifier::new(&self.reader)
    }

    /// Finds what each endpoint that calls go to supports, in the network's order.
    ///
    /// Makes up to about 40 calls at each of them.
    pub async fn node_support(&self) -> Vec<(RpcUrl, Result<NodeSupport, ChainError>)> {
        node_support(&self.reader).await
    }
}
