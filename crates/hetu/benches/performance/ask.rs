//! The process that sends requests.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use hetu::phloem::{BroadcastOptions, Call, ConnectionLimits, Target};
use hetu::{Phloem, Wallet};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::child::{ClientKind, Job, Sample, answer_lines};
use crate::echo::Echo;
use crate::floor::Connection;
use crate::network;
use crate::processor::Usage;

pub(crate) async fn run(kind: ClientKind) {
    let phloem = match kind {
        ClientKind::Wallet | ClientKind::Broadcast => Some(phloem(false).await),
        ClientKind::Session => Some(phloem(true).await),
        ClientKind::Echo | ClientKind::SignedEcho | ClientKind::SignedEchoes => None,
    };
    answer_lines(async |job: Job| match kind {
        ClientKind::Echo => ask_bare(&job, false).await,
        ClientKind::SignedEcho => ask_bare(&job, true).await,
        ClientKind::SignedEchoes => spread_bare(&job).await,
        ClientKind::Broadcast => broadcast(phloem.as_ref().unwrap(), &job).await,
        ClientKind::Wallet | ClientKind::Session => ask(phloem.as_ref().unwrap(), &job).await,
    })
    .await;
}

async fn phloem(opens_sessions: bool) -> Phloem {
    let limits = ConnectionLimits::default().with_exchanges_per_miner(256).with_idle_per_miner(256);
    let builder =
        Phloem::builder(network::validator().await, network::NETUID).connection_limits(limits);
    let builder = if opens_sessions { builder } else { builder.without_sessions() };
    builder.start().await.unwrap()
}

async fn ask(phloem: &Phloem, job: &Job) -> Sample {
    let target = targets(phloem, job).remove(0);
    let call = Rc::new(Echo::of(job.bytes));
    let askers = (0..job.concurrency).map(|_| {
        let (phloem, target, call) = (phloem.clone(), target.clone(), Rc::clone(&call));
        async move || {
            let answer = phloem.query(&target, Call::of::<Echo>(&call)).await;
            answer.is_ok_and(|answer| answer.reply == *call)
        }
    });
    drive(askers, job.milliseconds).await
}

async fn ask_bare(job: &Job, signs: bool) -> Sample {
    let content = Bytes::from(serde_json::to_vec(&Echo::of(job.bytes)).unwrap());
    let mut askers = Vec::new();
    for _ in 0..job.concurrency {
        let mut connection = Connection::open(job.ports[0]).await;
        let (content, wallet) = (content.clone(), signs.then(Wallet::random));
        askers.push(async move || connection.ask(content.clone(), wallet.as_ref()).await);
    }
    drive(askers, job.milliseconds).await
}

/// Runs all askers, each with one request at a time, until the time is over.
async fn drive<Asker: AsyncFnMut() -> bool + 'static>(
    askers: impl IntoIterator<Item = Asker>,
    milliseconds: u64,
) -> Sample {
    let askers: Vec<_> = askers.into_iter().collect();
    let used = Usage::now().processor_us;
    let begun = Instant::now();
    let end = begun + Duration::from_millis(milliseconds);
    let times = Rc::new(RefCell::new(Times::default()));
    let mut tasks = JoinSet::new();
    for mut ask in askers {
        let times = Rc::clone(&times);
        tasks.spawn_local(async move {
            while Instant::now() < end {
                let asked = Instant::now();
                let answered = ask().await;
                times.borrow_mut().add(asked.elapsed(), answered);
            }
        });
    }
    tasks.join_all().await;
    times.take().into_sample(begun, used)
}

/// Sends broadcasts one after the other until the time is over. Each round is one sample.
async fn broadcast(phloem: &Phloem, job: &Job) -> Sample {
    let targets = targets(phloem, job);
    let (call, options) = (Echo::of(job.bytes), BroadcastOptions::default());
    repeat(job.milliseconds, async || {
        let outcomes = phloem.broadcast(&targets, Call::of::<Echo>(&call), options).await;
        outcomes
            .outcomes
            .iter()
            .all(|outcome| outcome.as_ref().is_ok_and(|answer| answer.reply == call))
    })
    .await
}

async fn spread_bare(job: &Job) -> Sample {
    let content = Bytes::from(serde_json::to_vec(&Echo::of(job.bytes)).unwrap());
    let wallet = Wallet::random();
    let mut connections = Vec::new();
    for port in &job.ports {
        connections.push(Connection::open(*port).await);
    }
    repeat(job.milliseconds, async || {
        let asking =
            connections.iter_mut().map(|connection| connection.ask(content.clone(), Some(&wallet)));
        futures_util::future::join_all(asking).await.into_iter().all(|answered| answered)
    })
    .await
}

async fn repeat(milliseconds: u64, mut work: impl AsyncFnMut() -> bool) -> Sample {
    let used = Usage::now().processor_us;
    let begun = Instant::now();
    let mut times = Times::default();
    while begun.elapsed() < Duration::from_millis(milliseconds) {
        let asked = Instant::now();
        let answered = work().await;
        times.add(asked.elapsed(), answered);
    }
    times.into_sample(begun, used)
}

fn targets(phloem: &Phloem, job: &Job) -> Vec<Target> {
    let is_one_of = |target: &Target| {
        let port = target.endpoint.authority().rsplit(':').next();
        port.and_then(|port| port.parse().ok()).is_some_and(|port| job.ports.contains(&port))
    };
    let targets: Vec<_> = phloem.discover().into_iter().filter(is_one_of).collect();
    assert_eq!(targets.len(), job.ports.len(), "the miners are registered");
    targets
}

#[derive(Debug, Default)]
struct Times {
    answered: Vec<f64>,
    failed: u64,
}

impl Times {
    fn add(&mut self, time: Duration, is_answered: bool) {
        if is_answered {
            self.answered.push(time.as_secs_f64() * 1e6);
        } else {
            self.failed += 1;
        }
    }

    fn into_sample(mut self, begun: Instant, used: u64) -> Sample {
        let seconds = begun.elapsed().as_secs_f64();
        self.answered.sort_by(f64::total_cmp);
        let at = |share: usize| {
            let place = (self.answered.len() * share / 100).min(self.answered.len().max(1) - 1);
            self.answered.get(place).copied().unwrap_or(f64::NAN)
        };
        Sample {
            answered: self.answered.len() as u64,
            failed: self.failed,
            seconds,
            p50_us: at(50),
            p99_us: at(99),
            processor_us: Usage::now().processor_us - used,
        }
    }
}
