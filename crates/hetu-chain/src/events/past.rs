//! Past events.

use std::collections::VecDeque;

use futures_util::Stream;

use super::page::{EventPage, PageSize};
use super::{EventError, EventFilter, LoggedEvent, history};
use crate::abi::EventSources;
use crate::client::Reader;

/// The number of consecutive times that the chain may change while a page is read.
const CONTRADICTIONS_ALLOWED: u32 = 3;

/// The events of a range of blocks, in chain order. Pages are read on demand.
///
/// Blocks that a reorganisation may still replace are read in their current state. Exclude them
/// with [`Events::confirmations`](crate::events::Events::confirmations).
#[derive(Debug)]
pub struct PastEvents {
    reader: Reader,
    filter: EventFilter,
    sources: EventSources,
    confirmations: u64,
    next: u64,
    to: u64,
    page_size: PageSize,
    ready: VecDeque<LoggedEvent>,
    is_at_end: bool,
}

impl PastEvents {
    pub(super) fn new(
        reader: Reader,
        filter: EventFilter,
        sources: EventSources,
        confirmations: u64,
        range: std::ops::RangeInclusive<u64>,
    ) -> Self {
        Self {
            reader,
            filter,
            sources,
            confirmations,
            next: *range.start(),
            to: *range.end(),
            page_size: PageSize::default(),
            ready: VecDeque::new(),
            is_at_end: range.is_empty(),
        }
    }

    /// Returns the next event, or `None` after the last one. After an error the same event can be
    /// requested again.
    ///
    /// # Cancel safety
    /// This function is cancel safe: no event is lost if the future is dropped.
    ///
    /// # Errors
    /// [`EventError::Chain`], [`EventError::Contradiction`].
    pub async fn next(&mut self) -> Result<Option<LoggedEvent>, EventError> {
        let mut contradictions = 0;
        while self.ready.is_empty() && !self.is_at_end {
            match self.read_page().await {
                Err(EventError::Contradiction { .. })
                    if contradictions < CONTRADICTIONS_ALLOWED =>
                {
                    contradictions += 1;
                }
                outcome => outcome?,
            }
        }
        Ok(self.ready.pop_front())
    }

    /// Returns the events as a stream, which ends after an error.
    pub fn into_stream(self) -> impl Stream<Item = Result<LoggedEvent, EventError>> + Send {
        futures_util::stream::unfold(Some(self), async |state| {
            let mut events = state?;
            match events.next().await {
                Ok(event) => Some((Ok(event?), Some(events))),
                Err(error) => Some((Err(error), None)),
            }
        })
    }

    async fn read_page(&mut self) -> Result<(), EventError> {
        let session = self.reader.transport().session(0).await?;
        let head = history::newest(&session).await?;
        let to = self.to.min(head.id.number.saturating_sub(self.confirmations));
        if self.next > to {
            self.is_at_end = true;
            return Ok(());
        }
        let (filter, sources) = (&self.filter, &mut self.sources);
        let page = self.page_size.page(&session, None, self.next, to, sources, filter).await?;
        let EventPage { events, last } = page;
        self.ready.extend(events);
        let next = last.id.number.checked_add(1);
        self.is_at_end = last.id.number >= to || next.is_none();
        self.next = next.unwrap_or(u64::MAX);
        Ok(())
    }
}
