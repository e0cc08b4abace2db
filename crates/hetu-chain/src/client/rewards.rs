//! Rewards that subnets pay to their participants.

use super::error::ChainError;
use super::payment::{Payer, Payment};
use super::reader::{Reader, no_subnet};
use super::reported::reported;
use super::sending::{ContractCall, SenderSettings};
use crate::abi::{Read, Write, reward_distributor};
use crate::model::{
    ChainEvent, PendingRoot, RewardClaim, RewardRoot, RewardsEvent, SubnetRewards,
    TransactionReceipt,
};
use crate::{Address, Amount, NetUid};

/// A handle of the `RewardDistributor` contract. Amounts are in the alpha token of their subnet.
#[derive(Clone, Copy, Debug)]
pub struct Rewards<'client> {
    reader: &'client Reader,
    settings: &'client SenderSettings,
    distributor: Address,
}

/// A newly published root.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PublishedRoot {
    /// The root, and the block from which it can be claimed.
    pub pending: PendingRoot,
    /// The receipt of the transaction.
    pub receipt: TransactionReceipt,
}

/// A completed payment of rewards.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PaidRewards {
    /// The payments, in the order of the claims. Claims with no amount left are omitted.
    pub payments: Vec<Payout>,
    /// The receipt of the transaction.
    pub receipt: TransactionReceipt,
}

/// A payment of one reward.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Payout {
    /// The subnet.
    pub netuid: NetUid,
    /// The account that was paid.
    pub account: Address,
    /// The amount paid.
    pub amount: Amount,
    /// The total amount ever paid to the account.
    pub cumulative: Amount,
}

impl<'client> Rewards<'client> {
    pub(super) const fn new(
        reader: &'client Reader,
        settings: &'client SenderSettings,
        distributor: Address,
    ) -> Self {
        Self { reader, settings, distributor }
    }

    /// Returns the rewards of the subnet (`getRewards`). A root with an elapsed delay is returned
    /// as the claimable one.
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "getRewards")]
    pub async fn of_subnet(self, netuid: NetUid) -> Result<SubnetRewards, ChainError> {
        self.read(reward_distributor::rewards(netuid)).await
    }

    /// Returns the amount that a claim would pay at this block, or zero if it would be refused
    /// (`claimable`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    pub async fn claimable(self, claim: &RewardClaim) -> Result<Amount, ChainError> {
        self.read(reward_distributor::claimable(claim)).await
    }

    /// Returns the total amount ever paid to `account` on the subnet (`claimed`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    pub async fn claimed(self, netuid: NetUid, account: Address) -> Result<Amount, ChainError> {
        self.read(reward_distributor::claimed(netuid, account)).await
    }

    /// Returns the token in which the subnet pays (`rewardToken`).
    ///
    /// # Errors
    /// [`ChainError::NoSubnet`].
    #[doc(alias = "rewardToken")]
    pub async fn token(self, netuid: NetUid) -> Result<Address, ChainError> {
        let token = self.read(reward_distributor::token(netuid)).await;
        token.map_err(|error| no_subnet(netuid, error))
    }

    /// Returns `true` if `account` may publish roots (`isKeeper`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "isKeeper")]
    pub async fn is_keeper(self, account: Address) -> Result<bool, ChainError> {
        self.read(reward_distributor::is_keeper(account)).await
    }

    /// Returns `true` if `account` is a guardian, which may veto roots and pause claims
    /// (`isGuardian`). The owner may do the same without being a guardian.
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "isGuardian")]
    pub async fn is_guardian(self, account: Address) -> Result<bool, ChainError> {
        self.read(reward_distributor::is_guardian(account)).await
    }

    /// Returns `true` if claims are paused (`paused`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "paused")]
    pub async fn is_paused(self) -> Result<bool, ChainError> {
        self.read(reward_distributor::is_paused()).await
    }

    /// Returns the delay until a root can be claimed, and the maximum of that delay, both in blocks
    /// (`rootDelay`, `MAX_ROOT_DELAY`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "rootDelay")]
    #[doc(alias = "MAX_ROOT_DELAY")]
    pub async fn root_delay(self) -> Result<(u64, u64), ChainError> {
        futures_util::try_join!(
            self.read(reward_distributor::root_delay()),
            self.read(reward_distributor::max_root_delay()),
        )
    }

    /// Pays `amount` of the subnet's token in, approving as needed (`fund`). Any account can do
    /// this. The payment cannot be withdrawn.
    ///
    /// # Errors
    /// [`ChainError::NoSubnet`]; [`ChainError::Reverted`] with `ZeroAmount` or
    /// `ERC20InsufficientBalance`.
    pub fn fund(self, netuid: NetUid, amount: Amount) -> ContractCall<'client> {
        let payment = async move {
            let token = self.token(netuid).await?;
            Ok(Payment::Token { token, amount })
        };
        let payer = Payer { reader: self.reader, settings: self.settings };
        payer.funded(
            self.write(reward_distributor::fund(netuid, amount)),
            self.distributor,
            payment,
        )
    }

    /// Publishes the rewards earned until an epoch, as a keeper (`setRoot`).
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with `NotKeeper`, `EmptyRoot`, `RootPending`, `EpochNotNew`,
    /// `TotalFell` or `TotalNotFunded`.
    #[doc(alias = "setRoot")]
    pub fn publish_root(
        self,
        netuid: NetUid,
        root: &RewardRoot,
    ) -> ContractCall<'client, PublishedRoot> {
        self.write(reward_distributor::publish(netuid, root)).returning(published)
    }

    /// Withdraws the root that is not claimable yet, as a guardian or the owner (`vetoRoot`).
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with `NotGuardian` or `NoPendingRoot`.
    #[doc(alias = "vetoRoot")]
    pub fn veto_root(self, netuid: NetUid) -> ContractCall<'client> {
        self.write(reward_distributor::veto(netuid))
    }

    /// Pays an account its earned and unpaid rewards (`claim`). Any account can do this.
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with `EnforcedPause`, `InvalidProof`, `NothingToClaim` or
    /// `TotalExceeded`.
    pub fn claim(self, claim: &RewardClaim) -> ContractCall<'client, PaidRewards> {
        self.write(reward_distributor::claim(claim)).returning(paid)
    }

    /// Pays many claims at once, and skips those with no amount left (`claimMany`).
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with `EnforcedPause`, `InvalidProof` or `TotalExceeded`.
    #[doc(alias = "claimMany")]
    pub fn claim_many(self, claims: &[RewardClaim]) -> ContractCall<'client, PaidRewards> {
        self.write(reward_distributor::claim_many(claims)).returning(paid)
    }

    /// Pauses claims, and no other function, as a guardian or the owner (`pause`).
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with `NotGuardian` or `EnforcedPause`.
    pub fn pause(self) -> ContractCall<'client> {
        self.write(reward_distributor::pause())
    }

    /// Resumes claims, as the owner (`unpause`).
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with `OwnableUnauthorizedAccount` or `ExpectedPause`.
    pub fn unpause(self) -> ContractCall<'client> {
        self.write(reward_distributor::unpause())
    }

    /// Adds or removes `account` as a keeper, which may publish roots, as the owner (`setKeeper`).
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with `OwnableUnauthorizedAccount`.
    #[doc(alias = "setKeeper")]
    pub fn set_keeper(self, account: Address, allowed: bool) -> ContractCall<'client> {
        self.write(reward_distributor::set_keeper(account, allowed))
    }

    /// Adds or removes `account` as a guardian, which may veto roots and pause claims, as the owner
    /// (`setGuardian`).
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with `OwnableUnauthorizedAccount`.
    #[doc(alias = "setGuardian")]
    pub fn set_guardian(self, account: Address, allowed: bool) -> ContractCall<'client> {
        self.write(reward_distributor::set_guardian(account, allowed))
    }

    /// Changes the delay of roots in blocks, as the owner (`setRootDelay`). Published roots keep
    /// their delay.
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with `OwnableUnauthorizedAccount` or `DelayTooLong`.
    #[doc(alias = "setRootDelay")]
    pub fn set_root_delay(self, blocks: u64) -> ContractCall<'client> {
        self.write(reward_distributor::set_root_delay(blocks))
    }

    async fn read<T>(self, read: Read<T>) -> Result<T, ChainError> {
        self.reader.read(self.distributor, read).await
    }

    fn write(self, write: Write) -> ContractCall<'client> {
        ContractCall::new(self.settings, self.distributor, write)
    }
}

fn published(receipt: TransactionReceipt) -> Result<PublishedRoot, ChainError> {
    let pick = |event: &ChainEvent| match event {
        ChainEvent::Rewards(RewardsEvent::RootPublished {
            epoch,
            root,
            total,
            claimable_from,
            ..
        }) => Some(PendingRoot {
            root: RewardRoot { root: *root, total: *total, epoch: *epoch },
            claimable_from: *claimable_from,
        }),
        _ => None,
    };
    let pending = reported(&receipt, "setRoot", "RootPublished", pick)?;
    Ok(PublishedRoot { pending, receipt })
}

fn paid(receipt: TransactionReceipt) -> Result<PaidRewards, ChainError> {
    let pick = |event: &ChainEvent| match event {
        ChainEvent::Rewards(RewardsEvent::Claimed { netuid, account, amount, cumulative }) => {
            Some(Payout {
                netuid: *netuid,
                account: *account,
                amount: *amount,
                cumulative: *cumulative,
            })
        }
        _ => None,
    };
    let payments = receipt.events.iter().filter_map(pick).collect();
    Ok(PaidRewards { payments, receipt })
}
