//! Limits on the transactions that a wallet signs.

use std::sync::Arc;
use std::time::Duration;

use hetu_chain::client::{PolicyViolation, SpendPolicy};
use hetu_chain::clock::ManualClock;
use hetu_chain::model::Weight;
use hetu_chain::{Address, Amount, ChainError, Hetutensor, NetUid, Retryable};

use super::{Fault, Scene, wei};
use crate::setup::{miner_of, new_subnet, validator_of};

/// The selector of `swapHETUForAlpha(uint256,uint256,address)`.
const SWAP: [u8; 4] = [0xdb, 0xe7, 0xd6, 0xe8];

fn hetu(hetu: u64) -> Amount {
    Amount::from_hetu(hetu)
}

/// Returns the violation that the policy reports for the call.
fn violation<T>(outcome: Result<T, ChainError>) -> PolicyViolation {
    match outcome {
        Err(ChainError::Policy(violation)) => violation,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("the policy allows it"),
    }
}

fn under(scene: &Scene, policy: SpendPolicy) -> Hetutensor {
    scene.hetu.clone().with_policy(policy)
}

#[tokio::test]
async fn one_transaction_spends_no_more_than_its_limit() {
    let scene = Scene::new().await;
    let limited = under(&scene, SpendPolicy::new().max_value(hetu(10)));
    let (tokens, staking) = (limited.tokens(), limited.staking());
    tokens.wrap(hetu(100)).await.unwrap();

    let is_too_much = |violation| matches!(violation, PolicyViolation::Value { .. });
    assert!(is_too_much(violation(tokens.transfer(scene.friend, hetu(11)).await)));
    assert!(is_too_much(violation(tokens.transfer_wrapped(scene.friend, hetu(11)).await)));
    assert!(is_too_much(violation(tokens.approve(scene.friend, hetu(11)).await)));
    assert!(is_too_much(violation(staking.add(hetu(11)).await)));
    assert!(is_too_much(violation(tokens.transfer(scene.friend, hetu(11)).dry_run().await)));
    assert_eq!(scene.mined().await, 1, "nothing but the wrapping was sent");

    tokens.transfer(scene.friend, hetu(10)).await.unwrap();
    tokens.transfer_wrapped(scene.friend, hetu(10)).await.unwrap();
    staking.add(hetu(10)).await.unwrap();
    staking.remove(hetu(10)).await.unwrap();
}

#[tokio::test]
async fn a_subnet_costs_what_its_contract_may_take() {
    let scene = Scene::new().await;
    let limited = under(&scene, SpendPolicy::new().max_value(hetu(99)));
    let refused = violation(limited.subnets().register(&new_subnet(), hetu(100)).await);
    assert_eq!(refused, PolicyViolation::Value { value: hetu(100), limit: hetu(99) });
    assert_eq!(scene.mined().await, 0, "it was refused before the first step");
    let limited = under(&scene, SpendPolicy::new().max_value(hetu(100)));
    limited.subnets().register(&new_subnet(), hetu(100)).await.unwrap();
}

#[tokio::test]
async fn all_transactions_of_a_period_spend_no_more_than_their_limit() {
    let scene = Scene::new().await;
    let clock = Arc::new(ManualClock::at(Duration::from_secs(1_700_000_000)));
    let day = Duration::from_secs(86_400);
    let policy =
        SpendPolicy::new().max_total(hetu(10), day).clock(Arc::<ManualClock>::clone(&clock));
    let limited = under(&scene, policy.clone());

    // The HETU is wrapped, approved and staked, and counts as six, not eighteen.
    limited.staking().add(hetu(6)).await.unwrap();
    limited.tokens().transfer(scene.friend, hetu(3)).await.unwrap();
    let clone = under(&scene, policy);
    let refused = violation(clone.tokens().transfer(scene.friend, hetu(2)).await);
    let PolicyViolation::Total { spent, value, .. } = refused else {
        panic!("{refused}");
    };
    assert_eq!((spent, value), (hetu(9), hetu(2)));
    assert!(refused.retryability().is_retryable());

    // A transaction that is refused for another reason does not count.
    let too_much = clone.tokens().transfer_wrapped(scene.friend, hetu(1)).await.unwrap_err();
    assert!(matches!(too_much, ChainError::Reverted { .. }), "{too_much}");
    clone.tokens().transfer(scene.friend, hetu(1)).await.unwrap();
    clock.advance(day + day / 100);
    clone.tokens().transfer(scene.friend, hetu(10)).await.unwrap();
}

#[tokio::test]
async fn a_transaction_that_was_not_taken_does_not_count() {
    let scene = Scene::new().await;
    let policy = SpendPolicy::new().max_total(hetu(10), Duration::from_secs(60));
    let limited = under(&scene, policy);
    let refusal = Fault::Error(-32_000, "transaction type not supported");
    scene.node.fail("eth_sendRawTransaction", 1, refusal);
    limited.tokens().transfer(scene.friend, hetu(10)).await.unwrap_err();
    limited.tokens().transfer(scene.friend, hetu(10)).await.unwrap();
    let spent = limited.tokens().transfer(scene.friend, wei(1)).await;
    assert!(matches!(violation(spent), PolicyViolation::Total { .. }));
}

#[tokio::test]
async fn concurrent_transactions_do_not_pass_the_limit_together() {
    let scene = Scene::new().await;
    let policy = SpendPolicy::new().max_total(wei(10), Duration::from_secs(3_600));
    let limited = under(&scene, policy);
    let friend = scene.friend;
    let sends = (0..30).map(|_| {
        let limited = limited.clone();
        tokio::spawn(async move { limited.tokens().transfer(friend, wei(1)).await.is_ok() })
    });
    let mut sent = 0;
    for send in sends.collect::<Vec<_>>() {
        sent += u128::from(send.await.unwrap());
    }
    assert_eq!((sent, scene.paid().await), (10, 10));
}

#[tokio::test]
async fn gas_costs_no_more_than_its_limit() {
    let scene = Scene::new().await;
    let cheap = under(&scene, SpendPolicy::new().max_fee_per_gas(wei(1)));
    let refused = violation(cheap.tokens().transfer(scene.friend, wei(1)).await);
    assert!(matches!(refused, PolicyViolation::FeePerGas { .. }), "{refused}");

    // A limit between the required and the default offer lowers the offer.
    let unlimited = scene.hetu.tokens().transfer(scene.friend, wei(1)).dry_run().await.unwrap();
    let limit = unlimited.max_fee().saturating_mul(3).checked_div(4).unwrap();
    let limited = under(&scene, SpendPolicy::new().max_fee(limit));
    let planned = limited.tokens().transfer(scene.friend, wei(1)).dry_run().await.unwrap();
    assert!(planned.max_fee() <= limit, "{planned:?}");

    scene.automine(false).await;
    let mut stuck = limited.tokens().transfer(scene.friend, wei(1)).send().await.unwrap();
    let refused = violation(stuck.bump_fees().await);
    assert!(matches!(refused, PolicyViolation::Fee { .. }), "{refused}");
}

#[tokio::test]
async fn only_contracts_on_the_list_get_calls_money_and_rights() {
    let scene = Scene::new().await;
    let contracts = scene.hetu.network().contracts;
    let allowed = [contracts.whetu, contracts.global_staking];
    let limited = under(&scene, SpendPolicy::new().allow_contracts(allowed));
    limited.staking().add(hetu(300)).await.unwrap();

    let tokens = limited.tokens();
    let (friend, one) = (scene.friend, hetu(1));
    let not_friend = PolicyViolation::Contract { address: friend };
    assert_eq!(violation(tokens.transfer(friend, one).await), not_friend);
    assert_eq!(violation(tokens.transfer_wrapped(friend, one).await), not_friend);
    assert_eq!(violation(tokens.approve(friend, one).await), not_friend);
    let registration = miner_of(NetUid::new(1), 200);
    let manager = PolicyViolation::Contract { address: contracts.dendron_manager };
    assert_eq!(violation(limited.dendrons().register(&registration).await), manager);
    let created = limited.transactions().create(vec![0]).await;
    assert_eq!(violation(created), PolicyViolation::Creation);
}

#[tokio::test]
async fn only_subnets_on_the_list_are_touched() {
    let scene = Scene::new().await;
    let owner = scene.chain.connect_as(1).await;
    let one = scene.chain.active_subnet().await;
    scene.chain.node.mine(2_000).await;
    let two = scene.chain.open_subnet(&owner).await;
    let limited = under(&scene, SpendPolicy::new().allow_netuids([one]));

    limited.dendrons().ensure(&validator_of(one, 500)).await.unwrap();
    limited.staking().add(hetu(600)).await.unwrap();
    let me = limited.address().unwrap();
    limited.weights().set(one, &[Weight { dendron: me, weight: 1 }]).await.unwrap();

    let other = PolicyViolation::Netuid { netuid: two };
    assert_eq!(violation(limited.staking().allocate(two, hetu(1)).await), other);
    assert_eq!(
        violation(limited.weights().set(two, &[Weight { dendron: me, weight: 1 }]).await),
        other
    );
    assert_eq!(violation(limited.dendrons().ensure(&miner_of(two, 200)).await), other);
    let new = limited.subnets().register(&new_subnet(), hetu(400)).await;
    assert_eq!(violation(new), PolicyViolation::NewSubnet);

    // The policy also applies to raw calls and to the token of the other subnet.
    let raw = owner.staking().allocate(two, hetu(1)).dry_run_as(me).await.unwrap();
    let staking = limited.network().contracts.global_staking;
    let call = limited.transactions().call(staking, "anything", raw.data, Amount::ZERO);
    assert_eq!(violation(call.await), other);
    let token = limited.subnets().info(two).await.unwrap().alpha_token;
    let data = approval(scene.friend);
    let call = limited.transactions().call(token, "approve", data.clone(), Amount::ZERO);
    assert_eq!(violation(call.await), other);
    let token = limited.subnets().info(one).await.unwrap().alpha_token;
    limited.transactions().call(token, "approve", data, Amount::ZERO).await.unwrap();
}

#[tokio::test]
async fn only_functions_on_the_list_are_called() {
    let scene = Scene::new().await;
    let limited = under(&scene, SpendPolicy::new().allow_functions(["deposit", "transfer"]));
    limited.tokens().wrap(hetu(2)).await.unwrap();
    limited.tokens().transfer(scene.friend, hetu(1)).await.unwrap();
    limited.tokens().transfer_wrapped(scene.friend, hetu(1)).await.unwrap();
    let refused = violation(limited.tokens().unwrap(hetu(1)).await);
    assert_eq!(refused, PolicyViolation::Function { function: "withdraw".into() });
    // The label that a caller gives to a call has no effect.
    let whetu = limited.network().contracts.whetu;
    let data = approval(scene.friend);
    let call = limited.transactions().call(whetu, "transfer", data, Amount::ZERO);
    assert_eq!(violation(call.await), PolicyViolation::Function { function: "approve".into() });
}

#[tokio::test]
async fn what_is_not_understood_is_refused_where_a_limit_depends_on_it() {
    let scene = Scene::new().await;
    let stranger = scene.friend;
    let call = |limited: &Hetutensor, to: Address, data: &[u8]| {
        let (limited, data) = (limited.clone(), data.to_vec());
        async move { limited.transactions().call(to, "mystery", data, Amount::ZERO).await }
    };
    let mystery = [0xde, 0xad, 0xbe, 0xef, 1];
    let whetu = scene.hetu.network().contracts.whetu;
    for policy in [
        SpendPolicy::new().max_value(hetu(1)),
        SpendPolicy::new().max_total(hetu(1), Duration::from_secs(60)),
        SpendPolicy::new().allow_netuids([1]),
        SpendPolicy::new().allow_functions(["transfer"]),
    ] {
        let limited = under(&scene, policy);
        for to in [stranger, whetu] {
            let refused = violation(call(&limited, to, &mystery).await);
            let expected =
                PolicyViolation::NotUnderstood { function: "0xdeadbeef".into(), address: to };
            assert_eq!(refused, expected);
        }
    }
    // A contract that the policy allows may use its earlier grants.
    let trusting = SpendPolicy::new().max_value(hetu(1)).allow_contracts([stranger]);
    call(&under(&scene, trusting.clone()), stranger, &mystery).await.unwrap();
    scene.hetu.tokens().approve(stranger, hetu(2)).await.unwrap();
    let refused = violation(call(&under(&scene, trusting), stranger, &mystery).await);
    assert_eq!(refused, PolicyViolation::Value { value: hetu(2), limit: hetu(1) });
}

#[tokio::test]
async fn a_permit_is_an_approval() {
    let scene = Scene::new().await;
    let policy = SpendPolicy::new().max_total(hetu(8), Duration::from_secs(3_600));
    let limited = under(&scene, policy);
    let permit = |value| limited.tokens().sign_permit(scene.friend, value, 2_000_000_000);
    let refused = violation(permit(hetu(9)).await);
    assert!(matches!(refused, PolicyViolation::Total { .. }), "{refused}");
    permit(hetu(5)).await.unwrap();
    let refused = violation(limited.tokens().transfer(scene.friend, hetu(4)).await);
    assert!(matches!(refused, PolicyViolation::Total { .. }), "{refused}");
}

#[tokio::test]
async fn a_trade_counts_what_the_pool_takes_once() {
    let scene = Scene::new().await;
    let netuid = scene.chain.active_subnet().await;
    let policy = SpendPolicy::new().max_total(hetu(8), Duration::from_secs(3_600));
    let limited = under(&scene, policy);
    let pool = limited.subnets().info(netuid).await.unwrap().pool;
    limited.tokens().provide(pool, hetu(5)).await.unwrap();
    let refused = violation(limited.tokens().transfer(scene.friend, hetu(4)).await);
    let PolicyViolation::Total { spent, .. } = refused else {
        panic!("{refused}");
    };
    assert_eq!(spent, hetu(5));
    // The calls are `swapHETUForAlpha(5 HETU, 0, receiver)`, to the wallet and to another account.
    let swap = |receiver: Address| {
        let amount = hetu(5).to_be_bytes();
        let receiver = [&[0; 12][..], receiver.as_bytes()].concat();
        [&SWAP[..], &amount, &[0; 32], &receiver].concat()
    };
    let me = limited.address().unwrap();
    limited.transactions().call(pool, "swap", swap(me), Amount::ZERO).await.unwrap();
    let refused = violation(limited.tokens().transfer(scene.friend, hetu(4)).await);
    let PolicyViolation::Total { spent, .. } = refused else {
        panic!("{refused}");
    };
    assert_eq!(spent, hetu(5), "the approval was counted already");

    let listed = SpendPolicy::new().allow_contracts([pool]);
    let call = swap(scene.friend);
    let call = under(&scene, listed).transactions().call(pool, "swap", call, Amount::ZERO).await;
    assert_eq!(violation(call), PolicyViolation::Contract { address: scene.friend });
}

#[tokio::test]
async fn a_replacement_is_checked_like_everything_that_is_signed() {
    let scene = Scene::new().await;
    scene.automine(false).await;
    let sent = scene.hetu.tokens().transfer(scene.friend, hetu(5)).send().await.unwrap();
    let small = under(&scene, SpendPolicy::new().max_value(hetu(4)));
    let refused = violation(small.transactions().replace(sent.hash()).await);
    assert_eq!(refused, PolicyViolation::Value { value: hetu(5), limit: hetu(4) });

    let policy = SpendPolicy::new().max_total(hetu(8), Duration::from_secs(3_600));
    let limited = under(&scene, policy);
    let mut newer = limited.transactions().replace(sent.hash()).await.unwrap();
    newer.bump_fees().await.unwrap();
    let refused = violation(limited.tokens().transfer(scene.friend, hetu(4)).await);
    let PolicyViolation::Total { spent, .. } = refused else {
        panic!("{refused}");
    };
    assert_eq!(spent, hetu(5), "counted once, though it was replaced twice");
}

/// Encodes `approve(spender, 1)`.
fn approval(spender: Address) -> Vec<u8> {
    let selector = [0x09, 0x5e, 0xa7, 0xb3];
    [&selector[..], &[0; 12], spender.as_bytes(), &[0; 31], &[1]].concat()
}
