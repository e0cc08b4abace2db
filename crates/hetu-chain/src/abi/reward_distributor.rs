//! `RewardDistributor`: payment of rewards by cumulative Merkle roots.

use super::bindings::reward_distributor as generated;
use super::convert::{address, amount, h160, u256};
use super::{Read, Write};
use crate::model::{PendingRoot, RewardClaim, RewardRoot, SubnetRewards};
use crate::primitives::Bytes32;
use crate::{Address, Amount, NetUid};

pub(crate) fn rewards(netuid: NetUid) -> Read<SubnetRewards> {
    let call = generated::GetRewardsCall { netuid: netuid.get() };
    Read::new(call, |generated::GetRewardsReturn(rewards)| SubnetRewards {
        funded: amount(rewards.funded),
        claimed: amount(rewards.claimed),
        root: published(rewards.root, amount(rewards.total), rewards.epoch),
        pending: published(
            rewards.pending_root,
            amount(rewards.pending_total),
            rewards.pending_epoch,
        )
        .map(|root| PendingRoot { root, claimable_from: rewards.claimable_from }),
    })
}

pub(crate) fn claimable(claim: &RewardClaim) -> Read<Amount> {
    let generated::Claim { netuid, account, cumulative_amount, proof } = entry(claim);
    let call = generated::ClaimableCall { netuid, account, cumulative_amount, proof };
    Read::new(call, |generated::ClaimableReturn(claimable)| amount(claimable))
}

pub(crate) fn claimed(netuid: NetUid, account: Address) -> Read<Amount> {
    let call = generated::ClaimedCall { netuid: netuid.get(), account: h160(account) };
    Read::new(call, |claimed: generated::ClaimedReturn| amount(claimed.amount))
}

pub(crate) fn token(netuid: NetUid) -> Read<Address> {
    let call = generated::RewardTokenCall { netuid: netuid.get() };
    Read::new(call, |generated::RewardTokenReturn(token)| address(token))
}

pub(crate) fn is_keeper(account: Address) -> Read<bool> {
    let call = generated::IsKeeperCall { account: h160(account) };
    Read::new(call, |generated::IsKeeperReturn { allowed }| allowed)
}

pub(crate) fn is_guardian(account: Address) -> Read<bool> {
    let call = generated::IsGuardianCall { account: h160(account) };
    Read::new(call, |generated::IsGuardianReturn { allowed }| allowed)
}

pub(crate) fn is_paused() -> Read<bool> {
    Read::new(generated::PausedCall, |generated::PausedReturn(paused)| paused)
}

pub(crate) fn root_delay() -> Read<u64> {
    Read::new(generated::RootDelayCall, |generated::RootDelayReturn(blocks)| blocks)
}

pub(crate) fn max_root_delay() -> Read<u64> {
    Read::new(generated::MaxRootDelayCall, |generated::MaxRootDelayReturn(blocks)| blocks)
}

pub(crate) fn fund(netuid: NetUid, amount: Amount) -> Write {
    Write::new(generated::FundCall { netuid: netuid.get(), amount: u256(amount) })
}

pub(crate) fn publish(netuid: NetUid, root: &RewardRoot) -> Write {
    Write::new(generated::SetRootCall {
        netuid: netuid.get(),
        root: *root.root.as_bytes(),
        total_cumulative: u256(root.total),
        epoch: root.epoch,
    })
}

pub(crate) fn veto(netuid: NetUid) -> Write {
    Write::new(generated::VetoRootCall { netuid: netuid.get() })
}

pub(crate) fn claim(claim: &RewardClaim) -> Write {
    let generated::Claim { netuid, account, cumulative_amount, proof } = entry(claim);
    Write::new(generated::ClaimCall { netuid, account, cumulative_amount, proof })
}

pub(crate) fn claim_many(claims: &[RewardClaim]) -> Write {
    Write::new(generated::ClaimManyCall { claims: claims.iter().map(entry).collect() })
}

pub(crate) fn pause() -> Write {
    Write::new(generated::PauseCall)
}

pub(crate) fn unpause() -> Write {
    Write::new(generated::UnpauseCall)
}

pub(crate) fn set_keeper(keeper: Address, allowed: bool) -> Write {
    Write::new(generated::SetKeeperCall { keeper: h160(keeper), allowed })
}

pub(crate) fn set_guardian(guardian: Address, allowed: bool) -> Write {
    Write::new(generated::SetGuardianCall { guardian: h160(guardian), allowed })
}

pub(crate) fn set_root_delay(new_delay: u64) -> Write {
    Write::new(generated::SetRootDelayCall { new_delay })
}

/// Returns `None` for a root of zeros.
fn published(root: [u8; 32], total: Amount, epoch: u64) -> Option<RewardRoot> {
    let root = Bytes32::from(root);
    (root != Bytes32::default()).then_some(RewardRoot { root, total, epoch })
}

fn entry(claim: &RewardClaim) -> generated::Claim {
    generated::Claim {
        netuid: claim.netuid.get(),
        account: h160(claim.account),
        cumulative_amount: u256(claim.cumulative),
        proof: claim.proof.iter().map(|hash| *hash.as_bytes()).collect(),
    }
}
