//! Weights that validators give to miners.

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

/// A handle of the `Weights` contract.
///
/// The published contract only returns the weight of one dendron and sets a row. All other
/// functions fail on it with [`ChainError::Unsupported`], unless they can be built from these two.
#[derive(Clone, Copy, Debug)]
pub struct Weights<'client> {
    reader: &'client Reader,
    settings: &'client SenderSettings,
}

/// A newly committed row of a validator.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CommittedWeights {
    /// The commitment, with the blocks in which it has to be revealed.
    pub commitment: Commitment,
    /// The receipt of the transaction.
    pub receipt: TransactionReceipt,
}

impl<'client> Weights<'client> {
    pub(super) const fn new(reader: &'client Reader, settings: &'client SenderSettings) -> Self {
        Self { reader, settings }
    }

    /// Returns the weight that `validator` gives to each of `dendrons`, in their order, with zero
    /// for unset weights (`weights`).
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

    /// Returns all weights that `validator` gives (`getWeights`). The published network has no
    /// function that lists a row. There the result is the nonzero weights of all dendrons of the
    /// subnet.
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "getWeights")]
    pub async fn row(self, netuid: NetUid, validator: Address) -> Result<Vec<Weight>, ChainError> {
        row_of(self.reader, netuid, validator).await
    }

    /// Returns all weights that all validators of the subnet give, all at one block.
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    pub async fn rows(self, netuid: NetUid) -> Result<Vec<WeightRow>, ChainError> {
        let pinned = self.reader.pinned().await?.1;
        Lens::new(&pinned).weight_rows(netuid).await
    }

    /// Returns the block in which `validator` last set its weights, or `None` if it never did
    /// (`lastSet`).
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

    /// Returns the first block in which the rate limit allows weights of `validator`. That block
    /// may be in the past. Returns zero on the published network, which has no limit.
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

    /// Returns the minimum version of the rules by which validators evaluate (`weightsVersionKey`).
    ///
    /// # Errors
    /// [`ChainError::Unsupported`] on the published network.
    #[doc(alias = "weightsVersionKey")]
    pub async fn version_key(self, netuid: NetUid) -> Result<u64, ChainError> {
        self.read(abi::weights::version_key(netuid)).await
    }

    /// Returns the unrevealed commitment of `validator`, expired or not, or `None` (`commitments`).
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

    /// Returns the hash with which `validator` commits to `secret` (`commitmentOf`). It is computed
    /// locally, so the row stays secret.
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

    /// Sets the wallet's weights in the subnet, and replaces all earlier ones (`setWeights`). The
    /// weights are based on version 0 of the rules. Only their proportions matter.
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with `NotActiveValidator`, `CommitRevealRequired`,
    /// `WeightsRateLimited`, `TooFewWeights`, `TooManyWeights`, `DestinationNotRegistered`,
    /// `DuplicateDestination`, `WeightTooLarge` or `WeightsVersionTooOld`.
    #[doc(alias = "setWeights")]
    pub fn set(self, netuid: NetUid, weights: &[Weight]) -> ContractCall<'client> {
        self.write(abi::weights::set(netuid, weights))
    }

    /// Sets the weights like [`Weights::set`], with the version of the rules that they are based on
    /// (the form of `setWeights` with a version key).
    ///
    /// # Errors
    /// [`ChainError::Unsupported`] on the published network, and the errors of [`Weights::set`].
    #[doc(alias = "setWeights")]
    pub fn set_with_version(
        self,
        netuid: NetUid,
        weights: &[Weight],
        version_key: u64,
    ) -> ContractCall<'client> {
        self.write(abi::weights::set_with_version(netuid, weights, version_key))
    }

    /// Commits to a row by its [hash](Weights::commitment_of), in subnets that require commitments
    /// (`commitWeights`). Keep the committed row until it is revealed.
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

    /// Reveals the row that the wallet committed to (`revealWeights`).
    ///
    /// # Errors
    /// [`ChainError::Unsupported`] on the published network; [`ChainError::Reverted`] with
    /// `NoCommitment`, `RevealTooEarly`, `RevealTooLate` or `CommitmentMismatch`, and the errors of
    /// [`Weights::set`].
    #[doc(alias = "revealWeights")]
    pub fn reveal(self, netuid: NetUid, secret: &SecretWeights) -> ContractCall<'client> {
        self.write(abi::weights::reveal(netuid, secret))
    }

    /// Sets the minimum version of the rules by which validators may evaluate
    /// (`setWeightsVersionKey`). Only the subnet's owner can do this.
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
