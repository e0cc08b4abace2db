//! HETU, WHETU and stake.

use hetu_chain::{Amount, ChainError, Revert, Wallet};

use crate::setup::chain;

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
async fn a_hundred_concurrent_sends_of_one_wallet_all_land() {
    let chain = chain().await;
    let hetu = chain.connect_as(3).await;
    let friend = Wallet::random().address();
    let sends = (0..100).map(|_| {
        let hetu = hetu.clone();
        tokio::spawn(async move { hetu.tokens().transfer(friend, Amount::from_wei(1)).await })
    });
    for send in sends.collect::<Vec<_>>() {
        send.await.unwrap().unwrap();
    }
    assert_eq!(hetu.tokens().balance(friend).await.unwrap(), Amount::from_wei(100));
}
