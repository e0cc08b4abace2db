//! The account types of signers on the chain.

use hetu_chain::identity::AccountSignature::{Invalid, NotAContract, Valid};
use hetu_chain::identity::ContractSignatureVerifier;
use hetu_chain::rpc::BlockRef;
use hetu_chain::{Address, Wallet};

use super::kit::{HASH, code_of, delegate, judge_on, owner_wallet, signed, signed_hash, verdict};
use crate::setup::chain;

#[tokio::test]
async fn a_contract_stands_by_what_its_owner_signed_and_nothing_else() {
    let chain = chain().await;
    let hetu = chain.connect_as(1).await;
    let (owner, other) = (Wallet::random(), Wallet::random());
    let account = owner_wallet(&hetu, owner.address()).await;
    let judge = judge_on(&hetu);
    assert_eq!(judge.chain_id(), chain.network.chain_id);

    let signature = signed(&owner).await;
    assert_eq!(verdict(&judge, account, &signature).await, Valid);
    assert_eq!(judge.check(account, [8; 32], &signature).await, Ok(Invalid));
    assert_eq!(verdict(&judge, account, &signed(&other).await).await, Invalid);
    assert_eq!(verdict(&judge, account, &signed_hash(&owner, [8; 32]).await).await, Invalid);
    for malformed in [&[][..], &signature[..64], &[0; 65], &[0xff; 1_000]] {
        assert_eq!(verdict(&judge, account, malformed).await, Invalid, "{malformed:?}");
    }
}

#[tokio::test]
async fn of_an_account_with_a_key_nothing_is_said() {
    let chain = chain().await;
    let hetu = chain.connect_as(1).await;
    let judge = judge_on(&hetu);
    let (funded, unused) = (chain.wallet(2), Wallet::random());
    for wallet in [&funded, &unused] {
        let account = wallet.address();
        for signature in [signed(wallet).await, Vec::new(), vec![0; 65]] {
            assert_eq!(verdict(&judge, account, &signature).await, NotAContract);
        }
    }
    let mut precompiled = [0; 20];
    precompiled[19] = 1;
    assert_eq!(verdict(&judge, Address::new(precompiled), &[]).await, NotAContract);
    assert_eq!(verdict(&judge, Address::ZERO, &[]).await, NotAContract);
}

#[tokio::test]
async fn a_contract_of_another_purpose_stands_by_nothing() {
    let chain = chain().await;
    let hetu = chain.connect().await;
    let judge = judge_on(&hetu);
    let whetu = chain.network.contracts.whetu;
    assert_eq!(verdict(&judge, whetu, &signed(&chain.wallet(0)).await).await, Invalid);
}

#[tokio::test]
async fn an_account_that_delegated_is_a_contract_and_its_own_key_has_no_say() {
    let chain = chain().await;
    let hetu = chain.connect_as(1).await;
    let (owner, delegating) = (Wallet::random(), chain.wallet(3));
    let code = owner_wallet(&hetu, owner.address()).await;
    let account = delegating.address();
    delegate(&chain.node, account, Some(code)).await;
    let designator = format!("0xef0100{}", hex::encode(code.as_bytes()));
    assert_eq!(code_of(&chain.node, account).await, designator);

    let judge = judge_on(&hetu);
    assert_eq!(verdict(&judge, account, &signed(&owner).await).await, Valid);
    assert_eq!(verdict(&judge, account, &signed(&delegating).await).await, Invalid);

    // The cache holds it as a contract, but the account is called and has no code to answer with.
    delegate(&chain.node, account, None).await;
    assert_eq!(verdict(&judge, account, &signed(&delegating).await).await, NotAContract);
    assert_eq!(verdict(&judge, account, &signed(&owner).await).await, NotAContract);
}

#[tokio::test]
async fn a_delegation_to_an_account_without_code_stands_by_nothing() {
    let chain = chain().await;
    let hetu = chain.connect().await;
    let delegating = chain.wallet(3);
    delegate(&chain.node, delegating.address(), Some(Wallet::random().address())).await;
    let judge = judge_on(&hetu);
    let signature = signed(&delegating).await;
    assert_eq!(verdict(&judge, delegating.address(), &signature).await, Invalid);
}

#[tokio::test]
async fn the_newest_block_counts_wherever_reads_are_pinned_to() {
    let chain = chain().await;
    let hetu = chain.connect_as(1).await;
    let before = hetu.block().await.unwrap();
    let owner = Wallet::random();
    let account = owner_wallet(&hetu, owner.address()).await;
    let judge = judge_on(&hetu.at(BlockRef::Hash(before.id.hash)));
    assert_eq!(judge.check(account, HASH, &signed(&owner).await).await, Ok(Valid));
}
