//! Reads of whole lists, by each method that nodes support.

use hetu_chain::model::{HyperparameterChanges, Role, Subnet};
use hetu_chain::rpc::BlockRef;
use hetu_chain::{Amount, ChainError, Hetutensor, NetUid};
use hetu_devnet::{Devnet, DevnetLimits, Population};
use serde_json::Value;

use crate::gateway::{Gateway, Refuses};
use crate::setup::{chain, miner_of, new_subnet, validator_of, weight};

const NO_OVERRIDES: Refuses = |params| params.len() > 2;
const NO_CREATION: Refuses = |params| params.len() > 2 || params[0].get("to").is_none();
const NOTHING: Refuses = |_| false;

/// Registers a subnet with `miners` miners.
async fn crowded(devnet: &Devnet, miners: u16) -> NetUid {
    let owner = devnet.connect_as(1).await.unwrap();
    let rules =
        HyperparameterChanges { max_registrations_per_block: Some(10), ..Default::default() };
    let limit = Amount::from_hetu(100);
    let registered = owner.subnets().register_with(&new_subnet(), &rules, limit).await.unwrap();
    owner.subnets().activate(registered.netuid).await.unwrap();
    let rules = owner.subnets().hyperparameters(registered.netuid).await.unwrap();
    let crowd = Population {
        netuid: registered.netuid,
        miners,
        stake: rules.dendron_threshold,
        cost: rules.base_dendron_cost,
        per_block: rules.max_registrations_per_block,
    };
    devnet.populate(2, crowd).await.unwrap();
    registered.netuid
}

#[tokio::test]
async fn a_subnet_of_4096_is_read_in_at_most_twelve_calls_whatever_way_the_node_leaves_open() {
    let devnet = Devnet::builder().start().await.unwrap();
    let netuid = crowded(&devnet, 4_096).await;
    let direct = devnet.connect_as(1).await.unwrap();
    let accounts = direct.dendrons().addresses(netuid).await.unwrap();
    let expected = direct.dendrons().get_many(netuid, &accounts).await.unwrap();
    assert_eq!(expected.len(), 4_096);

    for (refuses, is_deployed) in [(NOTHING, true), (NOTHING, false), (NO_OVERRIDES, false)] {
        let gateway = Gateway::to(&devnet, refuses).await;
        let network = if is_deployed { gateway.network() } else { gateway.network_without_lens() };
        let hetu = Hetutensor::connect(network).await.unwrap();
        gateway.take_count();
        let snapshot = hetu.subnets().snapshot(netuid).await.unwrap();
        let first_calls = gateway.take_count();
        assert!(first_calls <= 12, "{first_calls}");
        assert_eq!(snapshot.dendrons, expected);
        assert_eq!(snapshot.block, direct.block().await.unwrap());
        assert_eq!(snapshot.subnet, direct.subnets().info(netuid).await.unwrap());
        assert_eq!(snapshot.hyperparameters.max_registrations_per_block, 10);

        hetu.subnets().snapshot(netuid).await.unwrap();
        let later_calls = gateway.take_count();
        assert!(later_calls < first_calls, "the way is remembered");
    }
}

#[tokio::test]
async fn a_node_that_runs_no_code_of_ours_is_read_one_by_one() {
    let devnet = Devnet::builder().start().await.unwrap();
    let netuid = crowded(&devnet, 120).await;
    let gateway = Gateway::to(&devnet, NO_CREATION).await;
    let hetu = Hetutensor::connect(gateway.network_without_lens()).await.unwrap();
    let snapshot = hetu.subnets().snapshot(netuid).await.unwrap();
    let direct = devnet.connect_as(1).await.unwrap();
    assert_eq!(snapshot.dendrons, direct.dendrons().all(netuid).await.unwrap());
    assert_eq!(snapshot.dendrons.len(), 120);
    assert_eq!(hetu.subnets().list().await.unwrap(), direct.subnets().list().await.unwrap());
    let rules = hetu.subnets().all_hyperparameters().await.unwrap();
    assert_eq!(rules, direct.subnets().all_hyperparameters().await.unwrap());
    assert_eq!(hetu.weights().rows(netuid).await.unwrap(), []);
}

#[tokio::test]
async fn pages_shrink_until_the_node_manages_and_stay_short() {
    let mut limits = DevnetLimits::default();
    limits.call_gas = 6_000_000;
    let devnet = Devnet::builder().limits(limits).start().await.unwrap();
    let netuid = crowded(&devnet, 800).await;
    let gateway = Gateway::to(&devnet, NOTHING).await;
    let hetu = Hetutensor::connect(gateway.network()).await.unwrap();
    gateway.take_count();
    assert_eq!(hetu.dendrons().all(netuid).await.unwrap().len(), 800);
    let first = gateway.take_count();
    assert_eq!(hetu.dendrons().all(netuid).await.unwrap().len(), 800);
    let second = gateway.take_count();
    assert!(second < first && second < 12, "{first} calls, then {second}");
}

#[tokio::test]
async fn what_a_page_says_of_a_dendron_is_what_its_record_says() {
    let chain = chain().await;
    let netuid = chain.active_subnet().await;
    let (miner, validator) = (chain.connect_as(2).await, chain.connect_as(3).await);
    let mut registration = miner_of(netuid, 250);
    registration.metrics_endpoint = hetu_chain::model::RawEndpoint::new("метрики.example", 9_090);
    miner.dendrons().ensure(&registration).await.unwrap();
    validator.dendrons().ensure(&validator_of(netuid, 500)).await.unwrap();
    validator.staking().deallocate(netuid, Amount::from_hetu(1)).await.unwrap();

    let accounts = [miner.address().unwrap(), validator.address().unwrap()];
    let by_record = miner.dendrons().get_many(netuid, &accounts).await.unwrap();
    let by_page = miner.dendrons().all(netuid).await.unwrap();
    assert_eq!(by_page, by_record);
    assert_eq!(by_page[0].metrics_endpoint, registration.metrics_endpoint);
    let roles: Vec<_> = by_page.iter().map(|dendron| (dendron.role, dendron.is_active)).collect();
    assert_eq!(roles, [(Role::Miner, true), (Role::Validator, false)]);
}

#[tokio::test]
async fn a_snapshot_is_of_the_block_that_the_client_is_pinned_to() {
    let chain = chain().await;
    let netuid = chain.active_subnet().await;
    let hetu = chain.connect_as(2).await;
    let before = hetu.block().await.unwrap();
    hetu.dendrons().ensure(&miner_of(netuid, 200)).await.unwrap();
    for pinned in [BlockRef::Hash(before.id.hash), BlockRef::Number(before.id.number)] {
        let snapshot = hetu.at(pinned).subnets().snapshot(netuid).await.unwrap();
        assert_eq!((snapshot.block, snapshot.dendrons.len()), (before, 0));
    }
    let now = hetu.subnets().snapshot(netuid).await.unwrap();
    assert_eq!((now.block, now.dendrons.len()), (hetu.block().await.unwrap(), 1));
}

#[tokio::test]
async fn a_subnet_that_is_not_there_has_no_snapshot() {
    let chain = chain().await;
    let hetu = chain.connect().await;
    let error = hetu.subnets().snapshot(NetUid::new(7)).await.unwrap_err();
    assert!(matches!(error, ChainError::NoSubnet(netuid) if netuid.get() == 7), "{error}");
}

#[tokio::test]
async fn lists_of_subnets_rules_and_weights_are_what_single_reads_say() {
    let chain = chain().await;
    let hetu = chain.connect_as(3).await;
    assert!(hetu.subnets().list().await.unwrap().is_empty());

    let first = chain.active_subnet().await;
    chain.node.mine(101).await;
    let second = chain.active_subnet().await;
    let miner = chain.connect_as(2).await;
    miner.dendrons().ensure(&miner_of(first, 200)).await.unwrap();
    hetu.dendrons().ensure(&validator_of(first, 500)).await.unwrap();
    let judged = weight(miner.address().unwrap(), 7);
    let set = hetu.weights().set(first, &[judged]).await.unwrap();

    let listed = hetu.subnets().list().await.unwrap();
    let netuids: Vec<_> = listed.iter().map(|details| details.subnet.netuid).collect();
    assert_eq!(netuids, [first, second]);
    assert_eq!(listed[1], hetu.subnets().details(second).await.unwrap());
    let Subnet { name, is_active, .. } = &listed[0].subnet;
    assert_eq!((name.as_str(), *is_active), ("Sums", true));

    let rules = hetu.subnets().all_hyperparameters().await.unwrap();
    let expected = hetu.subnets().hyperparameters(second).await.unwrap();
    assert_eq!((rules.len(), rules[1]), (2, (second, expected)));

    let rows = hetu.weights().rows(first).await.unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].validator, hetu.address().unwrap());
    assert_eq!((rows[0].last_set, &rows[0].weights[..]), (Some(set.block.number), &[judged][..]));
}

#[tokio::test]
async fn an_address_without_a_lens_is_passed_over() {
    let chain = chain().await;
    let netuid = chain.active_subnet().await;
    let gateway = Gateway::to(&chain.node, NOTHING).await;
    let mut network = gateway.network();
    // There is a contract at this address, so the connection succeeds; but the contract is not a
    // Lens.
    network.contracts.lens = Some(network.contracts.whetu);
    let hetu = Hetutensor::connect(network).await.unwrap();
    assert!(hetu.dendrons().all(netuid).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_node_that_stops_taking_overrides_is_read_in_another_way() {
    static REFUSING: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);
    let refuses: Refuses =
        |params: &[Value]| params.len() > 2 && REFUSING.load(std::sync::atomic::Ordering::Relaxed);
    let chain = chain().await;
    let netuid = chain.active_subnet().await;
    chain.connect_as(2).await.dendrons().ensure(&miner_of(netuid, 200)).await.unwrap();
    let gateway = Gateway::to(&chain.node, refuses).await;
    let hetu = Hetutensor::connect(gateway.network_without_lens()).await.unwrap();
    assert_eq!(hetu.dendrons().all(netuid).await.unwrap().len(), 1);
    REFUSING.store(true, std::sync::atomic::Ordering::Relaxed);
    assert_eq!(hetu.dendrons().all(netuid).await.unwrap().len(), 1, "at once, one by one");
    assert_eq!(hetu.dendrons().all(netuid).await.unwrap().len(), 1, "then by creation");
}
