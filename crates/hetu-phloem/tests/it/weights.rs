//! Submission of weights on the embedded chain.

use std::path::Path;

use hetu_chain::model::{
    ChainEvent, EventGroup, HyperparameterChanges, Registration, Weight, WeightsEvent,
};
use hetu_chain::primitives::Bytes32;
use hetu_chain::{Amount, Retryable};
use hetu_devnet::Devnet;
use hetu_phloem::judging::{MinerScore, Score};
use hetu_phloem::weights::{
    FULL_WEIGHT, WaitReason, WeightError, WeightProgress, WeightSetter, WeightSetterBuilder,
};

use crate::scene::{Scene, VALIDATOR};

pub(crate) const MINERS: [usize; 2] = [2, 3];

/// Creates a subnet with two miners that receive no calls.
pub(crate) async fn scene() -> Scene {
    with_miners(Scene::open().await).await
}

async fn with_miners(scene: Scene) -> Scene {
    for miner in MINERS {
        scene.registered_at(miner, 8_091).await;
    }
    scene
}

pub(crate) fn scores(scene: &Scene) -> Vec<MinerScore> {
    let view = scene.picture.view();
    let score = |(&account, score): (&usize, f64)| {
        let miner = scene.wallet(account).address();
        let registered_at = view.get(miner).unwrap().dendron.registered_at;
        MinerScore { miner, registered_at, score: Score::new(score).unwrap() }
    };
    MINERS.iter().zip([0.75, 0.25]).map(score).collect()
}

async fn builder(scene: &Scene, home: &Path) -> WeightSetterBuilder {
    WeightSetter::builder(scene.connect_as(VALIDATOR).await, scene.picture.clone(), home)
}

async fn setter(scene: &Scene, home: &Path) -> WeightSetter {
    builder(scene, home).await.build().await.unwrap()
}

/// Continues, and mines blocks, until there is no more wait.
async fn settled(scene: &Scene, setter: &mut WeightSetter) -> Result<WeightProgress, WeightError> {
    for _ in 0..8 {
        match setter.advance(&scores(scene)).await? {
            WeightProgress::Waiting { until_block, .. } => mine_until(scene, until_block).await,
            progress => return Ok(progress),
        }
    }
    panic!("it waits for ever");
}

pub(crate) async fn mine_until(scene: &Scene, block: u64) {
    let missing = block.checked_sub(scene.devnet.block_number()).unwrap();
    scene.devnet.mine(missing).await;
}

async fn reason(scene: &Scene, setter: &mut WeightSetter) -> WaitReason {
    match setter.advance(&scores(scene)).await.unwrap() {
        WeightProgress::Waiting { reason, .. } => reason,
        progress => panic!("{progress:?}"),
    }
}

/// Returns the blocks in which the validator set weights.
pub(crate) async fn sets(scene: &Scene) -> Vec<u64> {
    let hetu = scene.connect_as(0).await;
    let events = hetu.events().netuid(scene.netuid).group(EventGroup::Weights);
    let mut past = events.past(0..=scene.devnet.block_number()).await.unwrap();
    let mut sets = Vec::new();
    while let Some(logged) = past.next().await.unwrap() {
        if matches!(logged.event, ChainEvent::Weights(WeightsEvent::Set { .. })) {
            sets.push(logged.block.number);
        }
    }
    sets
}

pub(crate) async fn row(scene: &Scene) -> Vec<Weight> {
    let validator = scene.wallet(VALIDATOR).address();
    scene.connect_as(0).await.weights().row(scene.netuid, validator).await.unwrap()
}

pub(crate) async fn change(scene: &Scene, changes: HyperparameterChanges) {
    let owner = scene.connect_as(0).await;
    owner.subnets().change_hyperparameters(scene.netuid, &changes).await.unwrap().await.unwrap();
    scene.picture.refresh().await.unwrap();
}

pub(crate) async fn commit_reveal(scene: &Scene) {
    let changes = HyperparameterChanges {
        commit_reveal_enabled: Some(true),
        commit_reveal_period: Some(10),
        ..HyperparameterChanges::default()
    };
    change(scene, changes).await;
}

fn total(row: &[Weight]) -> u128 {
    row.iter().map(|entry| entry.weight).sum()
}

#[tokio::test]
async fn weights_are_set_at_the_end_of_each_epoch_once_and_read_back() {
    let (scene, home) = (scene().await, tempfile::tempdir().unwrap());
    let mut setter = setter(&scene, home.path()).await;
    assert_eq!(reason(&scene, &mut setter).await, WaitReason::Window);
    let mut ends = Vec::new();
    for _ in 0..2 {
        let progress = settled(&scene, &mut setter).await.unwrap();
        let WeightProgress::Set { epoch_end, weights, .. } = progress else { panic!() };
        assert_eq!(row(&scene).await, weights);
        assert_eq!(total(&weights), u128::from(FULL_WEIGHT));
        assert_eq!(reason(&scene, &mut setter).await, WaitReason::AlreadySet);
        ends.push(epoch_end);
    }
    let sets = sets(&scene).await;
    assert_eq!(sets.len(), 2);
    for (set, end) in sets.iter().zip(&ends) {
        assert!((end - 20..*end).contains(set), "{sets:?} {ends:?}");
    }
    assert_eq!(ends[1] - ends[0], 100);
}

#[tokio::test]
async fn where_the_subnet_wants_it_weights_are_committed_to_and_revealed() {
    let (scene, home) = (scene().await, tempfile::tempdir().unwrap());
    commit_reveal(&scene).await;
    let mut setter = setter(&scene, home.path()).await;
    for _ in 0..4 {
        let WeightProgress::Waiting { reason, until_block } =
            setter.advance(&scores(&scene)).await.unwrap()
        else {
            panic!()
        };
        if reason == WaitReason::Reveal {
            break;
        }
        mine_until(&scene, until_block).await;
    }
    assert_eq!(reason(&scene, &mut setter).await, WaitReason::Reveal);
    assert_eq!(row(&scene).await, [], "nobody sees it before");
    let progress = settled(&scene, &mut setter).await.unwrap();
    let WeightProgress::Set { epoch_end, weights, .. } = progress else { panic!() };
    assert_eq!(row(&scene).await, weights);
    let sets = sets(&scene).await;
    assert!((epoch_end - 21..epoch_end).contains(&sets[0]), "{sets:?} {epoch_end}");
    assert_eq!(reason(&scene, &mut setter).await, WaitReason::AlreadySet);
}

#[tokio::test]
async fn what_was_not_revealed_in_time_is_given_up_and_others_follow() {
    let (scene, home) = (scene().await, tempfile::tempdir().unwrap());
    commit_reveal(&scene).await;
    let mut setter = setter(&scene, home.path()).await;
    while reason(&scene, &mut setter).await != WaitReason::Reveal {
        scene.devnet.mine(10).await;
    }
    scene.devnet.mine(25).await;
    let progress = setter.advance(&scores(&scene)).await.unwrap();
    assert!(matches!(progress, WeightProgress::Expired { .. }), "{progress:?}");
    assert_eq!(row(&scene).await, []);
    let progress = settled(&scene, &mut setter).await.unwrap();
    assert!(matches!(progress, WeightProgress::Set { .. }), "{progress:?}");
    assert_eq!(sets(&scene).await.len(), 1);
}

#[tokio::test]
async fn a_commitment_that_nobody_remembers_is_waited_out() {
    let (scene, home) = (scene().await, tempfile::tempdir().unwrap());
    commit_reveal(&scene).await;
    let mut setter = setter(&scene, home.path()).await;
    mine_until(&scene, window_opens(&scene)).await;
    let hetu = scene.connect_as(VALIDATOR).await;
    hetu.weights().commit(scene.netuid, Bytes32::from([7; 32])).await.unwrap();
    assert_eq!(reason(&scene, &mut setter).await, WaitReason::OtherCommitment);
    let progress = settled(&scene, &mut setter).await.unwrap();
    assert!(matches!(progress, WeightProgress::Set { .. }), "{progress:?}");
    assert_eq!(sets(&scene).await.len(), 1);
}

#[tokio::test]
async fn a_commitment_made_elsewhere_after_ours_expired_is_waited_out() {
    let (scene, home) = (scene().await, tempfile::tempdir().unwrap());
    commit_reveal(&scene).await;
    let mut setter = setter(&scene, home.path()).await;
    while reason(&scene, &mut setter).await != WaitReason::Reveal {
        scene.devnet.mine(10).await;
    }
    scene.devnet.mine(25).await;
    let elsewhere = scene.connect_as(VALIDATOR).await;
    elsewhere.weights().commit(scene.netuid, Bytes32::from([7; 32])).await.unwrap();
    let progress = setter.advance(&scores(&scene)).await.unwrap();
    assert!(matches!(progress, WeightProgress::Expired { .. }), "{progress:?}");
    let progress = settled(&scene, &mut setter).await.unwrap();
    assert!(matches!(progress, WeightProgress::Set { .. }), "{progress:?}");
    assert_eq!(sets(&scene).await.len(), 1);
}

/// Returns the first block of the window: a fifth of the epoch, and the 10 blocks between
/// commitment and reveal, before the end of the epoch.
fn window_opens(scene: &Scene) -> u64 {
    scene.picture.view().epoch().next_end - 30
}

#[tokio::test]
async fn who_sets_weights_elsewhere_with_the_same_key_is_told() {
    let (scene, home) = (scene().await, tempfile::tempdir().unwrap());
    commit_reveal(&scene).await;
    let mut setter = setter(&scene, home.path()).await;
    while reason(&scene, &mut setter).await != WaitReason::Reveal {
        scene.devnet.mine(10).await;
    }
    let plain = HyperparameterChanges {
        commit_reveal_enabled: Some(false),
        ..HyperparameterChanges::default()
    };
    change(&scene, plain).await;
    let dendron = scene.wallet(MINERS[0]).address();
    let elsewhere = scene.connect_as(VALIDATOR).await;
    elsewhere.weights().set(scene.netuid, &[Weight { dendron, weight: 1 }]).await.unwrap();
    let error = setter.advance(&scores(&scene)).await.unwrap_err();
    assert!(matches!(error, WeightError::SetElsewhere { .. }), "{error}");
    assert!(!error.retryability().is_retryable());
    assert_eq!(setter.under_way(), None);
}

#[tokio::test]
async fn the_validator_has_to_stay_registered_and_active() {
    let (scene, home) = (scene().await, tempfile::tempdir().unwrap());
    commit_reveal(&scene).await;
    let mut setter = setter(&scene, home.path()).await;
    while reason(&scene, &mut setter).await != WaitReason::Reveal {
        scene.devnet.mine(10).await;
    }
    let hetu = scene.connect_as(VALIDATOR).await;
    hetu.dendrons().deregister(scene.netuid).await.unwrap();
    let error = setter.advance(&scores(&scene)).await.unwrap_err();
    assert!(matches!(error, WeightError::NotValidator { .. }), "{error}");
    let again = Registration::validator(scene.netuid, Amount::from_hetu(500));
    hetu.dendrons().ensure(&again).await.unwrap();
    let error = setter.advance(&scores(&scene)).await.unwrap_err();
    assert!(matches!(error, WeightError::Reregistered { .. }), "{error}");
    assert!(error.retryability().is_retryable(), "others are planned by the next call");
    assert_eq!(setter.under_way(), None);

    let stricter = HyperparameterChanges {
        validator_threshold: Some(Amount::from_hetu(600)),
        ..HyperparameterChanges::default()
    };
    change(&scene, stricter).await;
    hetu.staking().deallocate(scene.netuid, Amount::from_hetu(1)).await.unwrap();
    let error = setter.advance(&scores(&scene)).await.unwrap_err();
    assert!(matches!(error, WeightError::Inactive { .. }), "{error}");
}

#[tokio::test]
async fn rules_of_a_newer_version_are_not_judged_by() {
    let (scene, home) = (scene().await, tempfile::tempdir().unwrap());
    scene.connect_as(0).await.weights().set_version_key(scene.netuid, 5).await.unwrap();
    let mut old = setter(&scene, home.path()).await;
    let error = settled(&scene, &mut old).await.unwrap_err();
    assert!(matches!(error, WeightError::OutdatedRules { judged_by: 0, required: 5 }), "{error}");
    drop(old);
    let mut new = builder(&scene, home.path()).await.version_key(5).build().await.unwrap();
    assert!(matches!(settled(&scene, &mut new).await.unwrap(), WeightProgress::Set { .. }));
}

#[tokio::test]
async fn nobody_worth_anything_means_nothing_to_set() {
    let (scene, home) = (scene().await, tempfile::tempdir().unwrap());
    let mut setter = setter(&scene, home.path()).await;
    let until = scene.picture.view().epoch().next_end - 5;
    mine_until(&scene, until).await;
    let nothing = WeightProgress::NothingToSet;
    assert_eq!(setter.advance(&[]).await.unwrap(), nothing);
    let mut others = scores(&scene);
    for score in &mut others {
        score.registered_at += 1;
    }
    assert_eq!(setter.advance(&others).await.unwrap(), nothing, "those have left");
    assert_eq!(sets(&scene).await, [] as [u64; 0]);
}

#[tokio::test]
async fn rows_have_as_many_entries_as_the_subnet_wants() {
    let (scene, home) = (scene().await, tempfile::tempdir().unwrap());
    let more = HyperparameterChanges {
        min_allowed_weights: Some(3),
        max_weights_limit: Some(3),
        ..HyperparameterChanges::default()
    };
    change(&scene, more).await;
    let mut setter = setter(&scene, home.path()).await;
    settled(&scene, &mut setter).await.unwrap();
    let row = row(&scene).await;
    assert_eq!((row.len(), total(&row)), (3, u128::from(FULL_WEIGHT)));
}

#[tokio::test]
async fn contracts_that_were_published_first_take_weights_too() {
    let devnet = Devnet::builder().published_interface(true).start().await.unwrap();
    let scene = with_miners(Scene::of(devnet).await).await;
    let home = tempfile::tempdir().unwrap();
    let mut setter = setter(&scene, home.path()).await;
    for _ in 0..2 {
        // The contracts do not report when they accept weights again, so the test retries.
        let progress = loop {
            match settled(&scene, &mut setter).await {
                Err(error) if error.retryability().is_retryable() => scene.devnet.mine(1).await,
                outcome => break outcome.unwrap(),
            };
        };
        assert!(matches!(progress, WeightProgress::Set { .. }), "{progress:?}");
        assert_eq!(total(&row(&scene).await), u128::from(FULL_WEIGHT));
        assert_eq!(reason(&scene, &mut setter).await, WaitReason::AlreadySet);
    }
    assert_eq!(sets(&scene).await.len(), 2, "also where the row is the same");
}

#[tokio::test]
async fn one_process_at_a_time_sets_the_weights_of_a_validator() {
    let (scene, home) = (scene().await, tempfile::tempdir().unwrap());
    let _first = setter(&scene, home.path()).await;
    let error = builder(&scene, home.path()).await.build().await.unwrap_err();
    assert!(error.to_string().contains("in use"), "{error}");
}
