//! Scores of real miners.

use std::num::NonZeroU32;
use std::path::Path;
use std::time::Duration;

use hetu_chain::Amount;
use hetu_chain::model::{RawEndpoint, Registration};
use hetu_phloem::judging::{
    HalfLife, Judge, JudgeBuilder, JudgeError, MinerVerdict, Numeric, Randomness, Round,
    RoundOutcome, Score,
};
use hetu_phloem::{FolderError, Phloem, QueryError};
use hetu_xylem::RunningXylem;
use tokio::net::TcpListener;

use crate::scene::{MathSum, Scene, Sum};
use crate::tap::{Tap, Way, eventually};

const HONEST: usize = 2;
const LIAR: usize = 3;
const ABSENT: usize = 4;

fn sums(randomness: &mut Randomness) -> (MathSum, Sum) {
    let question = MathSum { x: randomness.unit(), y: randomness.unit() };
    (question, Sum { result: question.x + question.y })
}

fn judge(phloem: Phloem) -> JudgeBuilder<MathSum> {
    Judge::builder(phloem, sums, Numeric::new(|sum: &Sum| sum.result))
        .half_life(HalfLife::rounds(NonZeroU32::MIN))
        .seed([7; 32])
}

fn of<'round>(scene: &Scene, round: &'round Round, account: usize) -> &'round MinerVerdict {
    let miner = scene.wallet(account).address();
    round.verdicts.iter().find(|verdict| verdict.miner == miner).unwrap()
}

async fn kept(scene: &Scene, home: &Path) -> Result<Judge<MathSum>, JudgeError> {
    judge(scene.validator().await).canary_share(1.0).folder(home).build()
}

#[tokio::test]
async fn honest_miners_gain_and_liars_and_the_absent_do_not() {
    let scene = Scene::open().await;
    let _honest = scene.miner(HONEST, 200).await;
    let _liar = scene.miner_that(LIAR, 900, |call| Ok(Sum { result: call.x - call.y })).await;
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    scene.registered_at(ABSENT, free.port()).await;
    let mut judge = judge(scene.validator().await).canary_share(1.0).build().unwrap();
    let first = judge.round().await.unwrap();
    assert!(first.is_canary && first.is_agreed, "the liar has the most stake");
    assert_eq!((first.number, first.verdicts.len()), (1, 3));
    let second = judge.round().await.unwrap();
    let honest = of(&scene, &second, HONEST);
    assert_eq!((honest.score, honest.average.get()), (Some(Score::ONE), 0.75));
    assert!(honest.latency.is_some());
    let liar = of(&scene, &second, LIAR);
    assert_eq!((liar.score, liar.average), (Some(Score::ZERO), Score::ZERO));
    let absent = of(&scene, &second, ABSENT);
    assert_eq!(absent.score, Some(Score::ZERO));
    assert!(matches!(absent.failure, Some(QueryError::ConnectionRefused { .. })));
    assert_eq!(judge.book().scores().len(), 3);
}

#[tokio::test]
async fn without_canaries_the_answer_of_most_stake_is_right() {
    let scene = Scene::open().await;
    let _one = scene.miner(HONEST, 300).await;
    let _other = scene.miner(5, 300).await;
    let _liar = scene.miner_that(LIAR, 500, |call| Ok(Sum { result: call.x - call.y })).await;
    let mut judge = judge(scene.validator().await).canary_share(0.0).build().unwrap();
    let round = judge.round().await.unwrap();
    assert!(!round.is_canary && round.is_agreed);
    assert_eq!(of(&scene, &round, HONEST).score, Some(Score::ONE));
    assert_eq!(of(&scene, &round, LIAR).score, Some(Score::ZERO));
}

#[tokio::test]
async fn where_nobody_agrees_nobody_is_scored() {
    let scene = Scene::open().await;
    let _one = scene.miner(HONEST, 300).await;
    let _other = scene.miner_that(LIAR, 300, |call| Ok(Sum { result: call.x - call.y })).await;
    let mut judge = judge(scene.validator().await).canary_share(0.0).build().unwrap();
    let round = judge.round().await.unwrap();
    assert!(!round.is_agreed);
    assert!(round.verdicts.iter().all(|verdict| verdict.score.is_none()));
    assert!(judge.book().is_empty());
}

#[tokio::test]
async fn averages_are_there_after_a_restart_and_begin_anew_with_a_registration() {
    let home = tempfile::tempdir().unwrap();
    let scene = Scene::open().await;
    let miner = scene.miner(HONEST, 200).await;
    let mut first = kept(&scene, home.path()).await.unwrap();
    first.round().await.unwrap();
    let in_use = kept(&scene, home.path()).await.unwrap_err();
    assert!(matches!(in_use, JudgeError::Folder(FolderError::InUse { .. })), "{in_use}");
    let known = first.book().clone();
    drop(first);
    let mut second = kept(&scene, home.path()).await.unwrap();
    assert_eq!(*second.book(), known);

    let hetu = scene.connect_as(HONEST).await;
    let port = miner.local_addr().port();
    hetu.dendrons().deregister(scene.netuid).await.unwrap();
    let endpoint = RawEndpoint::new("127.0.0.1", port);
    let again = Registration::miner(scene.netuid, Amount::from_hetu(200), endpoint);
    hetu.dendrons().ensure(&again).await.unwrap();
    scene.picture.refresh().await.unwrap();
    let round = second.round().await.unwrap();
    assert_eq!(of(&scene, &round, HONEST).average.get(), 0.5);
    assert_eq!(second.book().scores().len(), 1);
}

#[tokio::test]
async fn who_is_known_and_cannot_be_asked_any_more_loses() {
    let scene = Scene::open().await;
    let _miner = scene.miner(HONEST, 200).await;
    let mut judge = judge(scene.validator().await).canary_share(1.0).build().unwrap();
    judge.round().await.unwrap();
    let hetu = scene.connect_as(HONEST).await;
    hetu.dendrons()
        .update_endpoints(scene.netuid, &RawEndpoint::default(), &RawEndpoint::default())
        .await
        .unwrap();
    scene.picture.refresh().await.unwrap();
    assert!(judge.round().await.unwrap().verdicts.is_empty());
    assert_eq!(judge.book().scores()[0].score.get(), 0.25);
}

/// Four miners, each behind a tap that can be cut, and the scores of two rounds.
struct Judged {
    _scene: Scene,
    taps: Vec<Tap>,
    miners: Vec<RunningXylem>,
    judge: Judge<MathSum>,
}

impl Judged {
    async fn open(limit: Duration) -> Self {
        let scene = Scene::open().await;
        let (mut taps, mut miners) = (Vec::new(), Vec::new());
        for account in 2..6 {
            let tap = Tap::new().await;
            miners.push(scene.behind(&tap, account).await.0);
            taps.push(tap);
        }
        let phloem = scene.builder_as(1).await.deadline(limit).start().await.unwrap();
        let mut judge = judge(phloem).canary_share(1.0).build().unwrap();
        for _ in 0..2 {
            let round = judge.round().await.unwrap();
            assert_eq!(round.outcome, RoundOutcome::Counted);
        }
        Self { _scene: scene, taps, miners, judge }
    }

    fn cut(&self, taps: impl IntoIterator<Item = usize>, way: Way) {
        for tap in taps {
            self.taps[tap].lead(way);
            self.taps[tap].cut();
        }
    }

    fn averages(&self) -> Vec<f64> {
        self.judge.book().scores().iter().map(|score| score.score.get()).collect()
    }
}

/// Covers an outage of the validator that is scored as an outage of all miners.
#[tokio::test]
async fn round_without_a_network_moves_no_average() {
    for way in [Way::Closed, Way::Silent] {
        let mut judged = Judged::open(Duration::from_millis(1_500)).await;
        assert_eq!(judged.averages(), [0.75; 4]);
        judged.cut(0..4, way);
        for _ in 0..2 {
            let round = judged.judge.round().await.unwrap();
            assert!(matches!(round.outcome, RoundOutcome::NotCounted(_)), "{:?}", round.outcome);
            assert!(round.verdicts.iter().all(|verdict| verdict.score.is_none()));
            assert!(round.verdicts.iter().all(|verdict| verdict.failure.is_some()));
            assert_eq!(judged.averages(), [0.75; 4]);
        }
        for (tap, miner) in judged.taps.iter().zip(&judged.miners) {
            tap.lead_to(miner.local_addr());
            tap.cut();
        }
        eventually("miners are judged again", async || {
            let round = judged.judge.round().await.unwrap();
            round.verdicts.iter().any(|verdict| verdict.latency.is_some())
        })
        .await;
    }
}

/// Verifies that the majority cannot avoid a score by failing together.
#[tokio::test]
async fn majority_that_fails_together_scores_zero_if_one_miner_answers() {
    let mut judged = Judged::open(Duration::from_millis(1_500)).await;
    judged.cut(1..4, Way::Closed);
    let round = judged.judge.round().await.unwrap();
    assert_eq!(round.outcome, RoundOutcome::Counted);
    let mut averages = judged.averages();
    averages.sort_by(f64::total_cmp);
    assert_eq!(averages, [0.375, 0.375, 0.375, 0.875]);
}
