//! Clients of a devnet and subnets on it.

use hetu_chain::model::NewSubnet;
use hetu_chain::{ChainError, Hetutensor, NetUid, Network};

use crate::Devnet;

impl Devnet {
    /// The network that this chain is, for connecting to it.
    ///
    /// Feature `client`.
    pub fn network(&self) -> Network {
        let endpoint = self.http_url().parse();
        #[expect(clippy::expect_used, reason = "made of a socket address by this crate")]
        let endpoint = endpoint.expect("the url of a devnet is valid");
        Network::new("local", self.chain_id(), endpoint, self.contracts())
            .allowing_private_addresses()
    }

    /// A client in the name of the funded account with this index.
    ///
    /// Feature `client`.
    ///
    /// # Errors
    /// [`ChainError::Rpc`] if the devnet was stopped.
    ///
    /// # Panics
    /// If there is no such account.
    pub async fn connect_as(&self, account: usize) -> Result<Hetutensor, ChainError> {
        let wallet = self.accounts()[account].wallet.clone();
        Ok(Hetutensor::connect(self.network()).await?.with_wallet(wallet))
    }

    /// A subnet, registered and activated by `owner`, that takes miners and validators at once.
    ///
    /// Feature `client`.
    ///
    /// # Errors
    /// Those of [`Subnets::register`](hetu_chain::client::Subnets::register): the owner needs 100 HETU
    /// for the first subnet, and twice as much for each that follows soon.
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
