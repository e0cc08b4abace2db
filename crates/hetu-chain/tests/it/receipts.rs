//! The contents of receipts.

use hetu_chain::model::{
    ChainEvent, DendronEvent, Role, StakingEvent, SubnetEvent, Token, TokenEvent, WeightsEvent,
};
use hetu_chain::{Amount, NetUid};

use crate::setup::{chain, miner_of, new_subnet, validator_of, weight};

#[tokio::test]
async fn a_receipt_holds_the_events_of_contracts_that_its_transaction_created() {
    let chain = chain().await;
    let owner = chain.connect_as(1).await;
    let registered = owner.subnets().register(&new_subnet(), Amount::from_hetu(100)).await.unwrap();
    let netuid = NetUid::new(1);
    let events = registered.receipt.events;

    let Some(ChainEvent::Subnet(SubnetEvent::Registered { alpha_token, name, .. })) = events
        .iter()
        .find(|event| matches!(event, ChainEvent::Subnet(SubnetEvent::Registered { .. })))
    else {
        panic!("{events:?}");
    };
    assert_eq!(name, "Sums");
    assert_eq!(*alpha_token, owner.subnets().info(netuid).await.unwrap().alpha_token);
    let minted = |event: &ChainEvent| matches!(event, ChainEvent::Token(TokenEvent::Minted { netuid: of, .. }) if *of == netuid);
    assert!(events.iter().any(minted), "{events:?}");
    let spent = |event: &ChainEvent| {
        matches!(event, ChainEvent::Token(TokenEvent::Transferred { token: Token::Whetu, .. }))
    };
    assert!(events.iter().any(spent), "{events:?}");
}

#[tokio::test]
async fn events_name_who_did_what_in_our_types() {
    let chain = chain().await;
    let netuid = chain.active_subnet().await;
    let (miner, validator) = (chain.connect_as(2).await, chain.connect_as(3).await);
    let (judged, judge) = (miner.address().unwrap(), validator.address().unwrap());
    let stake = Amount::from_hetu(201);

    let staked = miner.staking().add(stake).await.unwrap();
    let added = StakingEvent::Added { account: judged, amount: stake };
    assert!(staked.events.contains(&ChainEvent::Staking(added)), "{:?}", staked.events);

    let wish = miner_of(netuid, 200);
    let joined = miner.dendrons().register(&wish).await.unwrap();
    let registered = DendronEvent::Registered {
        netuid,
        account: judged,
        stake: wish.stake,
        role: Role::Miner,
        requested_role: Role::Miner,
        endpoint: wish.endpoint,
        metrics_endpoint: wish.metrics_endpoint,
    };
    assert!(
        joined.receipt.events.contains(&ChainEvent::Dendron(registered)),
        "{:?}",
        joined.receipt.events
    );

    validator.dendrons().ensure(&validator_of(netuid, 500)).await.unwrap();
    let set = validator.weights().set(netuid, &[weight(judged, 3)]).await.unwrap();
    let [ChainEvent::Weights(WeightsEvent::Set { validator, weights, .. })] = &set.events[..]
    else {
        panic!("{:?}", set.events);
    };
    assert_eq!((*validator, weights[0].dendron, weights[0].weight), (judge, judged, 3));
}

#[tokio::test]
async fn a_receipt_says_what_its_gas_cost() {
    let chain = chain().await;
    let hetu = chain.connect_as(2).await;
    let me = hetu.address().unwrap();
    let before = hetu.tokens().balance(me).await.unwrap();
    let receipt = hetu.tokens().wrap(Amount::from_hetu(1)).await.unwrap();
    let paid = before.checked_sub(hetu.tokens().balance(me).await.unwrap()).unwrap();
    assert_eq!(receipt.fee.map(|fee| fee.saturating_add(Amount::from_hetu(1))), Some(paid));
}

#[tokio::test]
async fn what_has_to_come_first_can_be_made_step_by_step() {
    let chain = chain().await;
    let hetu = chain.connect_as(2).await;
    let (steps, last) = hetu.staking().add(Amount::from_hetu(1)).in_steps().await.unwrap();
    let functions: Vec<_> = steps.iter().map(|step| step.function().to_owned()).collect();
    assert_eq!(functions, ["deposit", "approve"]);
    for step in steps {
        step.await.unwrap();
    }
    assert_eq!(last.function(), "addGlobalStake");
    let (none, last) = last.in_steps().await.unwrap();
    assert!(none.is_empty());
    last.await.unwrap();
    let stake = hetu.staking().stake_of(hetu.address().unwrap()).await.unwrap();
    assert_eq!(stake.total, Amount::from_hetu(1));
}
