//! A process that sets weights, killed between every two steps and continued by another process.

use std::io::{self, Write};
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, thread};

use hetu_chain::network::presets;
use hetu_chain::{Hetutensor, Wallet};
use hetu_devnet::DevAccount;
use hetu_metastruct::Metastruct;
use hetu_phloem::weights::{WeightProgress, WeightSetter};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

use crate::scene::{Scene, VALIDATOR};
use crate::weights::{commit_reveal, mine_until, row, scores, sets};

const URL: &str = "HETU_TEST_CRASH_URL";
const HOME: &str = "HETU_TEST_CRASH_HOME";
const SCORES: &str = "HETU_TEST_CRASH_SCORES";
const KEY: &str = "HETU_TEST_CRASH_KEY";
const LAST_STEP: &str = "HETU_TEST_CRASH_LAST_STEP";
const PROGRESS: &str = "progress ";
const STEP: &str = "step ";

/// The result of one run of the process.
struct Run {
    steps: usize,
    /// `None` if the process was killed.
    progress: Option<serde_json::Value>,
}

/// Runs the process once. After `last_step` steps it halts, and is killed.
async fn run(scene: &Scene, home: &Path, last_step: usize) -> Run {
    let scores: Vec<_> =
        scores(scene).iter().map(|score| (score.miner, score.registered_at, score.score)).collect();
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["crashes::the_process_that_is_killed", "--exact", "--nocapture"])
        .env(URL, scene.devnet.http_url())
        .env(HOME, home)
        .env(SCORES, serde_json::to_string(&scores).unwrap())
        .env(KEY, scene.netuid.to_string())
        .env(LAST_STEP, last_step.to_string())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let (mut steps, mut progress, mut other) = (0, None, String::new());
    while let Some(line) = lines.next_line().await.unwrap() {
        if line.starts_with(STEP) {
            steps += 1;
            if steps == last_step {
                child.kill().await.unwrap();
            }
        } else if let Some(told) = line.strip_prefix(PROGRESS) {
            progress = Some(serde_json::from_str(told).unwrap());
        } else {
            other.push_str(&line);
        }
    }
    let status: ExitStatus = child.wait().await.unwrap();
    assert!(status.success() || steps == last_step, "{other}");
    Run { steps, progress: progress.filter(|_| status.success()) }
}

/// Runs the process until weights are set. Mines blocks while it waits.
async fn set_with_a_crash(scene: &Scene, home: &Path, crash_after: usize) -> bool {
    let (mut left, mut was_killed) = (crash_after, false);
    for _ in 0..12 {
        let Run { steps, progress } = run(scene, home, left).await;
        let Some(progress) = progress else {
            (left, was_killed) = (usize::MAX, true);
            continue;
        };
        left -= steps;
        let reason = progress["reason"].as_str();
        match progress["progress"].as_str().unwrap() {
            // The process was killed after it had finished.
            "waiting" if was_killed && reason == Some("already_set") => return true,
            "waiting" => mine_until(scene, progress["until_block"].as_u64().unwrap()).await,
            "set" => return was_killed,
            other => panic!("{other}"),
        }
    }
    panic!("weights are not set after 12 runs")
}

/// Kills the process after one step, then after two, and so on, each time in a new epoch.
async fn killed_after_every_step(scene: &Scene) -> usize {
    let home = tempfile::tempdir().unwrap();
    for crash_after in 1..64 {
        let before = sets(scene).await.len();
        let was_killed = set_with_a_crash(scene, home.path(), crash_after).await;
        assert_eq!(sets(scene).await.len(), before + 1, "killed after step {crash_after}");
        assert_eq!(row(scene).await.len(), 2);
        if !was_killed {
            return crash_after - 1;
        }
    }
    panic!("it takes more steps than it can have")
}

#[tokio::test]
async fn weights_are_set_once_wherever_the_process_is_killed() {
    let scene = crate::weights::scene().await;
    let kills = killed_after_every_step(&scene).await;
    // The journal records four states: planned, setting, included, finished. A step precedes and
    // follows each; sending and inclusion are the other two.
    assert_eq!(kills, 10);
}

#[tokio::test]
async fn weights_are_committed_to_and_revealed_once_wherever_the_process_is_killed() {
    let scene = crate::weights::scene().await;
    commit_reveal(&scene).await;
    let kills = killed_after_every_step(&scene).await;
    // The six states are planned, committing, committed, revealing, included and finished; there
    // are two transactions.
    assert_eq!(kills, 16);
}

#[tokio::test]
async fn a_plan_that_the_subnet_does_not_take_any_more_after_a_crash_is_made_anew() {
    let scene = crate::weights::scene().await;
    let home = tempfile::tempdir().unwrap();
    let until = scene.picture.view().epoch().next_end - 15;
    mine_until(&scene, until).await;
    // The journal states that the row will be sent, and the process is killed before it sends.
    assert!(run(&scene, home.path(), 4).await.progress.is_none());
    commit_reveal(&scene).await;
    let again = run(&scene, home.path(), usize::MAX).await.progress.unwrap();
    assert_eq!((&again["progress"], &again["reason"]), (&"waiting".into(), &"reveal".into()));
    assert!(!set_with_a_crash(&scene, home.path(), usize::MAX).await);
    assert_eq!(sets(&scene).await.len(), 1);
}

#[tokio::test]
async fn a_row_of_an_epoch_that_is_over_is_not_sent_after_a_crash() {
    let scene = crate::weights::scene().await;
    let home = tempfile::tempdir().unwrap();
    let end = scene.picture.view().epoch().next_end;
    mine_until(&scene, end - 15).await;
    assert!(run(&scene, home.path(), 4).await.progress.is_none());
    mine_until(&scene, end + 1).await;
    let again = run(&scene, home.path(), usize::MAX).await.progress.unwrap();
    assert_eq!((&again["progress"], &again["reason"]), (&"waiting".into(), &"window".into()));
    assert_eq!(sets(&scene).await, [] as [u64; 0]);
}

/// Runs as the other process of the tests above, which start this binary again. It is no test by
/// itself.
#[tokio::test(flavor = "multi_thread")]
async fn the_process_that_is_killed() {
    let Ok(url) = env::var(URL) else { return };
    let last_step: usize = env::var(LAST_STEP).unwrap().parse().unwrap();
    let netuid: u16 = env::var(KEY).unwrap().parse().unwrap();
    let scores: Vec<(_, u64, _)> = serde_json::from_str(&env::var(SCORES).unwrap()).unwrap();
    let scores: Vec<_> = scores
        .into_iter()
        .map(|(miner, registered_at, score)| hetu_phloem::judging::MinerScore {
            miner,
            registered_at,
            score,
        })
        .collect();
    let network = presets::local().at_endpoint(url.parse().unwrap());
    let account = u32::try_from(VALIDATOR).unwrap();
    let wallet = Wallet::from_mnemonic(DevAccount::MNEMONIC, account).unwrap();
    let hetu = Hetutensor::connect(network).await.unwrap().with_wallet(wallet);
    let metastruct = Metastruct::builder(hetu.clone(), netuid).start().await.unwrap();
    let steps = AtomicUsize::new(0);
    let mut setter = WeightSetter::builder(hetu, metastruct, env::var(HOME).unwrap())
        .observer(move |step, moment| {
            tell(STEP, &format!("{step} {moment:?}"));
            if steps.fetch_add(1, Ordering::SeqCst) + 1 == last_step {
                loop {
                    thread::park();
                }
            }
        })
        .build()
        .await
        .unwrap();
    let progress: WeightProgress = setter.advance(&scores).await.unwrap();
    tell(PROGRESS, &serde_json::to_string(&progress).unwrap());
}

fn tell(kind: &str, text: &str) {
    let mut stderr = io::stderr().lock();
    writeln!(stderr, "{kind}{text}").unwrap();
}
