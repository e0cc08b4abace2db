//! The work of the driver that does not depend on its state.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{BoxFuture, Fuse};
use futures_util::stream::{FuturesUnordered, StreamExt};
use hetu_chain::resilience::Backoff;
use hetu_chain::{BlockId, ChainError};
use tokio::sync::mpsc;

use super::reads::{FollowRequest, HeadAnswer, SubnetRead};
use super::stream_retry::StreamRetry;
use super::subnets::FollowedSubnets;
use super::timers::{Due, Timers};
use crate::hub::{DriverCommand, Hub};

/// Pauses after reads of all subnets that failed in a row.
const RESYNC_PAUSES: Backoff =
    Backoff::between(Duration::from_millis(250), Duration::from_secs(10));

/// The data that outlasts a state of the driver.
pub(super) struct DriverContext {
    pub(super) hub: Arc<Hub>,
    pub(super) subnets: FollowedSubnets,
    pub(super) stream_retry: StreamRetry,
    pub(super) resync_pauses: Backoff,
    /// Subnets that are followed after the first read of the chain.
    pub(super) waiting: Vec<FollowRequest>,
    /// `true` if the chain was out of reach since the last comparison of the views with it.
    pub(super) owes_comparison: bool,
    /// The request for the newest block, of which one is pending at a time.
    pub(super) head: Fuse<BoxFuture<'static, HeadAnswer>>,
    /// The check whether the node serves another chain, of which one is pending at a time.
    pub(super) chain_check: Fuse<BoxFuture<'static, Result<bool, ChainError>>>,
    pub(super) reads: FuturesUnordered<BoxFuture<'static, SubnetRead>>,
    pub(super) saves: FuturesUnordered<BoxFuture<'static, ()>>,
    commands: mpsc::Receiver<DriverCommand>,
    timers: Timers,
}

/// An event that states of the driver answer differently.
pub(super) enum Signal {
    /// A caller that waits for the newest block.
    Woken,
    /// The newest block of a node.
    Head(BlockId),
    /// The return of the node to the followed chain.
    ChainReturned,
    /// A subnet that must be read and then followed.
    Follow(FollowRequest),
}

enum Event {
    Command(DriverCommand),
    Head(HeadAnswer),
    ChainCheck(Result<bool, ChainError>),
    Read(Box<SubnetRead>),
    Saved,
    Woken,
    Due(Due),
}

impl DriverContext {
    pub(super) fn new(
        hub: Arc<Hub>,
        subnets: FollowedSubnets,
        commands: mpsc::Receiver<DriverCommand>,
    ) -> Self {
        let timers = Timers::new(&hub.settings);
        Self {
            hub,
            subnets,
            stream_retry: StreamRetry::new(),
            resync_pauses: RESYNC_PAUSES,
            waiting: Vec::new(),
            owes_comparison: false,
            head: Fuse::terminated(),
            chain_check: Fuse::terminated(),
            reads: FuturesUnordered::new(),
            saves: FuturesUnordered::new(),
            commands,
            timers,
        }
    }

    /// Handles events until one needs a decision of the state and returns that one, or `None` once
    /// no handle is left.
    ///
    /// Cancel safe: an event is taken and handled without an await between.
    pub(super) async fn next_signal(&mut self) -> Option<Signal> {
        loop {
            let event = self.next_event().await?;
            if let Some(signal) = self.handle(event) {
                return Some(signal);
            }
        }
    }

    async fn next_event(&mut self) -> Option<Event> {
        Some(tokio::select! {
            command = self.commands.recv() => Event::Command(command?),
            answer = &mut self.head => Event::Head(answer),
            outcome = &mut self.chain_check => Event::ChainCheck(outcome),
            Some(read) = self.reads.next() => Event::Read(Box::new(read)),
            Some(()) = self.saves.next() => Event::Saved,
            () = self.hub.wake.notified() => Event::Woken,
            due = self.timers.next() => Event::Due(due),
        })
    }

    fn handle(&mut self, event: Event) -> Option<Signal> {
        match event {
            Event::Command(command) => return self.obey(command),
            Event::Head(answer) => return self.take_head(answer),
            Event::ChainCheck(outcome) => return self.note_served_chain(outcome.ok()?),
            Event::Read(read) => return self.take_read(*read),
            Event::Saved => {}
            Event::Woken => return Some(Signal::Woken),
            Event::Due(Due::Head) => self.ask_for_head(),
            Event::Due(Due::ChainCheck) => self.check_chain(),
            Event::Due(Due::Comparison) => self.compare_all(),
            Event::Due(Due::Ranking) => self.subnets.rank_changed(),
            Event::Due(Due::Snapshot) => self.save_all(),
        }
        None
    }

    fn obey(&mut self, command: DriverCommand) -> Option<Signal> {
        match command {
            DriverCommand::Follow { netuid, answer } => {
                return self.admit(netuid, answer).map(Signal::Follow);
            }
            DriverCommand::Unfollow { netuid } => {
                self.subnets.remove(netuid);
                self.hub.untrack(netuid);
            }
            DriverCommand::Reconcile { netuid, answer } => self.compare(netuid, Some(answer)),
        }
        None
    }
}
