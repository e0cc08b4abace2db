//! The chain client: a connection to one chain, and the account that sends transactions.

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

/// A connection to a Hetu network. Clones share the connection.
///
/// Reads use the latest block, or the block set with [`Hetutensor::at`]. Transactions require a
/// wallet, and are simulated before they are sent.
#[derive(Clone)]
pub struct Hetutensor {
    reader: Reader,
    settings: SenderSettings,
}

impl Hetutensor {
    /// Connects to `network`, and verifies the chain id and that there is code at each contract's
    /// address.
    ///
    /// # Errors
    /// [`ChainError::WrongChain`], [`ChainError::NoContract`], [`ChainError::Rpc`].
    pub async fn connect(network: Network) -> Result<Self, ChainError> {
        Self::connect_with(network, &TransportOptions::default()).await
    }

    /// Connects like [`Hetutensor::connect`], with custom deadlines, limits and HTTP headers.
    ///
    /// # Errors
    /// The errors of [`Hetutensor::connect`].
    pub async fn connect_with(
        network: Network,
        options: &TransportOptions,
    ) -> Result<Self, ChainError> {
        let reader = Reader::connect(network, options).await?;
        reader.check_contracts().await?;
        Ok(Self::new(reader))
    }

    /// Connects like [`Hetutensor::connect`], but without a check of the contracts, in order to
    /// deploy them.
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

    /// Returns the chain id reported by the node at `endpoint` (`eth_chainId`), in order to create
    /// a [`Network`] for a node with an unknown chain id.
    ///
    /// # Errors
    /// [`ChainError::Rpc`].
    pub async fn chain_at(endpoint: &RpcUrl) -> Result<ChainId, ChainError> {
        Ok(RpcTransport::chain_at(endpoint, &TransportOptions::default()).await?)
    }

    /// Returns this connection with `wallet` as the account that sends transactions.
    #[must_use]
    pub fn with_wallet(self, wallet: Wallet) -> Self {
        self.with_signer(Arc::new(wallet))
    }

    /// Returns this connection with `signer` as the account that sends transactions.
    #[must_use]
    pub fn with_signer(mut self, signer: Arc<dyn Signer>) -> Self {
        self.settings.signer = Some(signer);
        self
    }

    /// Returns this connection with these default options for sending. A call can override them.
    #[must_use]
    pub fn with_send_options(mut self, options: SendOptions) -> Self {
        self.settings.options = Arc::new(options);
        self
    }

    /// Returns this connection with a limit: it signs only what `policy` allows.
    #[must_use]
    pub fn with_policy(mut self, policy: SpendPolicy) -> Self {
        self.settings.policy = Some(Arc::new(policy));
        self
    }

    /// Returns the connection for a program that sends transactions unattended. The gas of all
    /// transactions of its account in any 24 hours may cost at most
    /// [`SpendPolicy::max_daily_fee`](crate::client::SpendPolicy::max_daily_fee), or else the
    /// ceiling of the [network](crate::network::FeeCeilings).
    ///
    /// The count is stored in `folder`, in one file per chain and account, which programs share. It
    /// is written before a transaction is signed, so a restart does not reset it. It contains
    /// maximum fees, not the fees that the node reports.
    ///
    /// # Errors
    /// [`ChainError::NoSigner`]; [`ChainError::FeeLedger`] if the file cannot be read or written.
    pub async fn with_daily_fee_ceiling(
        mut self,
        folder: impl Into<PathBuf>,
    ) -> Result<Self, ChainError> {
        self.settings.fee_folder = Some(folder.into());
        // Detect a folder that cannot be written now, and not at the first transaction.
        if let Some(daily_fees) = self.settings.daily_fees(self.address()?) {
            daily_fees.count(Amount::ZERO).await?;
        }
        Ok(self)
    }

    /// Returns `true` if daily fees are [limited](Self::with_daily_fee_ceiling).
    pub const fn has_daily_fee_ceiling(&self) -> bool {
        self.settings.fee_folder.is_some()
    }

    /// Returns `true` if transactions are recorded in a [journal](Self::with_journal) before they
    /// are sent.
    pub const fn has_journal(&self) -> bool {
        self.settings.journal.is_some()
    }

    /// Returns this connection with reads of the state after `block`.
    #[must_use]
    pub fn at(&self, block: BlockRef) -> Self {
        Self { reader: self.reader.at(block), settings: self.settings.clone() }
    }

    /// Returns the network.
    pub fn network(&self) -> &Network {
        self.reader.network()
    }

    /// Returns the health of the endpoints for calls, in the network's order.
    pub fn endpoints(&self) -> Vec<EndpointHealth> {
        self.reader.transport().health()
    }

    /// Returns the account that sends transactions.
    ///
    /// # Errors
    /// [`ChainError::NoSigner`].
    pub fn address(&self) -> Result<Address, ChainError> {
        self.settings.address()
    }

    /// Returns the signer of that account.
    ///
    /// # Errors
    /// [`ChainError::NoSigner`].
    pub fn signer(&self) -> Result<&Arc<dyn Signer>, ChainError> {
        self.settings.signer()
    }

    /// Returns the block that reads use.
    ///
    /// # Errors
    /// [`ChainError::Rpc`], also if there is no such block.
    pub async fn block(&self) -> Result<Block, ChainError> {
        self.reader.block().await
    }

    /// Returns the current hash of the chain's first block, as reported by the node. This is block
    /// 0, or block 1 if blocks are numbered from 1. Chain ids do not distinguish development
    /// chains.
    ///
    /// # Errors
    /// [`ChainError::NoGenesis`] if the node has neither block, and the errors of reads.
    pub async fn genesis(&self) -> Result<BlockHash, ChainError> {
        self.reader.genesis().await
    }

    /// Returns the hash of the chain's first block at connection time, or `None` if the node did
    /// not have block 0. [`genesis`](Self::genesis) returns the current one.
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
