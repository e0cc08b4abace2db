//! Clients of a devnet, and subnets on it.

use hetu_chain::model::NewSubnet;
use hetu_chain::{ChainError, Hetutensor, NetUid, Network};

use crate::Devnet;

impl Devnet {
    /// Returns the network of this chain, for clients that connect to it.
    ///
    /// Feature `client`.
    pub fn network(&self) -> Network {
        let endpoint = self.http_url().parse();
        #[expect(clippy::expect_used, reason = "made of a socket address by this crate")]
        let endpoint = endpoint.expect("the url of a devnet is valid");
        Network::new("local", self.chain_id(), endpoint, self.contracts())
            .allowing_private_addresses()
    }

    /// Returns a client that signs with the funded account at this index.
    ///
    /// Feature `client`.
    ///
    /// # Errors
    ///
    /// Returns [`ChainError::Rpc`] if the devnet was stopped.
    ///
    /// # Panics
    ///
    /// Panics if there is no such account.
    pub async fn connect_as(&self, account: usize) -> Result<Hetutensor, ChainError> {
        let wallet = self.accounts()[account].wallet.clone();
        Ok(Hetutensor::connect(self.network()).await?.with_wallet(wallet))
    }

    /// Registers and activates a subnet of `owner` that accepts miners and validators immediately.
    ///
    /// Feature `client`.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Subnets::register`](hetu_chain::client::Subnets::register). The
    /// owner needs 100 HETU for the first subnet, and twice as much for each one that follows soon.
    pub async fn open_subnet(&self, owner: &Hetutensor) -> Result<NetUid, ChainError> {
        let subnet = NewSubnet {
            name: "Sums".into(),
            description: "Miners add numbers; validators check the sums.".into(),
            token_name: "Sum".into(),
            token_symbol: "SUM".into(),
        };
        let price = owner.subnets().lock_cost().await?;
        let registered = owner.subnets().register(&subnet, price).await?;
        owner.subnets().activate(registered.netuid).await?;
        Ok(registered.netuid)
    }
}
