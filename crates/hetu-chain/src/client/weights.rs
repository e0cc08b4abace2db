//! The weights that validators give to miners.

use super::error::ChainError;
use super::lens::{Lens, row_of};
use super::reader::{Reader, no_subnet};
use super::reported::reported;
use super::sending::{ContractCall, SenderSettings};
use crate::abi::{self, Read, Write};
use crate::model::{
    ChainEvent, Commitment, SecretWeights, TransactionReceipt, Weight, WeightRow, WeightsEvent,
};
use crate::primitives::Bytes32;
use crate::{Address, NetUid};

/// What `Weights` knows and does.
///
/// The published contract knows the weight of one dendron and how to set a row; everything else
/// fails on it with [`ChainError::Unsupported`], unless it can be put together from that.
#[derive(Clone, Copy, Debug)]
pub struct Weights<'client> {
    reader: &'client Reader,
    settings: &'client SenderSettings,
}

/// A row that a validator has committed to just now.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CommittedWeights {
    /// When it has to be revealed.
    pub commitment: Commitment,
    /// The transaction.
    pub receipt: TransactionReceipt,
}

impl<'client> Weights<'client> {
    pub(super) const fn new(reader: &'client Reader, settings: &'client SenderSettings) -> Self {
        Self { reader, settings }
    }

    /// What `validator` thinks of each of `dendrons`, in their order; zero where it said nothing
    /// (`weights`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "weights")]
    pub async fn get(
        self,
        netuid: NetUid,
        validator: Address,
        dendrons: &[Address],
    ) -> Result<Vec<u128>, ChainError> {
        let reads = dendrons
            .iter()
            .map(|&dendron| (self.contract(), abi::weights::weight(netuid, validator, dendron)))
            .collect();
        self.reader.read_many(reads).await
    }

    /// All that `validator` thinks of others (`getWeights`). On the published network, which
    /// lists nothing, what it thinks of all dendrons of the subnet, without zeros.
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "getWeights")]
    pub async fn row(self, netuid: NetUid, validator: Address) -> Result<Vec<Weight>, ChainError> {
        row_of(self.reader, netuid, validator).await
    }

    /// All that all validators of the subnet think of others, as it stands at one block.
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    pub async fn rows(self, netuid: NetUid) -> Result<Vec<WeightRow>, ChainError> {
        let pinned = self.reader.pinned().await?.1;
        Lens::new(&pinned).weight_rows(netuid).await
    }

    /// The block in which `validator` set its weights; nothing if it never did (`lastSet`).
    ///
    /// # Errors
    /// [`ChainError::Unsupported`] on the published network.
    #[doc(alias = "lastSet")]
    pub async fn last_set(
        self,
        netuid: NetUid,
        validator: Address,
    ) -> Result<Option<u64>, ChainError> {
        self.read(abi::weights::last_set(netuid, validator)).await
    }

    /// The first block in which the contract takes weights of `validator`, as far as the rate
    /// limit goes: it may be past. Zero on the published network, which has no limit.
    ///
    /// # Errors
    /// [`ChainError::NoSubnet`].
    pub async fn next_allowed(self, netuid: NetUid, validator: Address) -> Result<u64, ChainError> {
        let manager = self.reader.network().contracts.subnet_manager;
        let rules = self.reader.read(manager, abi::subnet_manager::hyperparameters(netuid)).await;
        let rules = rules.map_err(|error| no_subnet(netuid, error))?;
        match self.last_set(netuid, validator).await {
            Ok(Some(block)) => Ok(block.saturating_add(rules.weights_rate_limit)),
            Ok(None) | Err(ChainError::Unsupported { .. }) => Ok(0),
            Err(error) => Err(error),
        }
    }

    /// The least version of the rules by which validators judge (`weightsVersionKey`).
    ///
    /// # Errors
    /// [`ChainError::Unsupported`] on the published network.
    #[doc(alias = "weightsVersionKey")]
    pub async fn version_key(self, netuid: NetUid) -> Result<u64, ChainError> {
        self.read(abi::weights::version_key(netuid)).await
    }

    /// The commitment that `validator` has not revealed, expired or not (`commitments`).
    ///
    /// # Errors
    /// [`ChainError::Unsupported`] on the published network.
    #[doc(alias = "commitments")]
    pub async fn commitment(
        self,
        netuid: NetUid,
        validator: Address,
    ) -> Result<Option<Commitment>, ChainError> {
        self.read(abi::weights::commitment(netuid, validator)).await
    }

    /// The hash by which `validator` commits to `secret` (`commitmentOf`). Computed here: nobody
    /// learns of the row.
    #[doc(alias = "commitmentOf")]
    pub fn commitment_of(
        self,
        netuid: NetUid,
        validator: Address,
        secret: &SecretWeights,
    ) -> Bytes32 {
        let chain = self.reader.network().chain_id;
        abi::weights::commitment_of(chain, self.contract(), netuid, validator, secret)
    }

    /// Sets the wallet's weights in the subnet, in the place of all it set before
    /// (`setWeights`), judged by version 0 of the rules. Only the proportions matter.
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with `NotActiveValidator`, `CommitRevealRequired`,
    /// `WeightsRateLimited`, `TooFewWeights`, `TooManyWeights`, `DestinationNotRegistered`,
    /// `DuplicateDestination`, `WeightTooLarge` or `WeightsVersionTooOld`.
    #[doc(alias = "setWeights")]
    pub fn set(self, netuid: NetUid, weights: &[Weight]) -> ContractCall<'client> {
        self.write(abi::weights::set(netuid, weights))
    }

    /// As [`Weights::set`], naming the version of the rules by which the wallet judged (the form
    /// of `setWeights` with a version key).
    ///
    /// # Errors
    /// [`ChainError::Unsupported`] on the published network, and as [`Weights::set`].
    #[doc(alias = "setWeights")]
    pub fn set_with_version(
        self,
        netuid: NetUid,
        weights: &[Weight],
        version_key: u64,
    ) -> ContractCall<'client> {
        self.write(abi::weights::set_with_version(netuid, weights, version_key))
    }

    /// Commits to a row by its [hash](Weights::commitment_of), where the subnet wants it
    /// (`commitWeights`). What was committed to has to be kept until it is revealed.
    ///
    /// # Errors
    /// [`ChainError::Unsupported`] on the published network; [`ChainError::Reverted`] with
    /// `CommitRevealDisabled`, `NotActiveValidator`, `CommitmentOpen` or `WeightsRateLimited`.
    #[doc(alias = "commitWeights")]
    pub fn commit(
        self,
        netuid: NetUid,
        commitment: Bytes32,
    ) -> ContractCall<'client, CommittedWeights> {
        self.write(abi::weights::commit(netuid, commitment)).returning(committed)
    }

    /// Reveals what the wallet committed to (`revealWeights`).
    ///
    /// # Errors
    /// [`ChainError::Unsupported`] on the published network; [`ChainError::Reverted`] with
    /// `NoCommitment`, `RevealTooEarly`, `RevealTooLate` or `CommitmentMismatch`, and as
    /// [`Weights::set`].
    #[doc(alias = "revealWeights")]
    pub fn reveal(self, netuid: NetUid, secret: &SecretWeights) -> ContractCall<'client> {
        self.write(abi::weights::reveal(netuid, secret))
    }

    /// Sets the least version of the rules by which validators may judge (`setWeightsVersionKey`):
    /// the subnet owner's.
    ///
    /// # Errors
    /// [`ChainError::Unsupported`] on the published network; [`ChainError::Reverted`] with
    /// `NotSubnetOwner`.
    #[doc(alias = "setWeightsVersionKey")]
    pub fn set_version_key(self, netuid: NetUid, version_key: u64) -> ContractCall<'client> {
        self.write(abi::weights::set_version_key(netuid, version_key))
    }

    async fn read<T>(self, read: Read<T>) -> Result<T, ChainError> {
        self.reader.read(self.contract(), read).await
    }

    fn write(self, write: Write) -> ContractCall<'client> {
        ContractCall::new(self.settings, self.contract(), write)
    }

    fn contract(self) -> Address {
        self.reader.network().contracts.weights
    }
}

fn committed(receipt: TransactionReceipt) -> Result<CommittedWeights, ChainError> {
    let pick = |event: &ChainEvent| match event {
        ChainEvent::Weights(WeightsEvent::Committed {
            commitment,
            reveal_from,
            reveal_until,
            ..
        }) => Some(Commitment {
            hash: *commitment,
            reveal_from: *reveal_from,
            reveal_until: *reveal_until,
        }),
        _ => None,
    };
    let commitment = reported(&receipt, "commitWeights", "WeightsCommitted", pick)?;
    Ok(CommittedWeights { commitment, receipt })
}
