//! Pages of events of many blocks, as large as the node allows.

use super::fetch::{FetchError, LogScope, fetch};
use super::{EventError, EventFilter, LoggedEvent, history};
use crate::BlockId;
use crate::abi::EventSources;
use crate::model::Block;
use crate::rpc::RpcSession;

const FIRST_SIZE: u64 = 1_000;
const LARGEST_SIZE: u64 = 50_000;

/// The events of several blocks. `last` is the newest of the blocks.
#[derive(Debug)]
pub(super) struct EventPage {
    pub(super) events: Vec<LoggedEvent>,
    pub(super) last: Block,
}

/// The number of blocks in one request. It doubles with each answer until the node refuses a
/// request as too large. It is then halved, and grows in small steps.
#[derive(Clone, Copy, Debug)]
pub(super) struct PageSize {
    blocks: u64,
    is_limited: bool,
}

impl Default for PageSize {
    fn default() -> Self {
        Self { blocks: FIRST_SIZE, is_limited: false }
    }
}

impl PageSize {
    /// Returns the events from height `from` to at most `to`, of a chain that still has `parent`.
    pub(super) async fn page(
        &mut self,
        session: &RpcSession,
        parent: Option<BlockId>,
        from: u64,
        to: u64,
        sources: &mut EventSources,
        filter: &EventFilter,
    ) -> Result<EventPage, EventError> {
        loop {
            let end = to.min(from.saturating_add(self.blocks - 1));
            let scope = LogScope::Range { from, to: end };
            match read_page(session, parent, end, scope, sources, filter).await {
                Ok(page) => {
                    self.grow();
                    return Ok(page);
                }
                // An unavailable node fails at the headers, which are read before the events.
                Err(FetchError::TooMuch(_)) if end > from => self.halve(blocks_in(from, end)),
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn grow(&mut self) {
        let step = if self.is_limited { self.blocks.div_ceil(8) } else { self.blocks };
        self.blocks = (self.blocks + step).min(LARGEST_SIZE);
    }

    fn halve(&mut self, blocks: u64) {
        self.blocks = (blocks / 2).max(1);
        self.is_limited = true;
    }
}

const fn blocks_in(from: u64, end: u64) -> u64 {
    end.saturating_sub(from).saturating_add(1)
}

/// Reads a page of events. The last block is read before and after the events, and the parent after
/// them. If both are on the chain afterwards, the blocks between them did not change meanwhile.
async fn read_page(
    session: &RpcSession,
    parent: Option<BlockId>,
    end: u64,
    scope: LogScope,
    sources: &mut EventSources,
    filter: &EventFilter,
) -> Result<EventPage, FetchError> {
    let before = history::at_height(session, end).await?;
    let events = fetch(session, &[scope], sources, filter).await?;
    let Some(last) = before.filter(|last| events.iter().all(|event| fits(event, last.id))) else {
        return Err(changed(session, end));
    };
    let expected = [Some(last.id), parent];
    let expected: Vec<_> = expected.into_iter().flatten().collect();
    let heights: Vec<_> = expected.iter().map(|block| block.number).collect();
    let after = history::at_heights(session, &heights).await?;
    let is_same =
        expected.iter().zip(after).all(|(was, now)| now.is_some_and(|now| now.id == *was));
    if is_same { Ok(EventPage { events, last }) } else { Err(changed(session, end)) }
}

fn fits(event: &LoggedEvent, last: BlockId) -> bool {
    event.block.number != last.number || event.block.hash == last.hash
}

fn changed(session: &RpcSession, height: u64) -> FetchError {
    let reason = format!("the chain up to height {height} changed while it was read");
    FetchError::Failed(EventError::contradiction(session, reason))
}
