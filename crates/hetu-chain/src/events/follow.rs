//! Following of the chain, block by block, without gaps or duplicates.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, mpsc};
use tokio::time::sleep;

use super::fetch::{LogScope, fetch};
use super::page::{EventPage, PageSize};
use super::query::{EventQuery, FollowStart};
use super::trail::Trail;
use super::{EventError, EventNotice, LoggedEvent, history};
use crate::abi::EventSources;
use crate::model::Block;
use crate::resilience::Backoff;
use crate::rpc::{BlockRef, HeadWatch, RpcSession};
use crate::{BlockId, Retryable};

/// The number of blocks that a reorganisation may drop. These blocks are read one by one, by hash,
/// and remembered. Older blocks are read in pages.
const DEPTH: u64 = 256;
const BLOCKS_AT_ONCE: u64 = 32;
const HEIGHTS_AT_ONCE: usize = 32;
/// The number of consecutive non-retryable failures that are tolerated.
const FAILURES_ALLOWED: u32 = 5;
/// The number of rounds without a new block after which another endpoint is asked, because the
/// endpoint may have stopped and not the chain.
const IDLE_ROUNDS_ALLOWED: u32 = 4;
const PAUSES: Backoff = Backoff::between(Duration::from_millis(100), Duration::from_secs(10));

/// A follower of the chain, which works in rounds.
#[derive(Debug)]
pub(super) struct Follower {
    query: EventQuery,
    heads: HeadWatch,
    /// The event sources, or `None` before they are read and after a reorganisation.
    sources: Option<EventSources>,
    trail: Trail,
    page_size: PageSize,
    /// The notices of the current round.
    told: Vec<EventNotice>,
    failures: u32,
    idle_rounds: u32,
    /// The index of the endpoint to ask.
    turn: usize,
    pauses: Backoff,
    /// A signal that ends a wait early.
    wake: Arc<Notify>,
}

/// The outcome of a round.
enum FollowRound {
    /// More blocks may be available immediately.
    Progress,
    /// No new block is available.
    UpToDate,
}

impl Follower {
    pub(super) fn new(query: EventQuery, wake: Arc<Notify>) -> Self {
        let heads = query.reader.transport().watch_heads();
        let mut trail = Trail::new(DEPTH);
        if let FollowStart::After(block) = query.start {
            trail.push(block);
        }
        Self {
            query,
            heads,
            sources: None,
            trail,
            page_size: PageSize::default(),
            told: Vec::new(),
            failures: 0,
            idle_rounds: 0,
            turn: 0,
            pauses: PAUSES,
            wake,
        }
    }

    /// Sends notices until the follower fails or the receiver is dropped.
    pub(super) async fn run(mut self, notices: mpsc::Sender<Result<EventNotice, EventError>>) {
        loop {
            match self.round().await {
                Ok(round) => {
                    for notice in std::mem::take(&mut self.told) {
                        if notices.send(Ok(notice)).await.is_err() {
                            return;
                        }
                    }
                    self.rest_after(round).await;
                }
                Err(error) if self.note_failure(&error) => {
                    // A failed send means that the receiver is dropped, so the error can be
                    // discarded.
                    let _ = notices.send(Err(error)).await;
                    return;
                }
                Err(error) => {
                    tracing::debug!(%error, "could not read events: trying again");
                    let pause = self.pauses.next_delay();
                    tokio::select! {
                        () = sleep(pause) => {}
                        () = self.wake.notified() => {}
                    }
                }
            }
        }
    }

    async fn rest_after(&mut self, round: FollowRound) {
        self.failures = 0;
        self.pauses.reset();
        match round {
            FollowRound::Progress => {
                self.idle_rounds = 0;
                self.heads.note_progress();
            }
            FollowRound::UpToDate => {
                self.idle_rounds += 1;
                if self.idle_rounds.is_multiple_of(IDLE_ROUNDS_ALLOWED) {
                    self.turn = self.turn.wrapping_add(1);
                }
                tokio::select! {
                    () = self.heads.wait(self.query.poll_interval) => {}
                    () = self.wake.notified() => {}
                }
            }
        }
    }

    /// Counts a failure. Returns `true` to stop. Another node may succeed, and one contradiction
    /// may come from a reorganisation between two reads. Several contradictions in a row are the
    /// node's fault.
    fn note_failure(&mut self, error: &EventError) -> bool {
        if error.retryability().is_retryable() {
            return false;
        }
        self.failures += 1;
        match error {
            EventError::ReorgTooDeep { .. } => return true,
            EventError::Contradiction { endpoint, reason } if self.failures > 1 => {
                self.query.reader.transport().distrust(endpoint, reason);
            }
            _ => {}
        }
        self.failures > FAILURES_ALLOWED
    }

    /// Reads the new blocks, all from one node.
    async fn round(&mut self) -> Result<FollowRound, EventError> {
        let session = self.query.reader.transport().session(self.turn).await?;
        let head = history::newest(&session).await?;
        if self.trail.newest().is_none() {
            self.begin(&session, head).await?;
        } else if !self.is_on_chain_of(&session, head).await? {
            self.go_back(&session, head).await?;
            return Ok(FollowRound::Progress);
        }
        let last = self.trail.newest();
        let first = self.query.first_height();
        // The largest possible height has no next block.
        let Some(next) = last.map_or(Some(first), |last| last.number.checked_add(1)) else {
            return Ok(FollowRound::UpToDate);
        };
        let target = head.id.number.saturating_sub(self.query.confirmations);
        if next > target {
            return Ok(FollowRound::UpToDate);
        }
        self.know_sources(head).await?;
        if head.id.number.saturating_sub(next) > DEPTH {
            let to = target.min(head.id.number.saturating_sub(DEPTH));
            self.read_page(&session, last, next, to).await
        } else {
            let to = target.min(next.saturating_add(BLOCKS_AT_ONCE - 1));
            self.read_blocks(&session, last, next, to).await
        }
    }

    /// Starts after the block before the first selected one, if the chain has reached it.
    async fn begin(&mut self, session: &RpcSession, head: Block) -> Result<(), EventError> {
        let height = match self.query.start {
            FollowStart::From(height) => height.checked_sub(1),
            FollowStart::Now | FollowStart::After(_) => {
                Some(head.id.number.saturating_sub(self.query.confirmations))
            }
        };
        let Some(height) = height.filter(|height| *height <= head.id.number) else {
            return Ok(());
        };
        let Some(before) = history::at_height(session, height).await? else {
            let reason = format!("no block at height {height}, below {}", head.id);
            return Err(EventError::contradiction(session, reason));
        };
        match self.query.start {
            FollowStart::Now => self.pass(before),
            FollowStart::From(_) | FollowStart::After(_) => self.trail.push(before.id),
        }
        Ok(())
    }

    /// Returns `true` if the chain that ends in `head` contains the followed blocks, as far as it
    /// reaches. A node that lags behind does not drop blocks.
    async fn is_on_chain_of(&self, session: &RpcSession, head: Block) -> Result<bool, EventError> {
        let Some(known) = self.trail.at_or_below(head.id.number) else {
            return Ok(true);
        };
        if known == head.id || known.hash == head.parent {
            return Ok(true);
        }
        let now = history::at_height(session, known.number).await?;
        Ok(now.is_none_or(|now| now.id == known))
    }

    /// Goes back to the newest followed block on the chain that ends in `head`.
    async fn go_back(&mut self, session: &RpcSession, head: Block) -> Result<(), EventError> {
        let known = self.trail.down_from(head.id.number);
        let mut back_to = None;
        for some in known.chunks(HEIGHTS_AT_ONCE) {
            let heights: Vec<_> = some.iter().map(|block| block.number).collect();
            let now = history::at_heights(session, &heights).await?;
            let pairs = some.iter().zip(now);
            let mut same = pairs.filter(|(was, now)| now.is_some_and(|now| now.id == **was));
            if let Some((block, _)) = same.next() {
                back_to = Some(*block);
                break;
            }
        }
        let back_to = match back_to {
            Some(block) => block,
            None => self.common_ancestor_before_trail(session).await?,
        };
        let dropped = self.trail.go_back_to(back_to);
        tracing::info!(%back_to, dropped = dropped.len(), "the chain took another turn");
        self.sources = None;
        self.told.push(EventNotice::Reorg { back_to, dropped });
        Ok(())
    }

    /// Returns the newest block before the trail that is on the chain. If the node no longer has
    /// the blocks in between, returns the oldest block that a reorganisation may reach.
    async fn common_ancestor_before_trail(
        &self,
        session: &RpcSession,
    ) -> Result<BlockId, EventError> {
        let floor = self.trail.floor();
        let (Some(newest), Some(oldest)) = (self.trail.newest(), self.trail.oldest()) else {
            return Err(EventError::contradiction(session, "no block was followed".into()));
        };
        let too_deep = EventError::ReorgTooDeep { block: newest, depth: self.trail.depth() };
        if oldest.number <= floor {
            return Err(too_deep);
        }
        let mut dropped = oldest;
        while let Some(block) = history::with_hash(session, dropped.hash).await? {
            let Some(height) = block.id.number.checked_sub(1).filter(|height| *height >= floor)
            else {
                return Err(too_deep);
            };
            let before = BlockId { number: height, hash: block.parent };
            let now = history::at_height(session, height).await?;
            if now.is_some_and(|now| now.id == before) {
                return Ok(before);
            }
            dropped = before;
        }
        let now = history::at_height(session, floor).await?;
        now.map(|block| block.id).ok_or(too_deep)
    }

    async fn know_sources(&mut self, head: Block) -> Result<(), EventError> {
        if self.sources.is_none() {
            self.sources = Some(self.query.sources(BlockRef::Hash(head.id.hash)).await?);
        }
        Ok(())
    }

    async fn read_page(
        &mut self,
        session: &RpcSession,
        parent: Option<BlockId>,
        from: u64,
        to: u64,
    ) -> Result<FollowRound, EventError> {
        let Some(sources) = &mut self.sources else { return Ok(FollowRound::UpToDate) };
        let (page_size, filter) = (&mut self.page_size, &self.query.filter);
        let page = page_size.page(session, parent, from, to, sources, filter).await?;
        let EventPage { events, last } = page;
        self.tell(events);
        self.pass(last);
        Ok(FollowRound::Progress)
    }

    async fn read_blocks(
        &mut self,
        session: &RpcSession,
        parent: Option<BlockId>,
        from: u64,
        to: u64,
    ) -> Result<FollowRound, EventError> {
        let Some(sources) = &mut self.sources else { return Ok(FollowRound::UpToDate) };
        let blocks = history::chain(session, parent, from, to).await?;
        let scopes: Vec<_> = blocks.iter().map(|block| LogScope::Block(block.id)).collect();
        let events = fetch(session, &scopes, sources, &self.query.filter).await?;
        let is_progress = !blocks.is_empty();
        let mut events = events.into_iter().peekable();
        for block in blocks {
            let of_block = std::iter::from_fn(|| events.next_if(|event| event.block == block.id));
            self.tell(of_block);
            self.pass(block);
        }
        Ok(if is_progress { FollowRound::Progress } else { FollowRound::UpToDate })
    }

    fn tell(&mut self, events: impl IntoIterator<Item = LoggedEvent>) {
        let first = self.query.first_height();
        let wanted = events.into_iter().filter(|event| event.block.number >= first);
        self.told.extend(wanted.map(Box::new).map(EventNotice::Event));
    }

    fn pass(&mut self, block: Block) {
        self.trail.push(block.id);
        self.told.push(EventNotice::Block(block));
    }
}
