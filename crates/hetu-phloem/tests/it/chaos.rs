//! Real miners that are killed, restarted, hang, lie and swap their keys, while they are called.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use hetu_phloem::{Phloem, QueryError, RouteError, RouteOptions, Target};
use hetu_xylem::RunningXylem;

use crate::impostors::impostor;
use crate::scene::{QUESTION, Scene, Sum};
use crate::tap::{Tap, Way, eventually};

const MINERS: usize = 5;
const REQUESTS: usize = 24;
const ATTEMPT_LIMIT: Duration = Duration::from_secs(3);

/// An event of one miner of a subnet.
#[derive(Clone, Copy, Debug)]
enum Event {
    Kill(usize),
    Restart(usize),
    Hang(usize),
    Lie(usize),
    SwapKeys(usize, usize),
}

/// The events of the first run. The last miner stays healthy.
const FIRST: [Event; 8] = [
    Event::Kill(0),
    Event::Lie(1),
    Event::Hang(2),
    Event::Restart(0),
    Event::SwapKeys(0, 3),
    Event::SwapKeys(0, 3),
    Event::Restart(1),
    Event::Restart(2),
];

/// The events of the second run. The first miner stays healthy.
const SECOND: [Event; 9] = [
    Event::Kill(4),
    Event::SwapKeys(1, 3),
    Event::Lie(2),
    Event::Restart(4),
    Event::Hang(4),
    Event::Kill(2),
    Event::SwapKeys(1, 3),
    Event::Restart(4),
    Event::Restart(2),
];

struct Subnet {
    scene: Scene,
    taps: Vec<Tap>,
    miners: Vec<Option<RunningXylem>>,
    liar: RunningXylem,
    targets: Vec<Target>,
}

impl Subnet {
    async fn open() -> Self {
        let scene = Scene::open().await;
        let (mut taps, mut miners, mut targets) = (Vec::new(), Vec::new(), Vec::new());
        for account in 2..2 + MINERS {
            let tap = Tap::new().await;
            let (miner, target) = scene.behind(&tap, account).await;
            taps.push(tap);
            miners.push(Some(miner));
            targets.push(target);
        }
        let liar = impostor(&scene).await;
        Self { scene, taps, miners, liar, targets }
    }

    async fn happen(&mut self, event: Event) {
        match event {
            Event::Kill(miner) => {
                self.taps[miner].lead(Way::Closed);
                self.miners[miner] = None;
            }
            Event::Restart(miner) => {
                let wallet = Arc::new(self.scene.wallet(2 + miner));
                let started = self.scene.detached_as(wallet).start().await.unwrap();
                self.taps[miner].lead_to(started.local_addr());
                self.miners[miner] = Some(started);
            }
            Event::Hang(miner) => self.taps[miner].lead(Way::Silent),
            Event::Lie(miner) => self.taps[miner].lead_to(self.liar.local_addr()),
            Event::SwapKeys(one, other) => {
                let (first, second) = (self.taps[one].way(), self.taps[other].way());
                self.taps[one].lead(second);
                self.taps[other].lead(first);
                self.taps[other].cut();
            }
        }
        match event {
            Event::Kill(miner)
            | Event::Restart(miner)
            | Event::Hang(miner)
            | Event::Lie(miner)
            | Event::SwapKeys(miner, _) => self.taps[miner].cut(),
        }
    }
}

/// Lets the client choose the miner.
async fn route(phloem: &Phloem) -> Result<Sum, RouteError> {
    let options = RouteOptions::default()
        .attempts(MINERS)
        .attempt_limit(ATTEMPT_LIMIT)
        .deadline(ATTEMPT_LIMIT * 5);
    let routed = phloem.route(QUESTION, options).await;
    routed.map(|routed| routed.answer.reply)
}

/// Calls the miners in turn, beginning with the one that `number` selects, until one answers.
async fn ask(phloem: &Phloem, targets: &[Target], number: usize) -> Result<Sum, Vec<QueryError>> {
    let mut errors = Vec::new();
    for place in 0..targets.len() {
        match phloem.query(&targets[(number + place) % targets.len()], QUESTION).await {
            Ok(answer) => return Ok(answer.reply),
            Err(error) => errors.push(error),
        }
    }
    Err(errors)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_request_is_lost_that_a_healthy_miner_could_answer() {
    let mut subnet = Subnet::open().await;
    let builder = subnet.scene.builder_as(1).await.deadline(ATTEMPT_LIMIT);
    let phloem = builder.start().await.unwrap();
    let targets: Arc<[Target]> = subnet.targets.clone().into();
    for events in [&FIRST[..], &SECOND[..]] {
        for event in events {
            let asking = (0..REQUESTS).map(|number| {
                let (phloem, targets) = (phloem.clone(), Arc::clone(&targets));
                tokio::spawn(async move {
                    match number % 2 {
                        0 => route(&phloem).await.map_err(|error| format!("{error:?}")),
                        _ => {
                            let answer = ask(&phloem, &targets, number).await;
                            answer.map_err(|errors| format!("{errors:?}"))
                        }
                    }
                })
            });
            let asking: Vec<_> = asking.collect();
            // The event happens while the calls are in flight.
            subnet.happen(*event).await;
            for answer in join_all(asking).await {
                match answer.unwrap() {
                    Ok(sum) => assert_eq!(sum, Sum { result: 8.0 }),
                    Err(errors) => panic!("lost at {event:?}: {errors}"),
                }
            }
        }
        for target in &subnet.targets {
            let recovered = async || phloem.query(target, QUESTION).await.is_ok();
            eventually("every miner is asked again", recovered).await;
        }
    }
}
