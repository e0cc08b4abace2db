//! Registration in a subnet, and deregistration.

use hetu_chain::Amount;
use hetu_chain::client::EnsuredRegistration;
use hetu_chain::model::{HyperparameterChanges, RawEndpoint, Registration, Role};

use crate::setup::{chain, devnet_chain, miner_of, new_subnet, refusal, validator_of};

#[tokio::test]
async fn joining_stakes_registers_and_then_only_updates() {
    let chain = chain().await;
    let netuid = chain.active_subnet().await;
    let hetu = chain.connect_as(2).await;
    let me = hetu.address().unwrap();
    let mut wish = miner_of(netuid, 200);

    assert_eq!(hetu.dendrons().ensure(&wish).await.unwrap(), EnsuredRegistration::Registered);
    assert_eq!(hetu.dendrons().ensure(&wish).await.unwrap(), EnsuredRegistration::Unchanged);
    chain.node.mine(50).await;
    wish.endpoint = RawEndpoint::new("127.0.0.1", 8092);
    assert_eq!(hetu.dendrons().ensure(&wish).await.unwrap(), EnsuredRegistration::EndpointUpdated);

    let dendron = hetu.dendrons().get(netuid, me).await.unwrap().unwrap();
    assert_eq!((dendron.role, dendron.is_active), (Role::Miner, true));
    assert_eq!(dendron.stake, Amount::from_hetu(200));
    assert_eq!(dendron.endpoint, wish.endpoint);
    let stake = hetu.staking().stake_of(me).await.unwrap();
    assert_eq!((stake.spent, stake.available()), (Amount::from_hetu(1), Amount::ZERO));
}

#[tokio::test]
async fn roles_are_told_apart_and_strangers_are_nobody() {
    let chain = chain().await;
    let netuid = chain.active_subnet().await;
    let miner = chain.connect_as(2).await;
    let validator = chain.connect_as(3).await;
    miner.dendrons().ensure(&miner_of(netuid, 200)).await.unwrap();
    validator.dendrons().ensure(&validator_of(netuid, 500)).await.unwrap();

    let addresses = |dendrons: Vec<hetu_chain::model::Dendron>| {
        dendrons.into_iter().map(|dendron| dendron.address).collect::<Vec<_>>()
    };
    let dendrons = miner.dendrons();
    assert_eq!(addresses(dendrons.miners(netuid).await.unwrap()), [miner.address().unwrap()]);
    assert_eq!(
        addresses(dendrons.validators(netuid).await.unwrap()),
        [validator.address().unwrap()]
    );
    let stranger = chain.wallet(4).address();
    assert_eq!(dendrons.get(netuid, stranger).await.unwrap(), None);
}

#[tokio::test]
async fn stake_below_the_threshold_is_refused_or_ends_the_role() {
    let chain = chain().await;
    let netuid = chain.active_subnet().await;
    let hetu = chain.connect_as(2).await;
    let too_little = validator_of(netuid, 499);
    let error = hetu.dendrons().ensure(&too_little).await.unwrap_err();
    assert!(error.is_revert("INSUFFICIENT_VALIDATOR_STAKE"), "{error}");

    let enough = Registration { stake: Amount::from_hetu(500), ..too_little };
    hetu.dendrons().ensure(&enough).await.unwrap();
    hetu.staking().deallocate(netuid, Amount::from_hetu(1)).await.unwrap();
    let dendron = hetu.dendrons().get(netuid, hetu.address().unwrap()).await.unwrap().unwrap();
    assert_eq!((dendron.is_active, dendron.stake), (false, Amount::from_hetu(499)));
}

#[tokio::test]
async fn leaving_releases_the_stake() {
    let chain = chain().await;
    let netuid = chain.active_subnet().await;
    let hetu = chain.connect_as(2).await;
    let me = hetu.address().unwrap();
    hetu.dendrons().ensure(&miner_of(netuid, 200)).await.unwrap();
    hetu.dendrons().deregister(netuid).await.unwrap();
    assert_eq!(hetu.dendrons().get(netuid, me).await.unwrap(), None);
    let stake = hetu.staking().stake_of(me).await.unwrap();
    assert_eq!(stake.available(), Amount::from_hetu(200));
}

#[tokio::test]
async fn dendrons_are_counted_and_asked_for_one_by_one() {
    let chain = chain().await;
    let netuid = chain.active_subnet().await;
    let (miner, validator) = (chain.connect_as(2).await, chain.connect_as(3).await);
    miner.dendrons().ensure(&miner_of(netuid, 200)).await.unwrap();
    validator.dendrons().ensure(&validator_of(netuid, 500)).await.unwrap();
    let (first, second) = (miner.address().unwrap(), validator.address().unwrap());
    let stranger = chain.wallet(4).address();
    let dendrons = miner.dendrons();
    assert_eq!(dendrons.count(netuid).await.unwrap(), 2);
    assert_eq!(dendrons.validator_count(netuid).await.unwrap(), 1);
    assert_eq!(dendrons.addresses(netuid).await.unwrap(), [first, second]);
    assert_eq!(dendrons.validator_addresses(netuid).await.unwrap(), [second]);
    assert!(dendrons.is_dendron(netuid, first).await.unwrap());
    assert!(!dendrons.is_validator(netuid, first).await.unwrap());
    assert_eq!(dendrons.role_of(netuid, first).await.unwrap(), Some(Role::Miner));
    assert_eq!(dendrons.role_of(netuid, second).await.unwrap(), Some(Role::Validator));
    assert_eq!(dendrons.role_of(netuid, stranger).await.unwrap(), None);
    let known = dendrons.get_many(netuid, &[stranger, second, first]).await.unwrap();
    let known: Vec<_> = known.iter().map(|dendron| dendron.address).collect();
    assert_eq!(known, [second, first], "in the order asked for");
}

#[tokio::test]
async fn a_registration_says_what_it_cost_and_costs_no_more_than_allowed() {
    let chain = chain().await;
    let netuid = chain.active_subnet().await;
    let hetu = chain.connect_as(2).await;
    hetu.staking().add(Amount::from_hetu(300)).await.unwrap();
    let wish = miner_of(netuid, 200);
    let low = Amount::from_wei(1);
    let error = hetu.dendrons().register_for_at_most(&wish, low).await.unwrap_err();
    assert_eq!(refusal(error), "RegistrationCostTooHigh");
    let cost = Amount::from_hetu(1);
    let joined = hetu.dendrons().register_for_at_most(&wish, cost).await.unwrap();
    assert_eq!((joined.role, joined.stake, joined.cost), (Role::Miner, wish.stake, cost));
    let again = hetu.dendrons().register(&wish).await.unwrap_err();
    assert!(again.is_revert("ALREADY_REGISTERED"), "{again}");
    let moved = RawEndpoint::new("127.0.0.1", 8_099);
    let none = RawEndpoint::default();
    hetu.dendrons().update_endpoints(netuid, &moved, &none).await.unwrap();
    let error = hetu.dendrons().update_endpoints(netuid, &moved, &none).await.unwrap_err();
    assert_eq!(refusal(error), "ServingRateLimited");
}

#[tokio::test]
async fn an_inactive_dendron_is_pruned_once_its_immunity_is_over() {
    let chain = chain().await;
    let netuid = chain.active_subnet().await;
    let (owner, hetu) = (chain.connect_as(1).await, chain.connect_as(2).await);
    let account = hetu.address().unwrap();
    let error = owner.dendrons().prune(netuid, account).await.unwrap_err();
    assert_eq!(refusal(error), "NotRegistered");
    hetu.dendrons().ensure(&miner_of(netuid, 200)).await.unwrap();
    let error = owner.dendrons().prune(netuid, account).await.unwrap_err();
    assert_eq!(refusal(error), "NeuronActive");

    let raised = HyperparameterChanges {
        dendron_threshold: Some(Amount::from_hetu(300)),
        immunity_period: Some(10),
        ..Default::default()
    };
    owner.subnets().change_hyperparameters(netuid, &raised).await.unwrap().await.unwrap();
    let stake = Amount::from_hetu(200);
    let error =
        owner.dendrons().reconcile(netuid, account, Amount::from_hetu(9)).await.unwrap_err();
    assert_eq!(refusal(error), "AllocationMismatch");
    assert!(hetu.dendrons().get(netuid, account).await.unwrap().unwrap().is_active);
    owner.dendrons().reconcile(netuid, account, stake).await.unwrap();
    assert!(!hetu.dendrons().get(netuid, account).await.unwrap().unwrap().is_active);

    let error = owner.dendrons().prune(netuid, account).await.unwrap_err();
    assert_eq!(refusal(error), "NeuronImmune");
    chain.node.mine(11).await;
    owner.dendrons().prune(netuid, account).await.unwrap();
    assert_eq!(hetu.dendrons().get(netuid, account).await.unwrap(), None);
    assert_eq!(hetu.staking().available(account).await.unwrap(), stake, "nothing is lost");
}

#[tokio::test]
async fn registration_waits_for_a_later_block_while_one_is_full_and_pays_nothing_for_it() {
    let chain = devnet_chain().await;
    let netuid = chain.active_subnet().await;
    let (first, second) = (chain.connect_as(2).await, chain.connect_as(3).await);
    for hetu in [&first, &second] {
        hetu.staking().add(Amount::from_hetu(300)).await.unwrap();
    }
    let account = second.address().unwrap();
    let before = second.transactions().count(account).await.unwrap();
    chain.node.set_automine(false).await;
    let mut sent = first.dendrons().register(&miner_of(netuid, 200)).send().await.unwrap();
    let joining = tokio::spawn(async move {
        let wish = miner_of(netuid, 200);
        let quote = second.dendrons().quote(&wish).await?;
        second.dendrons().join(&wish, &quote).await
    });
    while !joining.is_finished() {
        chain.node.mine(1).await;
        tokio::task::yield_now().await;
    }
    sent.confirmed().await.unwrap();
    joining.await.unwrap().unwrap();
    let sent = first.transactions().count(account).await.unwrap() - before;
    assert_eq!(sent, 1, "what the full block would have refused was not sent");
}

#[tokio::test]
async fn joining_an_inactive_subnet_stakes_nothing() {
    let chain = chain().await;
    let owner = chain.connect_as(1).await;
    let price = owner.subnets().lock_cost().await.unwrap();
    let netuid = owner.subnets().register(&new_subnet(), price).await.unwrap().netuid;
    let hetu = chain.connect_as(2).await;
    let error = hetu.dendrons().ensure(&miner_of(netuid, 200)).await.unwrap_err();
    assert!(error.is_revert("SUBNET_NOT_ACTIVE"), "{error}");
    assert_eq!(hetu.transactions().count(hetu.address().unwrap()).await.unwrap(), 0);
}
