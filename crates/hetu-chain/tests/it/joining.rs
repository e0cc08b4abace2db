//! Taking part in a subnet, and leaving it.

use hetu_chain::{Amount, Membership, RawEndpoint, Registration, Role};

use crate::setup::{chain, miner_of, validator_of};

#[tokio::test]
async fn joining_stakes_registers_and_then_only_updates() {
    let chain = chain().await;
    let netuid = chain.active_subnet().await;
    let hetu = chain.connect_as(2).await;
    let me = hetu.address().unwrap();
    let mut wish = miner_of(netuid, 200);

    assert_eq!(hetu.dendrons().ensure(&wish).await.unwrap(), Membership::Registered);
    assert_eq!(hetu.dendrons().ensure(&wish).await.unwrap(), Membership::Unchanged);
    chain.devnet.mine(50).await;
    wish.endpoint = RawEndpoint::new("127.0.0.1", 8092);
    assert_eq!(hetu.dendrons().ensure(&wish).await.unwrap(), Membership::EndpointUpdated);

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

    let addresses = |dendrons: Vec<hetu_chain::Dendron>| {
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
