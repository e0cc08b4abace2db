//! Following the chain: every event once, in order, whatever happens to the wire and the chain.

use std::time::Duration;

use hetu_chain::{
    Address, Amount, BlockHash, ChainEvent, DendronEvent, EventError, EventGroup, EventNotice,
    EventStream, Events, Hetutensor, NetUid, PoolEvent, StakingEvent, SubnetEvent, TokenEvent,
    TransportOptions, WeightsEvent, keccak256,
};
use hetu_devnet::{Devnet, Reorg};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::faulty_node::{Fault, FaultyNode, is_call_of, rpc};
use crate::ledger::{Ledger, logs_of_node};
use crate::node::Listens;
use crate::proxy::Proxy;
use crate::setup::{Chain, chain, miner_of, validator_of};

const POLL: Duration = Duration::from_millis(10);

fn impatient() -> TransportOptions {
    TransportOptions::default()
        .attempt_limit(Duration::from_millis(300))
        .call_limit(Duration::from_secs(2))
}

async fn connect(chain: &Chain, endpoints: Vec<hetu_chain::RpcUrl>) -> Hetutensor {
    let mut network = chain.network.clone();
    network.endpoints = endpoints;
    Hetutensor::connect_with(network, &impatient()).await.unwrap()
}

fn quick(hetu: &Hetutensor) -> Events {
    hetu.events().poll_interval(POLL)
}

async fn stake(hetu: &Hetutensor, amount: u64) {
    hetu.staking().add(Amount::from_hetu(amount)).await.unwrap();
}

async fn snapshot(chain: &Chain) -> Value {
    rpc(&chain.node, "evm_snapshot", json!([])).await
}

/// Drops what came after the snapshot, and mines as many others and `longer` more.
async fn take_another_turn(chain: &Chain, snapshot: Value, longer: u64) {
    let height = chain.node.block_number().await;
    assert_eq!(rpc(&chain.node, "evm_revert", json!([snapshot])).await, json!(true));
    rpc(&chain.node, "evm_increaseTime", json!([1_000])).await;
    chain.node.mine(height - chain.node.block_number().await + longer).await;
}

/// A subnet beside those that there are: registrations keep a distance.
async fn another_subnet(chain: &Chain) -> NetUid {
    chain.node.mine(101).await;
    chain.active_subnet().await
}

#[tokio::test]
async fn what_happens_is_told_in_order_with_contracts_of_new_subnets() {
    let chain = chain().await;
    let hetu = chain.connect().await;
    let first = hetu.block().await.unwrap().id.number + 1;
    let mut stream = quick(&hetu).from_block(first).follow();

    let netuid = chain.active_subnet().await;
    let (miner, validator) = (chain.connect_as(2).await, chain.connect_as(3).await);
    let (judged, judge) = (miner.address().unwrap(), validator.address().unwrap());
    miner.dendrons().ensure(&miner_of(netuid, 200)).await.unwrap();
    validator.dendrons().ensure(&validator_of(netuid, 500)).await.unwrap();
    validator
        .weights()
        .set(netuid, &[hetu_chain::Weight { dendron: judged, weight: 7 }])
        .await
        .unwrap();

    let mut ledger = Ledger::default();
    ledger.follow_to_head(&mut stream, &hetu).await;
    assert_eq!(ledger.positions(), logs_of_node(&chain, first).await);
    assert_eq!(ledger.blocks[0].number, first);

    let at = |wanted: &dyn Fn(&ChainEvent) -> bool| {
        ledger.events.iter().position(|logged| wanted(&logged.event)).expect("not told")
    };
    use ChainEvent::{Dendron, Pool, Staking, Subnet, Token, Weights};
    let told = [
        at(&|event| matches!(event, Token(TokenEvent::Minted { netuid: of, .. }) if *of == netuid)),
        at(
            &|event| matches!(event, Pool(PoolEvent::ReservesChanged { netuid: of, .. }) if *of == netuid),
        ),
        at(&|event| matches!(event, Subnet(SubnetEvent::Registered { .. }))),
        at(&|event| matches!(event, Subnet(SubnetEvent::Activated { .. }))),
        at(
            &|event| matches!(event, Staking(StakingEvent::Added { account, .. }) if *account == judged),
        ),
        at(
            &|event| matches!(event, Dendron(DendronEvent::Registered { account, .. }) if *account == judged),
        ),
        at(
            &|event| matches!(event, Weights(WeightsEvent::Set { validator, .. }) if *validator == judge),
        ),
    ];
    assert!(told.is_sorted(), "{told:?}");
}

#[tokio::test]
async fn following_from_now_begins_with_the_newest_block() {
    let chain = chain().await;
    let hetu = chain.connect_as(2).await;
    stake(&hetu, 1).await;
    let head = hetu.block().await.unwrap();
    let mut stream = quick(&hetu).follow();
    assert_eq!(stream.next().await.unwrap().unwrap(), EventNotice::Block(head));
    stake(&hetu, 2).await;
    let mut ledger = Ledger::default();
    ledger.follow_to_head(&mut stream, &hetu).await;
    assert!(ledger.events.iter().all(|event| event.block.number > head.id.number));
    assert!(!ledger.events.is_empty());
}

#[tokio::test]
async fn a_resumed_stream_repeats_nothing_and_leaves_nothing_out() {
    let chain = chain().await;
    let hetu = chain.connect_as(2).await;
    let first = hetu.block().await.unwrap().id.number + 1;
    for amount in 1..=6 {
        stake(&hetu, amount).await;
    }
    let mut whole = Ledger::default();
    whole.follow_to_head(&mut quick(&hetu).from_block(first).follow(), &hetu).await;

    let mut parts = Ledger::default();
    let mut stream = quick(&hetu).from_block(first).follow();
    while parts.blocks.last() != whole.blocks.last() {
        parts.follow_one(&mut stream).await;
        if let Some(block) = parts.checkpoint() {
            drop(stream);
            stream = quick(&hetu).resume_after(block).follow();
        }
    }
    assert_eq!(parts.events, whole.events);
    assert_eq!(parts.blocks, whole.blocks);
}

#[tokio::test]
async fn subnets_and_groups_can_be_chosen() {
    let chain = chain().await;
    let hetu = chain.connect_as(2).await;
    let one = chain.active_subnet().await;
    let other = another_subnet(&chain).await;
    for netuid in [one, other] {
        hetu.dendrons().ensure(&miner_of(netuid, 200)).await.unwrap();
    }
    let read = async |events: Events| {
        let mut ledger = Ledger::default();
        ledger.follow_to_head(&mut events.from_block(0).follow(), &hetu).await;
        ledger.events
    };
    let of_one = read(quick(&hetu).netuid(one)).await;
    assert!(of_one.iter().all(|logged| logged.event.netuid() == Some(one)));
    let dendrons = read(quick(&hetu).netuid(other).group(EventGroup::Dendron)).await;
    assert_eq!(dendrons.len(), 1, "{dendrons:?}");
    let tokens = read(quick(&hetu).netuid(other).group(EventGroup::Token)).await;
    assert!(!tokens.is_empty());
    let all = read(quick(&hetu)).await;
    let expected = all.iter().filter(|logged| logged.event.netuid() == Some(one));
    assert_eq!(of_one, expected.cloned().collect::<Vec<_>>());
}

#[tokio::test]
async fn a_stranger_cannot_inject_events() {
    let chain = chain().await;
    let hetu = chain.connect_as(2).await;
    let mut stream = quick(&hetu).follow();
    let mut ledger = Ledger::default();
    ledger.follow_one(&mut stream).await;
    // Logs 32 zero bytes under the two topics, as GlobalStaking does when somebody stakes.
    let mut code = vec![0x7f];
    code.extend([0; 12]);
    code.extend(hetu.address().unwrap().as_bytes());
    code.push(0x7f);
    code.extend(keccak256("GlobalStakeAdded(address,uint256)"));
    code.extend([0x60, 0x20, 0x60, 0x00, 0xa2, 0x00]);
    let receipt = hetu.transactions().create(code).await.unwrap();
    assert_eq!(receipt.events, []);
    stake(&hetu, 1).await;
    ledger.follow_to_head(&mut stream, &hetu).await;
    let staked =
        |event: &ChainEvent| matches!(event, ChainEvent::Staking(StakingEvent::Added { .. }));
    assert_eq!(ledger.events.iter().filter(|logged| staked(&logged.event)).count(), 1);
    assert!(ledger.events.iter().all(|logged| Some(logged.contract) != receipt.created));
}

#[tokio::test]
async fn unconfirmed_blocks_are_held_back() {
    let chain = chain().await;
    let hetu = chain.connect_as(2).await;
    let mut stream = quick(&hetu).confirmations(3).follow();
    let mut ledger = Ledger::default();
    ledger.follow_one(&mut stream).await;
    stake(&hetu, 1).await;
    let staked_at = hetu.block().await.unwrap().id;
    chain.node.mine(3).await;
    while ledger.blocks.last() != Some(&staked_at) {
        ledger.follow_one(&mut stream).await;
    }
    let more = tokio::time::timeout(POLL * 10, stream.next()).await;
    assert!(more.is_err(), "{more:?}");
}

#[tokio::test]
async fn a_subscription_tells_of_blocks_long_before_the_next_poll() {
    let chain = chain().await;
    let proxy = Proxy::to(chain.node.address()).await;
    let hetu = connect(&chain, vec![proxy.http(), proxy.ws()]).await;
    let hetu = hetu.with_wallet(chain.wallet(2));
    let mut stream = hetu.events().poll_interval(Duration::from_secs(3_600)).follow();
    let mut ledger = Ledger::default();
    ledger.follow_one(&mut stream).await;
    // The first wait ends when the subscription is there, every other one when it calls.
    for amount in 1..=3 {
        let (_, ()) = tokio::join!(stake(&hetu, amount), ledger.follow_one(&mut stream));
        ledger.follow_to_head(&mut stream, &hetu).await;
    }
    drop(stream);
    drop(hetu);
    let deadline = Instant::now() + Duration::from_secs(10);
    while proxy.open() > 0 {
        assert!(Instant::now() < deadline, "the subscription outlives the stream");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn subscriptions_that_hang_break_or_fall_silent_are_made_up_for_by_polling() {
    let chain = chain().await;
    let wire = Proxy::to(chain.node.address()).await;
    for fault in [Proxy::stall, Proxy::kill, Proxy::cut] {
        for is_late in [false, true] {
            wire.connect(chain.node.address());
            if !is_late {
                fault(&wire);
            }
            let http = chain.network.endpoints[0].clone();
            let hetu = connect(&chain, vec![wire.ws(), http]).await.with_wallet(chain.wallet(2));
            let mut stream = quick(&hetu).follow();
            let mut ledger = Ledger::default();
            ledger.follow_one(&mut stream).await;
            for amount in 1..=5 {
                if is_late && amount == 3 {
                    fault(&wire);
                }
                stake(&hetu, amount).await;
                ledger.follow_to_head(&mut stream, &hetu).await;
            }
        }
    }
}

#[tokio::test]
async fn a_node_that_goes_away_and_comes_back_is_followed_on() {
    let chain = chain().await;
    let wire = Proxy::to(chain.node.address()).await;
    let hetu = connect(&chain, vec![wire.http(), wire.ws()]).await;
    let staker = chain.connect_as(2).await;
    let first = hetu.block().await.unwrap().id.number + 1;
    let mut stream = quick(&hetu).from_block(first).follow();
    let mut ledger = Ledger::default();
    for fault in [Proxy::kill, Proxy::stall] {
        stake(&staker, 1).await;
        ledger.follow_to_head(&mut stream, &staker).await;
        fault(&wire);
        for amount in 1..=3 {
            stake(&staker, amount).await;
        }
        let nothing = tokio::time::timeout(Duration::from_millis(400), stream.next()).await;
        assert!(nothing.is_err(), "{nothing:?}");
        wire.connect(chain.node.address());
        ledger.follow_to_head(&mut stream, &staker).await;
    }
    assert_eq!(ledger.positions(), logs_of_node(&chain, first).await);
}

#[tokio::test]
async fn a_reorganisation_takes_back_what_it_dropped() {
    let chain = chain().await;
    let hetu = chain.connect_as(2).await;
    let first = hetu.block().await.unwrap().id.number + 1;
    let mut stream = quick(&hetu).from_block(first).follow();
    let mut ledger = Ledger::default();
    stake(&hetu, 1).await;
    let fork = hetu.block().await.unwrap().id;
    let before = snapshot(&chain).await;
    let netuid = chain.active_subnet().await;
    hetu.dendrons().ensure(&miner_of(netuid, 200)).await.unwrap();
    ledger.follow_to_head(&mut stream, &hetu).await;
    let dropped = ledger.blocks.len();
    assert!(ledger.blocks.len() > 5);

    take_another_turn(&chain, before, 1).await;
    stake(&chain.connect_as(3).await, 1).await;
    ledger.follow_to_head(&mut stream, &hetu).await;
    let undone = dropped - usize::try_from(fork.number - first + 1).unwrap();
    assert_eq!(ledger.reorgs, [undone]);
    assert_eq!(ledger.positions(), logs_of_node(&chain, first).await);
    let joined = |event: &ChainEvent| matches!(event, ChainEvent::Dendron(_));
    assert!(!ledger.events.iter().any(|logged| joined(&logged.event)));
}

#[tokio::test]
async fn events_of_dropped_blocks_are_told_again_where_they_stand_now() {
    let chain = chain().await;
    let hetu = chain.connect_as(2).await;
    let first = hetu.block().await.unwrap().id.number + 1;
    let mut stream = quick(&hetu).from_block(first).follow();
    let mut ledger = Ledger::default();
    for amount in 1..=10 {
        stake(&hetu, amount).await;
    }
    ledger.follow_to_head(&mut stream, &hetu).await;
    let told: Vec<_> = ledger.events.iter().map(|logged| logged.event.clone()).collect();
    for depth in [1, 5, 12] {
        chain.node.reorg(Reorg::of_depth(depth)).await.unwrap();
        ledger.follow_to_head(&mut stream, &hetu).await;
        assert_eq!(ledger.reorgs.pop(), usize::try_from(depth).ok());
        let again: Vec<_> = ledger.events.iter().map(|logged| logged.event.clone()).collect();
        assert_eq!(again, told, "the same transactions are mined again, in other blocks");
        assert_eq!(ledger.positions(), logs_of_node(&chain, first).await);
    }
}

#[tokio::test]
async fn a_node_that_remembers_dropped_blocks_says_where_the_histories_part() {
    let chain = chain().await;
    let hetu = chain.connect_as(2).await;
    chain.node.mine(20).await;
    let shared = hetu.block().await.unwrap().id;
    chain.node.mine(7).await;
    let dropped = hetu.block().await.unwrap().id;
    chain.node.reorg(Reorg::of_depth(7)).await.unwrap();
    let mut stream = quick(&hetu).resume_after(dropped).follow();
    let notice = stream.next().await.unwrap().unwrap();
    assert_eq!(notice, EventNotice::Reorg { back_to: shared, dropped: vec![dropped] });
}

#[tokio::test]
async fn a_node_that_is_stopped_and_started_again_is_followed_on() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Devnet::builder().state_folder(folder.path());
    let devnet = settings.clone().spawn().await.unwrap();
    let (port, network) = (devnet.address().port(), devnet.network());
    let watcher = Hetutensor::connect_with(network, &impatient()).await.unwrap();
    let first = watcher.block().await.unwrap().id.number + 1;
    let mut stream = quick(&watcher).from_block(first).follow();
    let mut ledger = Ledger::default();
    stake(&devnet.connect_as(2).await.unwrap(), 1).await;
    ledger.follow_to_head(&mut stream, &devnet.connect_as(2).await.unwrap()).await;
    let told = ledger.events.len();

    devnet.stop().await;
    let devnet = settings.port(port).spawn().await.unwrap();
    let staker = devnet.connect_as(2).await.unwrap();
    stake(&staker, 2).await;
    ledger.follow_to_head(&mut stream, &staker).await;
    assert!(ledger.events.len() > told);
    assert_eq!(ledger.reorgs, [0; 0]);
    assert_eq!(ledger.positions(), logs_of_node(&Chain::of(devnet.into()), first).await);
}

#[tokio::test]
async fn resuming_after_a_dropped_block_goes_back_first() {
    let chain = chain().await;
    let hetu = chain.connect_as(2).await;
    chain.node.mine(3).await;
    let before = snapshot(&chain).await;
    stake(&hetu, 1).await;
    let dropped = hetu.block().await.unwrap().id;
    take_another_turn(&chain, before, 1).await;
    let mut stream = quick(&hetu).resume_after(dropped).follow();
    let Some(Ok(EventNotice::Reorg { back_to, dropped: told })) = stream.next().await else {
        panic!("no reorganisation");
    };
    assert!(back_to.number < dropped.number);
    assert_eq!(told, [dropped]);
    let mut ledger = Ledger::default();
    ledger.follow_to_head(&mut stream, &hetu).await;
    assert_eq!(ledger.positions(), logs_of_node(&chain, back_to.number + 1).await);
}

#[tokio::test]
async fn a_reorganisation_beyond_memory_is_an_error() {
    let chain = chain().await;
    let hetu = chain.connect_as(2).await;
    let before = snapshot(&chain).await;
    chain.node.mine(400).await;
    let mut stream = quick(&hetu).from_block(0).follow();
    let mut ledger = Ledger::default();
    ledger.follow_to_head(&mut stream, &hetu).await;
    take_another_turn(&chain, before, 1).await;
    let error = stream.next().await.unwrap().unwrap_err();
    assert!(matches!(error, EventError::ReorgTooDeep { .. }), "{error}");
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn much_history_comes_in_pages_that_fit_the_node() {
    let chain = chain().await;
    let staker = chain.connect_as(2).await;
    for amount in 1..=8 {
        stake(&staker, amount).await;
        chain.node.mine(150).await;
    }
    let number = |value: &Value| {
        u64::from_str_radix(value.as_str().unwrap().trim_start_matches("0x"), 16).unwrap()
    };
    let node = FaultyNode::before(&chain.node, move |request| {
        let filter = &request["params"][0];
        if is_call_of(request, "eth_getLogs") && filter.get("fromBlock").is_some() {
            let blocks = number(&filter["toBlock"]) - number(&filter["fromBlock"]) + 1;
            if blocks > 70 {
                return Fault::error(request, -32_602, "eth_getLogs is limited to a 70 range");
            }
        }
        Fault::None
    })
    .await;
    let hetu = connect(&chain, vec![node.url()]).await;
    let mut ledger = Ledger::default();
    ledger.follow_to_head(&mut quick(&hetu).from_block(0).follow(), &staker).await;
    assert_eq!(ledger.positions(), logs_of_node(&chain, 0).await);

    let mut past = hetu.events().past(0..=u64::MAX).await.unwrap();
    let mut events = Vec::new();
    while let Some(event) = past.next().await.unwrap() {
        events.push(event);
    }
    assert_eq!(events, ledger.events);
    let middle = events[events.len() / 2].block.number;
    let mut past = hetu.events().past(middle..=middle).await.unwrap();
    assert_eq!(past.next().await.unwrap().unwrap().block.number, middle);
}

/// Selectors of functions and topics of events that the published contracts have.
fn published() -> (Vec<String>, Vec<String>) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../contracts/published-signatures.json");
    let contracts: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let all = |kind: &str, key: &str| {
        let contracts = contracts.as_object().unwrap().values();
        let items = contracts.flat_map(|contract| contract[kind].as_array().into_iter().flatten());
        items.map(|item| item[key].as_str().unwrap().to_owned()).collect()
    };
    (all("function", "selector"), all("event", "topic"))
}

#[tokio::test]
async fn the_published_contracts_are_enough() {
    let chain = chain().await;
    let (selectors, topics) = published();
    let node = FaultyNode::before(&chain.node, move |request| {
        let topics = topics.clone();
        let forget_what_is_new = move |answer: &mut Value| {
            if let Some(logs) = answer["result"].as_array_mut() {
                logs.retain(|log| topics.iter().any(|topic| log["topics"][0] == *topic));
            }
        };
        match request["method"].as_str() {
            Some("eth_call") => {
                let data = request["params"][0]["input"].as_str().unwrap();
                match selectors.iter().any(|selector| data.starts_with(selector)) {
                    true => Fault::None,
                    false => Fault::error(request, 3, "execution reverted"),
                }
            }
            Some("eth_getLogs") => Fault::Change(Box::new(forget_what_is_new)),
            _ => Fault::None,
        }
    })
    .await;
    let mut network = chain.network.clone();
    network.endpoints = vec![node.url()];
    network.contracts.reward_distributor = None;
    network.contracts.lens = None;
    let hetu = Hetutensor::connect_with(network, &impatient()).await.unwrap();
    let netuid = chain.active_subnet().await;
    let miner = chain.connect_as(2).await;
    let mut stream = quick(&hetu).from_block(0).follow();
    let mut ledger = Ledger::default();
    ledger.follow_to_head(&mut stream, &miner).await;
    miner.dendrons().ensure(&miner_of(netuid, 200)).await.unwrap();
    ledger.follow_to_head(&mut stream, &miner).await;
    let is_joining = |event: &ChainEvent| matches!(event, ChainEvent::Dendron(DendronEvent::Registered { netuid: of, .. }) if *of == netuid);
    assert!(ledger.events.iter().any(|logged| is_joining(&logged.event)));
    let is_minting =
        |event: &ChainEvent| matches!(event, ChainEvent::Token(TokenEvent::Minted { .. }));
    assert!(ledger.events.iter().any(|logged| is_minting(&logged.event)));
}

#[tokio::test]
async fn a_node_that_stands_still_holds_nobody_up() {
    let chain = chain().await;
    let staker = chain.connect_as(2).await;
    let newest = rpc(&chain.node, "eth_getBlockByNumber", json!(["latest", false])).await;
    let stands_still = move |request: &Value| match request["params"][0] == "latest" {
        true => Fault::body(
            json!({ "jsonrpc": "2.0", "id": request["id"], "result": newest }).to_string(),
        ),
        false => Fault::None,
    };
    let still = FaultyNode::before(&chain.node, stands_still).await;
    let hetu = connect(&chain, vec![still.url(), chain.network.endpoints[0].clone()]).await;
    let mut stream = quick(&hetu).follow();
    let mut ledger = Ledger::default();
    ledger.follow_one(&mut stream).await;
    for amount in 1..=3 {
        stake(&staker, amount).await;
        ledger.follow_to_head(&mut stream, &staker).await;
    }
}

#[tokio::test]
async fn a_node_whose_blocks_do_not_follow_one_another_is_not_believed() {
    let chain = chain().await;
    let staker = chain.connect_as(2).await;
    let first = staker.block().await.unwrap().id.number + 1;
    for amount in 1..=4 {
        stake(&staker, amount).await;
    }
    let lies = |request: &Value| match request {
        Value::Array(calls) if is_call_of(&calls[0], "eth_getBlockByNumber") => {
            Fault::Change(Box::new(|answers| {
                for answer in answers.as_array_mut().unwrap() {
                    answer["result"]["parentHash"] = json!(BlockHash::from([7; 32]));
                }
            }))
        }
        _ => Fault::None,
    };
    let liar = FaultyNode::before(&chain.node, lies).await;
    let alone = connect(&chain, vec![liar.url()]).await;
    let mut stream = quick(&alone).from_block(first).follow();
    let error = loop {
        match stream.next().await.unwrap() {
            Ok(notice) => assert!(!matches!(notice, EventNotice::Event(_)), "{notice:?}"),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, EventError::Contradiction { .. }), "{error}");

    let both = connect(&chain, vec![liar.url(), chain.network.endpoints[0].clone()]).await;
    let mut ledger = Ledger::default();
    ledger.follow_to_head(&mut quick(&both).from_block(first).follow(), &staker).await;
    assert_eq!(ledger.positions(), logs_of_node(&chain, first).await);
}

#[tokio::test]
async fn logs_that_were_not_asked_for_are_not_believed() {
    let chain = chain().await;
    let staker = chain.connect_as(2).await;
    let first = staker.block().await.unwrap().id.number + 1;
    stake(&staker, 1).await;
    let swaps = |request: &Value| match is_call_of(request, "eth_getLogs") {
        true => Fault::Change(Box::new(|answer| {
            answer["result"][0]["address"] = json!(Address::new([9; 20]));
        })),
        false => Fault::None,
    };
    let liar = FaultyNode::before(&chain.node, swaps).await;
    let hetu = connect(&chain, vec![liar.url()]).await;
    let mut past = hetu.events().past(first..=first).await.unwrap();
    let error = past.next().await.unwrap_err();
    assert!(matches!(error, EventError::Contradiction { .. }), "{error}");
}

/// A small generator, so that a failing history can be told by its seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// Random histories with reorganisations and cut wires: in the end all that is known by notices
/// is what the node says.
#[tokio::test]
async fn whatever_happens_every_event_is_told_exactly_once() {
    for seed in 1..=3 {
        let mut dice = Dice(seed);
        let chain = chain().await;
        let wire = Proxy::to(chain.node.address()).await;
        let hetu = connect(&chain, vec![wire.http(), wire.ws()]).await;
        let staker = chain.connect_as(2).await;
        let first = hetu.block().await.unwrap().id.number + 1;
        let mut stream: EventStream = quick(&hetu).from_block(first).follow();
        let mut ledger = Ledger::default();
        stake(&staker, 1).await;
        for _ in 0..24 {
            match dice.roll(8) {
                0 => wire.cut(),
                1 => {
                    let before = snapshot(&chain).await;
                    let depth = 1 + dice.roll(6);
                    for amount in 1..=depth {
                        stake(&staker, amount).await;
                    }
                    if dice.roll(2) == 0 {
                        ledger.follow_to_head(&mut stream, &staker).await;
                    }
                    take_another_turn(&chain, before, dice.roll(3)).await;
                }
                2 => {
                    chain.node.mine(1 + dice.roll(100)).await;
                }
                3 => {
                    another_subnet(&chain).await;
                }
                4 => ledger.follow_to_head(&mut stream, &staker).await,
                5 => {
                    // A program that stops and starts again where it was.
                    ledger.follow_to_head(&mut stream, &staker).await;
                    let last = *ledger.blocks.last().unwrap();
                    stream = quick(&hetu).resume_after(last).follow();
                }
                _ => stake(&staker, 1 + dice.roll(9)).await,
            }
        }
        ledger.follow_to_head(&mut stream, &staker).await;
        assert_eq!(ledger.positions(), logs_of_node(&chain, first).await, "seed {seed}");
    }
}

#[tokio::test]
async fn streams_of_the_futures_kind_can_be_made() {
    use futures_util::StreamExt;
    let chain = chain().await;
    let hetu = chain.connect_as(2).await;
    stake(&hetu, 1).await;
    let past = hetu.events().group(EventGroup::Staking).past(0..=u64::MAX).await.unwrap();
    let staked = past.into_stream().filter(|event| {
        let is_staked = matches!(
            event.as_ref().unwrap().event,
            ChainEvent::Staking(StakingEvent::Added { .. })
        );
        std::future::ready(is_staked)
    });
    assert_eq!(staked.count().await, 1);
    let head = hetu.block().await.unwrap();
    let mut live = Box::pin(quick(&hetu).netuid(NetUid::new(1)).follow());
    assert_eq!(StreamExt::next(&mut live).await.unwrap().unwrap(), EventNotice::Block(head));
}
