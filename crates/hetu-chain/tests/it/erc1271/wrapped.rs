//! Signatures with a call that creates or prepares their account (ERC-6492).

use hetu_chain::identity::AccountSignature::{Invalid, NotAContract, Valid};
use hetu_chain::{Address, Wallet};

use super::kit::{
    Factory, Oddity, behind, code_of, judge_on, odd_wallet, owner_wallet, preparation, signed,
    verdict, wrapped,
};
use crate::faulty_node::{Fault, FaultyNode};
use crate::setup::chain;

#[tokio::test]
async fn an_account_that_is_not_there_yet_is_created_for_the_check_only() {
    let chain = chain().await;
    let hetu = chain.connect_as(1).await;
    let (owner, other) = (Wallet::random(), Wallet::random());
    let factory = Factory::of(&chain, &hetu).await;
    let account = factory.address_of(owner.address()).await;
    let creation = Factory::creation_of(owner.address());
    let judge = judge_on(&hetu);

    let by_owner = signed(&owner).await;
    let good = wrapped(factory.address, &creation, &by_owner);
    assert_eq!(verdict(&judge, account, &good).await, Valid);
    assert_eq!(code_of(&chain.node, account).await, "0x", "nothing was created");
    assert_eq!(verdict(&judge, account, &by_owner).await, NotAContract);

    let by_other = wrapped(factory.address, &creation, &signed(&other).await);
    assert_eq!(verdict(&judge, account, &by_other).await, Invalid);
    let creation_of_other = Factory::creation_of(other.address());
    let of_other = wrapped(factory.address, &creation_of_other, &signed(&other).await);
    assert_eq!(verdict(&judge, account, &of_other).await, Invalid);
}

#[tokio::test]
async fn a_factory_that_fails_or_is_none_creates_nothing() {
    let chain = chain().await;
    let hetu = chain.connect_as(1).await;
    let owner = Wallet::random();
    let factory = Factory::of(&chain, &hetu).await;
    let account = factory.address_of(owner.address()).await;
    let signature = signed(&owner).await;
    let judge = judge_on(&hetu);
    let creation = Factory::creation_of(owner.address());
    let burning_all_gas = wrapped(factory.address, b"unknown", &signature);
    assert_eq!(verdict(&judge, account, &burning_all_gas).await, Invalid);
    for none in [Address::ZERO, owner.address(), chain.network.contracts.whetu] {
        let useless = wrapped(none, &creation, &signature);
        assert_eq!(verdict(&judge, account, &useless).await, Invalid, "{none}");
    }
}

#[tokio::test]
async fn an_account_that_is_there_is_asked_before_the_factory_is_called() {
    let chain = chain().await;
    let hetu = chain.connect_as(1).await;
    let owner = Wallet::random();
    let factory = Factory::of(&chain, &hetu).await;
    let account = factory.address_of(owner.address()).await;
    factory.create(&hetu, owner.address()).await;
    let judge = judge_on(&hetu);
    let signature = signed(&owner).await;
    // A call of the factory would leave no gas for the call of the account.
    for calldata in [&b"unknown"[..], &Factory::creation_of(owner.address())] {
        let wrapper = wrapped(factory.address, calldata, &signature);
        assert_eq!(verdict(&judge, account, &wrapper).await, Valid);
    }
    assert_eq!(verdict(&judge, account, &signature).await, Valid);
}

#[tokio::test]
async fn an_account_that_says_no_is_prepared_and_asked_again() {
    let chain = chain().await;
    let hetu = chain.connect_as(1).await;
    let account = odd_wallet(&hetu, Oddity::Unprepared).await;
    let judge = judge_on(&hetu);
    assert_eq!(verdict(&judge, account, b"any").await, Invalid);
    let prepared = wrapped(account, &preparation(), b"any");
    assert_eq!(verdict(&judge, account, &prepared).await, Valid);
    assert_eq!(verdict(&judge, account, b"any").await, Invalid, "for the check only");
    let unprepared = wrapped(account, b"", b"any");
    assert_eq!(verdict(&judge, account, &unprepared).await, Invalid);
}

#[tokio::test]
async fn a_wrapper_around_the_signature_of_a_key_is_not_unwrapped_for_it() {
    let chain = chain().await;
    let hetu = chain.connect_as(1).await;
    let factory = Factory::of(&chain, &hetu).await;
    let (wallet, owner) = (chain.wallet(2), Wallet::random());
    let judge = judge_on(&hetu);
    let creation = Factory::creation_of(owner.address());
    let wrapper = wrapped(factory.address, &creation, &signed(&wallet).await);
    assert_eq!(verdict(&judge, wallet.address(), &wrapper).await, Invalid);
}

#[tokio::test]
async fn what_is_no_wrapper_or_too_long_is_refused_without_asking_the_chain() {
    let chain = chain().await;
    let node = FaultyNode::before(&chain.node, |_| Fault::None).await;
    let owner = Wallet::random();
    let account = owner_wallet(&chain.connect_as(1).await, owner.address()).await;
    let hetu = hetu_chain::Hetutensor::connect(behind(&chain, &[&node])).await.unwrap();
    let judge = judge_on(&hetu);
    let asked = node.requests();

    let whole = wrapped(Address::new([1; 20]), b"create", &signed(&owner).await);
    let end = &whole[whole.len() - 32..];
    let mut dirty = whole.clone();
    dirty[0] = 1;
    let mut beyond = whole.clone();
    beyond[32..64].fill(0xff);
    for malformed in [end.to_vec(), [&whole[..100], end].concat(), dirty, beyond] {
        assert_eq!(verdict(&judge, account, &malformed).await, Invalid, "{malformed:?}");
    }
    for end in [&[][..], end] {
        let long = [&vec![0; 32_769 - end.len()], end].concat();
        assert_eq!(verdict(&judge, account, &long).await, Invalid);
        assert_eq!(verdict(&judge, owner.address(), &long).await, Invalid);
    }
    assert_eq!(node.requests(), asked);
}

#[tokio::test]
async fn the_longest_signatures_are_judged() {
    let chain = chain().await;
    let hetu = chain.connect_as(1).await;
    let account = odd_wallet(&hetu, Oddity::None).await;
    let judge = judge_on(&hetu);
    assert_eq!(verdict(&judge, account, &vec![0xff; 32_768]).await, Valid);
    let overhead = wrapped(account, b"", b"").len();
    let wrapper = wrapped(account, b"", &vec![0xff; 32_768 - overhead]);
    assert_eq!(wrapper.len(), 32_768);
    assert_eq!(verdict(&judge, account, &wrapper).await, Valid);
}
