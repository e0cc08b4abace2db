//! The handles of a connection, one for each contract or topic.

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
    /// Returns the handle of subnets and their hyperparameters.
    pub const fn subnets(&self) -> Subnets<'_> {
        Subnets::new(&self.reader, &self.settings)
    }

    /// Returns the handle of the miners and validators of subnets.
    pub const fn dendrons(&self) -> Dendrons<'_> {
        Dendrons::new(&self.reader, &self.settings)
    }

    /// Returns the handle of stake and its allocation to subnets.
    pub const fn staking(&self) -> Staking<'_> {
        Staking::new(&self.reader, &self.settings)
    }

    /// Returns the handle of HETU, WHETU and the tokens of subnets.
    pub const fn tokens(&self) -> Tokens<'_> {
        Tokens::new(&self.reader, &self.settings)
    }

    /// Returns the handle of the subnet's pool, which trades its token against WHETU.
    ///
    /// # Errors
    /// [`ChainError::NoSubnet`].
    pub async fn amm(&self, netuid: NetUid) -> Result<Amm<'_>, ChainError> {
        let subnet = self.reader.subnet(netuid).await?;
        Ok(Amm::new(&self.reader, &self.settings, &subnet))
    }

    /// Returns the handle of the list of pools.
    pub const fn pools(&self) -> Pools<'_> {
        Pools::new(&self.reader)
    }

    /// Returns the handle of the weights that validators give to miners.
    pub const fn weights(&self) -> Weights<'_> {
        Weights::new(&self.reader, &self.settings)
    }

    /// Returns the handle of the rewards that subnets pay to their participants.
    ///
    /// # Errors
    /// [`ChainError::NotDeployed`] on a network without a RewardDistributor, such as the published
    /// one.
    pub fn rewards(&self) -> Result<Rewards<'_>, ChainError> {
        let distributor = self.network().contracts.reward_distributor;
        let distributor =
            distributor.ok_or_else(|| self.reader.not_deployed(Contract::RewardDistributor));
        Ok(Rewards::new(&self.reader, &self.settings, distributor?))
    }

    /// Returns the handle of the owners of the contracts, and of timelocks.
    pub const fn governance(&self) -> Governance<'_> {
        Governance::new(&self.reader, &self.settings)
    }

    /// Returns the handle of transactions that no other handle makes.
    pub const fn transactions(&self) -> Transactions<'_> {
        Transactions::new(&self.reader, &self.settings)
    }

    /// Returns a verifier of the signatures of accounts that may be contracts, on the verified
    /// chain of this connection. It reads the latest block, even if other reads are pinned to
    /// another one.
    ///
    /// Each verifier has its own cache: create one and share it.
    pub fn erc1271_verifier(&self) -> Erc1271Verifier {
        Erc1271Verifier::new(&self.reader)
    }

    /// Detects the features that each endpoint for calls supports, in the network's order.
    ///
    /// Makes up to about 40 calls to each endpoint.
    pub async fn node_support(&self) -> Vec<(RpcUrl, Result<NodeSupport, ChainError>)> {
        node_support(&self.reader).await
    }
}
