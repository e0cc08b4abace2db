//! The client itself: a connection to one chain, and the account that changes it.

mod handles;
mod journaling;

pub use journaling::JournaledTransaction;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use super::error::ChainError;
use super::policy::SpendPolicy;
use super::reader::Reader;
use super::sending::{SendOptions, SenderSettings};
use crate::model::Block;
use crate::network::{Network, RpcUrl};
use crate::primitives::BlockHash;
use crate::rpc::{BlockRef, EndpointHealth, RpcTransport, TransportOptions};
use crate::{Address, Amount, ChainId, Signer, Wallet};

/// A connection to a Hetu network. Clones share it.
///
/// Reads see the newest block, or the one that [`Hetutensor::at`] names. Changes need a wallet
/// and are simulated before they are sent.
#[derive(Clone)]
pub struct Hetutensor {
    reader: Reader,
    settings: SenderSettings,
}

impl Hetutensor {
    /// Connects to `network`, and makes sure that it is what it says: the chain id is right and
    /// there is code at each contract's address.
    ///
    /// # Errors
    /// [`ChainError::WrongChain`], [`ChainError::NoContract`], [`ChainError::Rpc`].
    pub async fn connect(network: Network) -> Result<Self, ChainError> {
        Self::connect_with(network, &TransportOptions::default()).await
    }

    /// As [`Hetutensor::connect`], with deadlines, bounds and HTTP headers of one's own.
    ///
    /// # Errors
    /// As of [`Hetutensor::connect`].
    pub async fn connect_with(
        network: Network,
        options: &TransportOptions,
    ) -> Result<Self, ChainError> {
        let reader = Reader::connect(network, options).await?;
        reader.check_contracts().await?;
        Ok(Self::new(reader))
    }

    /// As [`Hetutensor::connect`], but does not ask whether there are contracts: for deploying
    /// them.
    ///
    /// # Errors
    /// [`ChainError::WrongChain`], [`ChainError::Rpc`].
    pub async fn connect_without_contracts(network: Network) -> Result<Self, ChainError> {
        Ok(Self::new(Reader::connect(network, &TransportOptions::default()).await?))
    }

    fn new(reader: Reader) -> Self {
        let settings = SenderSettings::new(&reader);
        Self { reader, settings }
    }

    /// The chain that the node at `endpoint` says it is of (`eth_chainId`): for making a
    /// [`Network`] of a node whose chain id is not known from elsewhere.
    ///
    /// # Errors
    /// [`ChainError::Rpc`].
    pub async fn chain_at(endpoint: &RpcUrl) -> Result<ChainId, ChainError> {
        Ok(RpcTransport::chain_at(endpoint, &TransportOptions::default()).await?)
    }

    /// The same connection, changing things in the name of `wallet`.
    #[must_use]
    pub fn with_wallet(self, wallet: Wallet) -> Self {
        self.with_signer(Arc::new(wallet))
    }

    /// The same connection, changing things in the name of `signer`.
    #[must_use]
    pub fn with_signer(mut self, signer: Arc<dyn Signer>) -> Self {
        self.settings.signer = Some(signer);
        self
    }

    /// The same connection, which sends transactions by these options unless a call says
    /// otherwise.
    #[must_use]
    pub fn with_send_options(mut self, options: SendOptions) -> Self {
        self.settings.options = Arc::new(options);
        self
    }

    /// The same connection, which signs only what `policy` allows.
    #[must_use]
    pub fn with_policy(mut self, policy: SpendPolicy) -> Self {
        self.settings.policy = Some(Arc::new(policy));
        self
    }

    /// Returns the connection for a program that sends transactions unattended: the gas of all
    /// transactions of its account in any 24 hours may cost at most
    /// [`SpendPolicy::max_daily_fee`](crate::client::SpendPolicy::max_daily_fee), or else what the
    /// [network](crate::network::FeeCeilings) allows.
    ///
    /// The count is kept in `folder`, in a file for each chain and account that programs share,
    /// and written before a transaction is signed, so that a restart does not reset it. Maximum
    /// fees are counted, not what the node says was paid.
    ///
    /// # Errors
    /// [`ChainError::NoSigner`]; [`ChainError::FeeLedger`] if the file cannot be read or written.
    pub async fn with_daily_fee_ceiling(
        mut self,
        folder: impl Into<PathBuf>,
    ) -> Result<Self, ChainError> {
        self.settings.fee_folder = Some(folder.into());
        // A folder that cannot be written is found now and not at the first transaction.
        if let Some(daily_fees) = self.settings.daily_fees(self.address()?) {
            daily_fees.count(Amount::ZERO).await?;
        }
        Ok(self)
    }

    /// Returns `true` if the fees of a day are [bounded](Self::with_daily_fee_ceiling).
    pub const fn has_daily_fee_ceiling(&self) -> bool {
        self.settings.fee_folder.is_some()
    }

    /// Returns `true` if transactions are written to a [journal](Self::with_journal) before they
    /// are sent.
    pub const fn has_journal(&self) -> bool {
        self.settings.journal.is_some()
    }

    /// The same connection, with reads that see the state after `block`.
    #[must_use]
    pub fn at(&self, block: BlockRef) -> Self {
        Self { reader: self.reader.at(block), settings: self.settings.clone() }
    }

    /// The network.
    pub fn network(&self) -> &Network {
        self.reader.network()
    }

    /// How the endpoints that calls go to have been doing, in the network's order.
    pub fn endpoints(&self) -> Vec<EndpointHealth> {
        self.reader.transport().health()
    }

    /// The account that changes things.
    ///
    /// # Errors
    /// [`ChainError::NoSigner`].
    pub fn address(&self) -> Result<Address, ChainError> {
        self.settings.address()
    }

    /// Who signs for that account.
    ///
    /// # Errors
    /// [`ChainError::NoSigner`].
    pub fn signer(&self) -> Result<&Arc<dyn Signer>, ChainError> {
        self.settings.signer()
    }

    /// The block that reads see.
    ///
    /// # Errors
    /// [`ChainError::Rpc`], also when there is no such block.
    pub async fn block(&self) -> Result<Block, ChainError> {
        self.reader.block().await
    }

    /// Returns the hash of the chain's first block, as the node has it now: of block 0, or of
    /// block 1 where blocks are numbered from 1. Chain ids do not tell development chains apart.
    ///
    /// # Errors
    /// [`ChainError::NoGenesis`] if the node has neither, and those of reads.
    pub async fn genesis(&self) -> Result<BlockHash, ChainError> {
        self.reader.genesis().await
    }

    /// The hash of the chain's first block as it was when it was connected to, or `None` if the
    /// node did not have block 0. [`genesis`](Self::genesis) asks now.
    pub fn connected_genesis(&self) -> Option<BlockHash> {
        self.reader.connected_genesis()
    }

    pub(crate) const fn reader(&self) -> &Reader {
        &self.reader
    }
}

impl fmt::Debug for Hetutensor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Hetutensor")
            .field("reader", &self.reader)
            .field("signer", &self.settings.signer)
            .finish_non_exhaustive()
    }
}
