//! The client itself: which chain, seen from which block, changed by whom.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use arc_swap::ArcSwap;
use serde_json::{Value, json};

use super::error::ChainError;
use super::genesis::{genesis_call, genesis_of};
use super::journal::Journal;
use super::lens::LensMemory;
use super::policy::SpendPolicy;
use super::sending::{NonceLanes, SendOptions};
use super::{
    Amm, Dendrons, Governance, Pools, Rewards, Staking, Subnets, Tokens, Transactions, Weights,
};
use crate::abi::{Read, revert_of};
use crate::events::EventSources;
use crate::model::{Block, Contract};
use crate::network::{Network, RpcUrl};
use crate::primitives::BlockHash;
use crate::rpc::{
    BlockRef, CallRequest, EndpointHealth, HexBytes, NodeError, RawBlock, RpcCall, RpcError,
    RpcFailure, Transport, TransportOptions,
};
use crate::text::ForeignError;
use crate::{Address, Amount, ChainId, NetUid, Signer, Wallet};

/// A connection to a Hetu network. Clones share it.
///
/// Reads see the newest block, or the one that [`Hetutensor::at`] names. Changes need a wallet
/// and are simulated before they are sent.
#[derive(Clone)]
pub struct Hetutensor {
    shared: Arc<Shared>,
    signer: Option<Arc<dyn Signer>>,
    block: BlockRef,
    send_options: Arc<SendOptions>,
    policy: Option<Arc<SpendPolicy>>,
    pub(super) journal: Option<Arc<Journal>>,
    /// The count of the fees of a day, or `None` if they are not counted.
    pub(super) fee_folder: Option<PathBuf>,
}

struct Shared {
    network: Network,
    transport: Transport,
    lanes: NonceLanes,
    sources: ArcSwap<EventSources>,
    lens: LensMemory,
    /// The first block of the chain when it was connected to.
    genesis: OnceLock<BlockHash>,
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
        let hetu = Self::connect_to_chain(network, options).await?;
        hetu.check_contracts().await?;
        Ok(hetu)
    }

    /// As [`Hetutensor::connect`], but does not ask whether there are contracts: for deploying
    /// them.
    ///
    /// # Errors
    /// [`ChainError::WrongChain`], [`ChainError::Rpc`].
    pub async fn connect_without_contracts(network: Network) -> Result<Self, ChainError> {
        Self::connect_to_chain(network, &TransportOptions::default()).await
    }

    async fn connect_to_chain(
        network: Network,
        options: &TransportOptions,
    ) -> Result<Self, ChainError> {
        let transport = Transport::new(&network.endpoints, network.chain_id, options)?;
        let lanes = NonceLanes::new(&network);
        let sources = ArcSwap::from_pointee(EventSources::new(&network.contracts));
        let hetu = Self {
            shared: Arc::new(Shared {
                network,
                transport,
                lanes,
                sources,
                lens: LensMemory::default(),
                genesis: OnceLock::new(),
            }),
            signer: None,
            block: BlockRef::Latest,
            send_options: Arc::default(),
            policy: None,
            journal: None,
            fee_folder: None,
        };
        hetu.transport().connect().await.map_err(|error| hetu.wrong_chain(error))?;
        Ok(hetu)
    }

    /// The chain that the node at `endpoint` says it is of (`eth_chainId`): for making a
    /// [`Network`] of a node whose chain id is not known from elsewhere.
    ///
    /// # Errors
    /// [`ChainError::Rpc`].
    pub async fn chain_at(endpoint: &RpcUrl) -> Result<ChainId, ChainError> {
        Ok(Transport::chain_at(endpoint, &TransportOptions::default()).await?)
    }

    /// The same connection, changing things in the name of `wallet`.
    #[must_use]
    pub fn with_wallet(self, wallet: Wallet) -> Self {
        self.with_signer(Arc::new(wallet))
    }

    /// The same connection, changing things in the name of `signer`.
    #[must_use]
    pub fn with_signer(mut self, signer: Arc<dyn Signer>) -> Self {
        self.signer = Some(signer);
        self
    }

    /// The same connection, which sends transactions by these options unless a call says
    /// otherwise.
    #[must_use]
    pub fn with_send_options(mut self, options: SendOptions) -> Self {
        self.send_options = Arc::new(options);
        self
    }

    /// The same connection, which signs only what `policy` allows.
    #[must_use]
    pub fn with_policy(mut self, policy: SpendPolicy) -> Self {
        self.policy = Some(Arc::new(policy));
        self
    }

    /// Whether transactions are written to a [journal](Self::with_journal) before they are sent.
    pub const fn has_journal(&self) -> bool {
        self.journal.is_some()
    }

    /// The same connection, with reads that see the state after `block`.
    #[must_use]
    pub fn at(&self, block: BlockRef) -> Self {
        Self { block, ..self.clone() }
    }

    /// The network.
    pub fn network(&self) -> &Network {
        &self.shared.network
    }

    /// How the endpoints that calls go to have been doing, in the network's order.
    pub fn endpoints(&self) -> Vec<EndpointHealth> {
        self.transport().health()
    }

    /// The account that changes things.
    ///
    /// # Errors
    /// [`ChainError::NoSigner`].
    pub fn address(&self) -> Result<Address, ChainError> {
        Ok(self.signer()?.address())
    }

    /// Who signs for that account.
    ///
    /// # Errors
    /// [`ChainError::NoSigner`].
    pub fn signer(&self) -> Result<&Arc<dyn Signer>, ChainError> {
        self.signer.as_ref().ok_or(ChainError::NoSigner)
    }

    /// The block that reads see.
    ///
    /// # Errors
    /// [`ChainError::Rpc`], also when there is no such block.
    pub async fn block(&self) -> Result<Block, ChainError> {
        Ok(self.header().await?.into())
    }

    /// Subnets and their hyperparameters.
    pub const fn subnets(&self) -> Subnets<'_> {
        Subnets::new(self)
    }

    /// The miners and validators of subnets.
    pub const fn dendrons(&self) -> Dendrons<'_> {
        Dendrons::new(self)
    }

    /// Stake and its allocation to subnets.
    pub const fn staking(&self) -> Staking<'_> {
        Staking::new(self)
    }

    /// HETU and WHETU, and the tokens of subnets.
    pub const fn tokens(&self) -> Tokens<'_> {
        Tokens::new(self)
    }

    /// The pool of the subnet, which trades its token against WHETU.
    ///
    /// # Errors
    /// [`ChainError::NoSubnet`].
    pub async fn amm(&self, netuid: NetUid) -> Result<Amm<'_>, ChainError> {
        let subnet = self.subnets().info(netuid).await?;
        Ok(Amm::new(self, netuid, subnet.pool, subnet.alpha_token))
    }

    /// Which pools there are.
    pub const fn pools(&self) -> Pools<'_> {
        Pools::new(self)
    }

    /// The weights that validators give to miners.
    pub const fn weights(&self) -> Weights<'_> {
        Weights::new(self)
    }

    /// What subnets pay to those who take part.
    ///
    /// # Errors
    /// [`ChainError::NotDeployed`] on a network without a RewardDistributor, as the published one
    /// is.
    pub fn rewards(&self) -> Result<Rewards<'_>, ChainError> {
        let distributor = self.network().contracts.reward_distributor;
        let distributor = distributor.ok_or_else(|| self.not_deployed(Contract::RewardDistributor));
        Ok(Rewards::new(self, distributor?))
    }

    /// The owners of the contracts, and timelocks.
    pub const fn governance(&self) -> Governance<'_> {
        Governance::new(self)
    }

    /// Transactions that no other handle makes.
    pub const fn transactions(&self) -> Transactions<'_> {
        Transactions::new(self)
    }

    pub(super) fn send_options(&self) -> &SendOptions {
        &self.send_options
    }

    pub(super) fn policy(&self) -> Option<&SpendPolicy> {
        self.policy.as_deref()
    }

    /// The journal, which has to be that of the account that signs.
    pub(super) fn journal(&self) -> Result<Option<&Arc<Journal>>, ChainError> {
        if let Some(journal) = &self.journal {
            journal.check_account(self.address()?)?;
        }
        Ok(self.journal.as_ref())
    }

    /// The hash of the chain's first block as it was when it was connected to, or `None` if the
    /// node did not have block 0. [`genesis`](Self::genesis) asks now.
    pub fn connected_genesis(&self) -> Option<BlockHash> {
        self.shared.genesis.get().copied()
    }

    pub(crate) fn transport(&self) -> &Transport {
        &self.shared.transport
    }

    pub(super) fn lanes(&self) -> &NonceLanes {
        &self.shared.lanes
    }

    pub(super) fn sources(&self) -> &ArcSwap<EventSources> {
        &self.shared.sources
    }

    pub(super) fn lens_memory(&self) -> &LensMemory {
        &self.shared.lens
    }

    /// The block whose state reads see.
    pub(super) const fn block_ref(&self) -> BlockRef {
        self.block
    }

    /// The same connection, with all reads at the block that reads see now.
    pub(super) async fn pinned(&self) -> Result<(Block, Self), ChainError> {
        let block = self.block().await?;
        Ok((block, self.at(BlockRef::Hash(block.id.hash))))
    }

    pub(super) fn not_deployed(&self, contract: Contract) -> ChainError {
        ChainError::NotDeployed { network: self.network().name.clone(), contract }
    }

    pub(super) async fn header(&self) -> Result<RawBlock, ChainError> {
        let (method, block) = match self.block {
            BlockRef::Hash(hash) => ("eth_getBlockByHash", json!(hash)),
            block => ("eth_getBlockByNumber", json!(block)),
        };
        Ok(self.transport().read_of_block(method, vec![block, json!(false)]).await?)
    }

    /// The native balance of `account`.
    pub(super) async fn native_balance(&self, account: Address) -> Result<Amount, ChainError> {
        let params = vec![json!(account), json!(self.block)];
        let digits: String = self.transport().read("eth_getBalance", params).await?;
        amount_from_hex(&digits).ok_or_else(|| ChainError::Malformed {
            function: "eth_getBalance".into(),
            reason: format!("{digits:?} is not a quantity").into(),
        })
    }

    /// Calls a function of the contract at `contract`.
    pub(crate) async fn read<T>(&self, contract: Address, read: Read<T>) -> Result<T, ChainError> {
        let call = self.call_of(contract, &read);
        let returned: Result<HexBytes, RpcFailure> =
            self.transport().read(call.method, call.params).await;
        match returned {
            Ok(HexBytes(returned)) => decode(&read, &returned),
            Err(RpcFailure::Answered { endpoint, method, error }) => {
                let refusal = reverted(&read.function, &error)
                    .unwrap_or_else(|| RpcFailure::Answered { endpoint, method, error }.into());
                Err(refusal.or_unsupported(read.only_ours))
            }
            Err(failure) => Err(failure.into()),
        }
    }

    /// Calls many functions in few requests. The answers have the order of the calls.
    pub(crate) async fn read_many<T>(
        &self,
        reads: Vec<(Address, Read<T>)>,
    ) -> Result<Vec<T>, ChainError> {
        let calls: Vec<_> =
            reads.iter().map(|(contract, read)| self.call_of(*contract, read)).collect();
        let answers = self.transport().read_batch::<HexBytes>(&calls).await?;
        reads
            .iter()
            .zip(answers)
            .map(|((_, read), answer)| match answer {
                Ok(HexBytes(returned)) => decode(read, &returned),
                Err(error) => {
                    Err(reverted(&read.function, &error).unwrap_or_else(|| ChainError::Malformed {
                        function: read.function.clone(),
                        reason: error.message.into(),
                    }))
                }
            })
            .collect()
    }

    fn call_of<T>(&self, contract: Address, read: &Read<T>) -> RpcCall {
        let request = CallRequest {
            from: None,
            to: Some(contract),
            data: HexBytes(read.data.clone()),
            value: Amount::ZERO,
            gas: None,
        };
        RpcCall { method: "eth_call", params: vec![json!(request), json!(self.block)] }
    }

    fn wrong_chain(&self, error: RpcError) -> ChainError {
        match error {
            RpcError::OtherChain { expected, actual, .. } => {
                ChainError::WrongChain { network: self.network().name.clone(), expected, actual }
            }
            other => other.into(),
        }
    }

    async fn check_contracts(&self) -> Result<(), ChainError> {
        let network = self.network();
        let contracts: Vec<_> = network.contracts.iter().collect();
        let calls = contracts.iter().map(|(_, address)| RpcCall {
            method: "eth_getCode",
            params: vec![json!(address), json!(BlockRef::Latest)],
        });
        // In the same request, so that it costs no time.
        let calls: Vec<_> = calls.chain([genesis_call()]).collect();
        let mut answers = self.transport().read_batch::<Value>(&calls).await?;
        if let Some(genesis) = answers.pop().and_then(Result::ok).and_then(genesis_of) {
            // It fails if it is known.
            let _ = self.shared.genesis.set(genesis);
        }
        for ((contract, address), code) in contracts.into_iter().zip(answers) {
            let malformed =
                |reason| ChainError::Malformed { function: "eth_getCode".into(), reason };
            let code = code.map_err(|error| malformed(error.message.into()))?;
            let HexBytes(code) = serde_json::from_value(code)
                .map_err(|error| malformed(ForeignError::new(error)))?;
            if code.is_empty() {
                return Err(ChainError::NoContract {
                    network: network.name.clone(),
                    contract,
                    address,
                });
            }
        }
        Ok(())
    }
}

fn decode<T>(read: &Read<T>, returned: &[u8]) -> Result<T, ChainError> {
    read.decode(returned)
        .map_err(|reason| ChainError::Malformed { function: read.function.clone(), reason })
}

/// The refusal of a contract, if that is what the node's error is about.
pub(super) fn reverted(function: &str, error: &NodeError) -> Option<ChainError> {
    let revert = revert_of(error.revert_data.as_deref(), &error.message)?;
    Some(ChainError::Reverted { function: function.to_owned(), revert })
}

fn amount_from_hex(text: &str) -> Option<Amount> {
    let digits = text.strip_prefix("0x")?;
    let mut bytes = [0; 32];
    hex::decode_to_slice(format!("{digits:0>64}"), &mut bytes).ok()?;
    Some(Amount::from_be_bytes(bytes))
}

impl fmt::Debug for Hetutensor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Hetutensor")
            .field("network", &self.shared.network.name)
            .field("signer", &self.signer)
            .field("block", &self.block)
            .finish_non_exhaustive()
    }
}
