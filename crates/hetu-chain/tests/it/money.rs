//! HETU, WHETU and stake.

use hetu_chain::client::Revert;
use hetu_chain::{Amount, ChainError, NetUid, Retryable, Wallet};

use crate::setup::{chain, refusal};

#[tokio::test]
async fn coins_are_wrapped_sent_and_unwrapped() {
    let chain = chain().await;
    let hetu = chain.connect_as(2).await;
    let me = hetu.address().unwrap();
    let friend = Wallet::random().address();

    hetu.tokens().wrap(Amount::from_hetu(5)).await.unwrap();
    hetu.tokens().transfer_wrapped(friend, Amount::from_hetu(2)).await.unwrap();
    hetu.tokens().unwrap("0.5".parse().unwrap()).await.unwrap();
    hetu.tokens().transfer(friend, Amount::from_hetu(3)).await.unwrap();

    assert_eq!(hetu.tokens().wrapped_balance(me).await.unwrap().to_string(), "2.5");
    assert_eq!(hetu.tokens().wrapped_balance(friend).await.unwrap(), Amount::from_hetu(2));
    assert_eq!(hetu.tokens().balance(friend).await.unwrap(), Amount::from_hetu(3));
}

#[tokio::test]
async fn stake_is_funded_added_and_withdrawn() {
    let chain = chain().await;
    let hetu = chain.connect_as(2).await;
    let me = hetu.address().unwrap();
    hetu.staking().add(Amount::from_hetu(700)).await.unwrap();
    hetu.staking().remove(Amount::from_hetu(200)).await.unwrap();
    let stake = hetu.staking().stake_of(me).await.unwrap();
    assert_eq!((stake.total, stake.available()), (Amount::from_hetu(500), Amount::from_hetu(500)));
    assert_eq!(hetu.tokens().wrapped_balance(me).await.unwrap(), Amount::from_hetu(200));
}

#[tokio::test]
async fn a_refusal_is_known_before_anything_is_sent() {
    let chain = chain().await;
    let hetu = chain.connect_as(2).await;
    let block = hetu.block().await.unwrap();

    let reason = hetu.staking().remove(Amount::from_hetu(1)).await.unwrap_err();
    assert!(reason.is_revert("INSUFFICIENT_STAKE"), "{reason}");
    assert!(!reason.retryability().is_retryable());

    let friend = Wallet::random().address();
    let custom = hetu.tokens().transfer_wrapped(friend, Amount::from_hetu(1)).await.unwrap_err();
    let ChainError::Reverted { revert: Revert::Custom { name, .. }, .. } = &custom else {
        panic!("{custom}");
    };
    assert_eq!(name, "ERC20InsufficientBalance");
    assert_eq!(hetu.block().await.unwrap(), block, "no transaction was sent");
}

#[tokio::test]
async fn a_wallet_without_money_is_told_so() {
    let chain = chain().await;
    let hetu = chain.connect().await.with_wallet(Wallet::random());
    let error = hetu.staking().add(Amount::from_hetu(1)).await.unwrap_err();
    assert!(matches!(error, ChainError::InsufficientFunds { .. }), "{error}");
}

#[tokio::test]
async fn stake_is_allocated_and_taken_back() {
    let chain = chain().await;
    let hetu = chain.connect_as(2).await;
    let (me, netuid) = (hetu.address().unwrap(), NetUid::new(1));
    let staking = hetu.staking();
    staking.add(Amount::from_hetu(700)).await.unwrap();
    assert!(staking.can_allocate(me, Amount::from_hetu(700)).await.unwrap());
    assert!(!staking.can_allocate(me, Amount::from_hetu(701)).await.unwrap());
    assert!(staking.can_pay_registration(me, Amount::from_hetu(700)).await.unwrap());

    let set = staking.allocate(netuid, Amount::from_hetu(300)).await.unwrap();
    assert_eq!((set.previous, set.current), (Amount::ZERO, Amount::from_hetu(300)));
    let lowered = staking.deallocate(netuid, Amount::from_hetu(100)).await.unwrap();
    assert_eq!(lowered.current, Amount::from_hetu(200));
    let allocation = staking.allocation(me, netuid).await.unwrap();
    assert_eq!((allocation.allocated, allocation.spent), (Amount::from_hetu(200), Amount::ZERO));
    assert_eq!(allocation.last_update, lowered.receipt.block.number);
    assert_eq!(staking.available(me).await.unwrap(), Amount::from_hetu(500));
    assert!(!staking.can_pay_registration(me, Amount::from_hetu(501)).await.unwrap());

    let error = staking.allocate(netuid, Amount::from_hetu(701)).await.unwrap_err();
    assert!(error.is_revert("INSUFFICIENT_AVAILABLE_STAKE"), "{error}");
    let error = staking.deallocate(netuid, Amount::from_hetu(201)).await.unwrap_err();
    assert!(error.is_revert("INSUFFICIENT_ALLOCATION"), "{error}");
    let error = staking.remove(Amount::from_hetu(501)).await.unwrap_err();
    assert!(error.is_revert("AMOUNT_NOT_AVAILABLE"), "{error}");
}

#[tokio::test]
async fn only_authorised_callers_touch_the_stake_of_others() {
    let chain = chain().await;
    let (owner, caller) = (chain.connect_as(0).await, chain.connect_as(2).await);
    let staker = chain.connect_as(3).await;
    let (account, netuid) = (staker.address().unwrap(), NetUid::new(1));
    staker.staking().add(Amount::from_hetu(100)).await.unwrap();
    let staking = caller.staking();
    let (ten, one) = (Amount::from_hetu(10), Amount::from_hetu(1));
    for error in [
        staking.allocate_for(account, netuid, ten).await.map(drop),
        staking.allocate_with_minimum(netuid, ten, one).await.map(drop),
        staking.charge_registration(account, netuid, one).await.map(drop),
    ] {
        assert!(error.unwrap_err().is_revert("UNAUTHORIZED_CALLER"));
    }
    owner.governance().set_authorized(caller.address().unwrap(), true).await.unwrap();
    let set = staking.allocate_for(account, netuid, ten).await.unwrap();
    assert_eq!(set.current, ten);
    staking.charge_registration(account, netuid, one).await.unwrap();
    let stake = staking.stake_of(account).await.unwrap();
    assert_eq!((stake.allocated, stake.spent), (ten, one));

    staking.add(ten).await.unwrap();
    let error = staking.allocate_with_minimum(netuid, one, ten).await.unwrap_err();
    assert_eq!(refusal(error), "AllocationBelowThreshold");
    let own = staking.allocate_with_minimum(netuid, ten, one).await.unwrap();
    assert_eq!(own.current, ten);
}
