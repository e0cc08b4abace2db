//! Judging real miners.

use std::num::NonZeroU32;
use std::path::Path;

use hetu_chain::{Amount, RawEndpoint, Registration};
use hetu_phloem::judging::{
    HalfLife, Judge, JudgeBuilder, JudgeError, Numeric, Randomness, Round, Score, Verdict,
};
use hetu_phloem::{FolderError, Phloem, QueryError};
use tokio::net::TcpListener;

use crate::scene::{MathSum, Scene, Sum};

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

fn of<'round>(scene: &Scene, round: &'round Round, account: usize) -> &'round Verdict {
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
