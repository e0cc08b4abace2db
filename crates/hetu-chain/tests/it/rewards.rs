//! Rewards of subnets.

use hetu_chain::client::OwnedContract;
use hetu_chain::model::{RewardClaim, RewardTree};
use hetu_chain::{Address, Amount, ChainError, Hetutensor, NetUid};

use crate::setup::{Chain, chain, refusal};

const DELAY: u64 = 100;

/// Creates a subnet with 10 alpha in its distributor.
async fn funded() -> (Chain, NetUid, Hetutensor) {
    let chain = chain().await;
    let netuid = chain.active_subnet().await;
    let funder = chain.connect_as(1).await;
    funder.subnets().add_minter(netuid, funder.address().unwrap()).await.unwrap();
    let alpha = funder.tokens().alpha(netuid).await.unwrap();
    alpha.mint(funder.address().unwrap(), Amount::from_hetu(20)).await.unwrap();
    funder.rewards().unwrap().fund(netuid, Amount::from_hetu(10)).await.unwrap();
    let keeper = chain.connect_as(0).await;
    (chain, netuid, keeper)
}

fn earned(amounts: &[(Address, u64)]) -> Vec<(Address, Amount)> {
    amounts.iter().map(|&(account, amount)| (account, Amount::from_hetu(amount))).collect()
}

#[tokio::test]
async fn what_was_earned_is_paid_once_by_proof() {
    let (chain, netuid, keeper) = funded().await;
    let (first, second) = (chain.wallet(5).address(), chain.wallet(6).address());
    let rewards = keeper.rewards().unwrap();
    let tree = RewardTree::new(netuid, earned(&[(first, 2), (second, 3)])).unwrap();
    let published = rewards.publish_root(netuid, &tree.root(1)).await.unwrap();
    assert_eq!(published.pending.root, tree.root(1));
    assert_eq!(published.pending.claimable_from, published.receipt.block.number + DELAY);
    let state = rewards.of_subnet(netuid).await.unwrap();
    assert_eq!((state.root, state.pending), (None, Some(published.pending)));
    assert_eq!((state.funded, state.claimed), (Amount::from_hetu(10), Amount::ZERO));

    let claim = tree.claim(first).unwrap();
    assert_eq!(rewards.claimable(&claim).await.unwrap(), Amount::ZERO, "not yet");
    assert_eq!(refusal(rewards.claim(&claim).await.unwrap_err()), "InvalidProof");
    chain.node.mine(DELAY).await;
    assert_eq!(rewards.claimable(&claim).await.unwrap(), Amount::from_hetu(2));
    let paid = rewards.claim(&claim).await.unwrap();
    assert_eq!(paid.payments.len(), 1);
    assert_eq!((paid.payments[0].account, paid.payments[0].amount), (first, Amount::from_hetu(2)));
    let alpha = keeper.tokens().alpha(netuid).await.unwrap();
    assert_eq!(rewards.token(netuid).await.unwrap(), alpha.address());
    assert_eq!(alpha.balance(first).await.unwrap(), Amount::from_hetu(2));
    assert_eq!(rewards.claimed(netuid, first).await.unwrap(), Amount::from_hetu(2));
    assert_eq!(refusal(rewards.claim(&claim).await.unwrap_err()), "NothingToClaim");
    let forged = RewardClaim { cumulative: Amount::from_hetu(9), ..claim };
    assert_eq!(refusal(rewards.claim(&forged).await.unwrap_err()), "InvalidProof");

    let tree = RewardTree::new(netuid, earned(&[(first, 4), (second, 3)])).unwrap();
    rewards.publish_root(netuid, &tree.root(2)).await.unwrap();
    chain.node.mine(DELAY).await;
    let claims: Vec<_> = tree.claims().collect();
    let paid = rewards.claim_many(&claims).await.unwrap();
    let mut amounts: Vec<_> =
        paid.payments.iter().map(|payout| (payout.account, payout.amount)).collect();
    amounts.sort();
    let mut expected = earned(&[(first, 2), (second, 3)]);
    expected.sort();
    assert_eq!(amounts, expected, "cumulative amounts, less what was paid");
    assert!(rewards.claim_many(&claims).await.unwrap().payments.is_empty());
}

#[tokio::test]
async fn roots_that_promise_too_much_or_come_from_strangers_are_refused() {
    let (chain, netuid, keeper) = funded().await;
    let account = chain.wallet(5).address();
    let rewards = keeper.rewards().unwrap();
    let too_much = RewardTree::new(netuid, earned(&[(account, 11)])).unwrap();
    let error = rewards.publish_root(netuid, &too_much.root(1)).await.unwrap_err();
    assert_eq!(refusal(error), "TotalNotFunded");
    let tree = RewardTree::new(netuid, earned(&[(account, 5)])).unwrap();
    let stranger = chain.connect_as(5).await;
    let error = stranger.rewards().unwrap().publish_root(netuid, &tree.root(1)).await.unwrap_err();
    assert_eq!(refusal(error), "NotKeeper");
    rewards.publish_root(netuid, &tree.root(1)).await.unwrap();
    let error = rewards.publish_root(netuid, &tree.root(2)).await.unwrap_err();
    assert_eq!(refusal(error), "RootPending");
}

#[tokio::test]
async fn guardians_withdraw_roots_and_stop_claims_and_the_owner_lets_them_go_on() {
    let (chain, netuid, owner) = funded().await;
    let guardian = chain.connect_as(7).await;
    let account = guardian.address().unwrap();
    let (as_owner, as_guardian) = (owner.rewards().unwrap(), guardian.rewards().unwrap());
    let tree = RewardTree::new(netuid, earned(&[(account, 5)])).unwrap();
    as_owner.publish_root(netuid, &tree.root(1)).await.unwrap();
    assert_eq!(refusal(as_guardian.veto_root(netuid).await.unwrap_err()), "NotGuardian");
    as_owner.set_guardian(account, true).await.unwrap();
    assert!(as_owner.is_guardian(account).await.unwrap());
    as_guardian.veto_root(netuid).await.unwrap();
    assert_eq!(as_owner.of_subnet(netuid).await.unwrap().pending, None);
    assert_eq!(refusal(as_guardian.veto_root(netuid).await.unwrap_err()), "NoPendingRoot");

    as_guardian.pause().await.unwrap();
    assert!(as_owner.is_paused().await.unwrap());
    let claim = tree.claim(account).unwrap();
    assert_eq!(refusal(as_owner.claim(&claim).await.unwrap_err()), "EnforcedPause");
    assert_eq!(refusal(as_guardian.unpause().await.unwrap_err()), "OwnableUnauthorizedAccount");
    as_owner.unpause().await.unwrap();
    assert!(!as_owner.is_paused().await.unwrap());
}

#[tokio::test]
async fn the_owner_names_keepers_and_sets_the_wait() {
    let (chain, netuid, owner) = funded().await;
    let rewards = owner.rewards().unwrap();
    let keeper = chain.wallet(8).address();
    assert!(!rewards.is_keeper(keeper).await.unwrap());
    rewards.set_keeper(keeper, true).await.unwrap();
    assert!(rewards.is_keeper(keeper).await.unwrap());
    assert_eq!(rewards.root_delay().await.unwrap(), (DELAY, 50_400));
    rewards.set_root_delay(7).await.unwrap();
    assert_eq!(rewards.root_delay().await.unwrap().0, 7);
    assert_eq!(refusal(rewards.set_root_delay(50_401).await.unwrap_err()), "DelayTooLong");
    let ownership = owner.governance().ownership_of(OwnedContract::RewardDistributor).unwrap();
    assert_eq!(ownership.owner().await.unwrap(), owner.address().unwrap());
    let error = rewards.fund(NetUid::new(9), Amount::from_hetu(1)).await.unwrap_err();
    assert!(matches!(error, ChainError::NoSubnet(_)), "{error}");
    assert!(rewards.of_subnet(netuid).await.unwrap().root.is_none());
}
