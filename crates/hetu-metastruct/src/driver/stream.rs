//! What the stream of events says.

use std::time::Duration;

use hetu_chain::BlockId;
use hetu_chain::events::{EventError, EventNotice};
use hetu_chain::model::{Block, EventGroup};
use hetu_chain::resilience::Backoff;
use tokio::time::Instant;

use super::Driver;
use crate::Cause;
use crate::health::Mode;
use crate::hub::Status;

/// Between attempts to open a stream that nodes refused.
const STREAM_PAUSES: Backoff = Backoff::between(Duration::from_secs(1), Duration::from_secs(600));

impl Driver {
    /// Follows the chain after the newest block that is known, unless nodes refused it just now.
    pub(super) fn open_stream(&mut self) {
        let Some(newest) = self.log.as_ref().and_then(|log| log.newest()) else { return };
        if self.stream.is_some() || Instant::now() < self.stream_not_before {
            return;
        }
        // Subnets are told apart here, so that following one more needs no other stream.
        let events = self.hub.hetu.events().group(EventGroup::Subnet).group(EventGroup::Dendron);
        let events = events.group(EventGroup::Staking).resume_after(newest.id);
        let interval = self.hub.settings.refresh_interval;
        self.stream = Some(events.poll_interval(interval).follow());
        self.hub.set_status(|status| status.mode = Mode::Live);
    }

    pub(super) fn note(&mut self, notice: Option<Result<EventNotice, EventError>>) {
        match notice {
            Some(Ok(EventNotice::Event(logged))) => self.events.push(logged.event),
            Some(Ok(EventNotice::Block(block))) => self.add_block(block),
            Some(Ok(EventNotice::Reorg { back_to, .. })) => self.go_back_to(back_to),
            Some(Ok(_)) => {}
            Some(Err(error)) => self.lose_stream(&error),
            None => self.restart("stream ended"),
        }
    }

    fn add_block(&mut self, block: Block) {
        let events = std::mem::take(&mut self.events);
        let Some(log) = &mut self.log else { return };
        if log.newest().is_none_or(|newest| newest.id.hash != block.parent) {
            // Many blocks came at once, and of those in between nobody says when they were made.
            self.restart("too far behind");
            return;
        }
        self.stream_failures = 0;
        log.push(block, events);
        let asked = self.asked_with(block);
        let Self { log: Some(log), followed, hub, .. } = self else { return };
        let floor = log.floor();
        let Some(entry) = log.newest_entry() else { return };
        for (netuid, followed) in followed.iter_mut().filter(|(_, followed)| !followed.is_lost) {
            let changes = followed.advance(entry);
            changes.iter().for_each(|change| hub.metrics.changed(*netuid, change.kind()));
            followed.forget_below(floor);
            followed.publish(changes, Cause::Block, asked);
        }
        if asked.is_some() {
            self.compare_if_owed();
        }
    }

    /// When the chain was asked, with `block` as the answer; nothing if there are newer ones, or
    /// nobody knows since the chain was out of reach.
    fn asked_with(&self, block: Block) -> Option<Instant> {
        let status = self.hub.status.load();
        let Status { head, is_out_of_reach, .. } = &**status;
        let is_newest = head.is_none_or(|head| head.id.number <= block.id.number);
        (is_newest && !is_out_of_reach).then(Instant::now)
    }

    fn go_back_to(&mut self, back_to: BlockId) {
        self.events.clear();
        let Some((block, dropped)) = self.log.as_mut().and_then(|log| log.go_back_to(back_to))
        else {
            self.hub.metrics.reorganised(0);
            self.restart("reorganised too deep");
            return;
        };
        self.hub.metrics.reorganised(dropped);
        // What a node said of the blocks that are gone counts no more.
        self.hub.set_status(|status| status.head = None);
        for followed in self.followed.values_mut().filter(|followed| !followed.is_lost) {
            let Some(changes) = followed.go_back_to(block) else {
                self.restart("reorganised too deep");
                return;
            };
            followed.publish(changes, Cause::Rollback, None);
        }
    }

    fn lose_stream(&mut self, error: &EventError) {
        tracing::warn!(%error, "the events could not be followed any further");
        self.hub.set_status(|status| status.last_error = Some(error.to_string()));
        if !matches!(error, EventError::ReorgTooDeep { .. }) {
            let pause = STREAM_PAUSES.delay_after(self.stream_failures);
            self.stream_not_before = Instant::now() + pause;
        }
        self.restart("events refused");
    }

    /// Reads everything anew, and follows from there.
    pub(super) fn restart(&mut self, reason: &'static str) {
        self.stream = None;
        self.stream_failures = self.stream_failures.saturating_add(1);
        self.events.clear();
        self.resync(reason);
    }
}
