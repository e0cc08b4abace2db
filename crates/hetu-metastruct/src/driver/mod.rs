//! The task that follows the chain for all subnets of a metastruct.
//!
//! It alone changes views. Events come from one stream; whatever else is read comes in as a job
//! that ends, so that no read holds up the others.

mod chain_watch;
mod followed;
mod jobs;
mod log;
mod reads;
mod stream;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt};
use hetu_chain::NetUid;
use hetu_chain::events::{EventError, EventNotice, EventStream};
use hetu_chain::model::{Block, ChainEvent};
use hetu_chain::resilience::Backoff;
use tokio::sync::mpsc;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, sleep_until};

use self::chain_watch::CHAIN_CHECK_INTERVAL;
use self::followed::Followed;
use self::jobs::{Done, Job, JoinAnswer};
use self::log::BlockLog;
use crate::hub::{Command, Hub};
use crate::tracked::Tracked;

const RESYNC_PAUSES: Backoff =
    Backoff::between(Duration::from_millis(250), Duration::from_secs(10));
/// Subnets that are followed at once.
const MOST_SUBNETS: usize = 1_024;

pub(crate) struct Driver {
    hub: Arc<Hub>,
    followed: BTreeMap<NetUid, Followed>,
    /// Nothing before the chain was read.
    log: Option<BlockLog>,
    stream: Option<EventStream>,
    /// No stream is opened before: nodes refused it.
    stream_not_before: Instant,
    /// Streams that ended since the last block that one yielded.
    stream_failures: u32,
    /// What happened in the block that is not complete yet.
    events: Vec<ChainEvent>,
    jobs: FuturesUnordered<Job>,
    is_asking_for_head: bool,
    is_checking_chain: bool,
    is_resyncing: bool,
    /// When to try again to read everything.
    resync_at: Option<Instant>,
    resync_pauses: Backoff,
    /// Whether the chain was out of reach since views were last compared with it.
    owes_comparison: bool,
    /// Who waits to be followed until the chain was read.
    waiting: Vec<(NetUid, JoinAnswer)>,
}

enum Happening {
    Command(Option<Command>),
    Notice(Option<Result<EventNotice, EventError>>),
    Done(Done),
    Woken,
    LookDue,
    ChainCheckDue,
    ReconciliationDue,
    RankingDue,
    SnapshotDue,
    ResyncDue,
}

impl Driver {
    /// Follows `tracked` from `block` on, or from whatever block it can be read at if there is
    /// none.
    pub(crate) fn new(hub: Arc<Hub>, tracked: Arc<Tracked>, block: Option<Block>) -> Self {
        let mut followed = Followed::lost(Arc::clone(&tracked), hub.allows_private_addresses());
        let log = block.map(BlockLog::starting_with);
        if let Some(log) = &log {
            followed.adopt(tracked.view().as_ref().clone(), log);
        }
        let now = Instant::now();
        Self {
            followed: BTreeMap::from([(tracked.netuid, followed)]),
            log,
            stream: None,
            stream_not_before: now,
            stream_failures: 0,
            events: Vec::new(),
            jobs: FuturesUnordered::new(),
            is_asking_for_head: false,
            is_checking_chain: false,
            is_resyncing: false,
            resync_at: None,
            resync_pauses: RESYNC_PAUSES,
            owes_comparison: false,
            waiting: Vec::new(),
            hub,
        }
    }

    /// Goes on until nobody has a handle any more.
    pub(crate) async fn run(mut self, mut commands: mpsc::Receiver<Command>) {
        let settings = self.hub.settings.clone();
        let mut looks = every(settings.refresh_interval);
        let mut chain_checks = every(CHAIN_CHECK_INTERVAL);
        let mut reconciliations = every(settings.reconcile_interval);
        let mut rankings = every(settings.ranking_interval);
        let mut snapshots = every(settings.snapshot_interval);
        match self.log {
            Some(_) => self.open_stream(),
            None => self.resync("restored"),
        }
        loop {
            let hub = Arc::clone(&self.hub);
            let happening = tokio::select! {
                command = commands.recv() => Happening::Command(command),
                notice = next_of(&mut self.stream) => Happening::Notice(notice),
                Some(done) = self.jobs.next() => Happening::Done(done),
                () = hub.wake.notified() => Happening::Woken,
                _ = looks.tick() => Happening::LookDue,
                _ = chain_checks.tick() => Happening::ChainCheckDue,
                _ = reconciliations.tick() => Happening::ReconciliationDue,
                _ = rankings.tick() => Happening::RankingDue,
                _ = snapshots.tick() => Happening::SnapshotDue,
                () = at(self.resync_at) => Happening::ResyncDue,
            };
            match happening {
                Happening::Command(None) => return,
                Happening::Command(Some(command)) => self.obey(command),
                Happening::Notice(notice) => self.note(notice),
                Happening::Done(done) => self.take(done),
                Happening::Woken => self.look_now(),
                Happening::LookDue => self.ask_for_head(),
                Happening::ChainCheckDue => self.check_chain(),
                Happening::ReconciliationDue => self.reconcile_all(),
                Happening::RankingDue => {
                    self.followed.values().for_each(|followed| followed.tracked.rank_if_changed());
                }
                Happening::SnapshotDue => self.save_all(),
                Happening::ResyncDue => {
                    self.resync_at = None;
                    self.resync("retried");
                }
            }
        }
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Follow { netuid, answer } => self.join(netuid, answer),
            Command::Unfollow { netuid } => {
                self.followed.remove(&netuid);
                self.hub.untrack(netuid);
            }
            Command::Reconcile { netuid, answer } => self.reconcile(netuid, Some(answer)),
        }
    }

    fn look_now(&mut self) {
        match &self.stream {
            Some(stream) => {
                stream.look_now();
                if self.hub.status.load().is_out_of_reach {
                    self.ask_for_head();
                }
            }
            None => self.ask_for_head(),
        }
    }
}

fn every(interval: Duration) -> Interval {
    let interval = interval.max(Duration::from_millis(1));
    let mut ticks = interval_at(Instant::now() + interval, interval);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

async fn next_of(stream: &mut Option<EventStream>) -> Option<Result<EventNotice, EventError>> {
    match stream {
        Some(stream) => stream.next().await,
        None => std::future::pending().await,
    }
}

async fn at(due: Option<Instant>) {
    match due {
        Some(due) => sleep_until(due).await,
        None => std::future::pending().await,
    }
}
