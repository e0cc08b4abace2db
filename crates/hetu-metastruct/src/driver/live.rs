//! The state in which events are applied block by block.

use std::ops::ControlFlow;

use hetu_chain::BlockId;
use hetu_chain::events::{EventError, EventNotice, EventStream};
use hetu_chain::model::{Block, ChainEvent, EventGroup};
use tokio::time::Instant;

use super::context::{DriverContext, Signal};
use super::syncing::ResyncReason;
use crate::health::FollowMode;
use crate::hub::FollowStatus;

/// The stream of events after the newest known block.
pub(super) struct Live {
    stream: EventStream,
    /// Events of the block that is not complete yet.
    events: Vec<ChainEvent>,
}

/// End of [`Live`].
pub(super) enum LiveEnd {
    /// A gap between the events and the known state.
    Lost(ResyncReason),
}

type Step = ControlFlow<ResyncReason>;

impl Live {
    /// Follows the chain after the newest known block, or returns `None` while the pause after a
    /// refusal lasts.
    pub(super) fn open(context: &DriverContext) -> Option<Self> {
        let newest = context.subnets.newest()?;
        if !context.stream_retry.is_due() {
            return None;
        }
        // One stream serves all subnets, so that one more subnet needs no second stream.
        let events = context.hub.hetu.events().group(EventGroup::Subnet);
        let events = events.group(EventGroup::Dendron).group(EventGroup::Staking);
        let events = events.resume_after(newest.id);
        let stream = events.poll_interval(context.hub.settings.refresh_interval).follow();
        context.hub.set_status(|status| status.mode = FollowMode::Live);
        Some(Self { stream, events: Vec::new() })
    }

    pub(super) async fn run(mut self, context: &mut DriverContext) -> Option<LiveEnd> {
        loop {
            let step = tokio::select! {
                notice = self.stream.next() => self.take(context, notice),
                signal = context.next_signal() => self.obey(context, signal?),
            };
            if let ControlFlow::Break(reason) = step {
                context.stream_retry.note_end();
                return Some(LiveEnd::Lost(reason));
            }
        }
    }

    fn obey(&self, context: &mut DriverContext, signal: Signal) -> Step {
        match signal {
            Signal::Woken => {
                self.stream.look_now();
                if context.hub.status.load().is_out_of_reach {
                    context.ask_for_head();
                }
            }
            Signal::Head(head) if !context.subnets.is_newest(head) => self.stream.look_now(),
            Signal::Head(_) => {}
            Signal::Follow(request) => context.read_to_follow(request),
            Signal::ChainReturned => return Step::Break(ResyncReason::ChainReturned),
        }
        Step::Continue(())
    }

    fn take(
        &mut self,
        context: &mut DriverContext,
        notice: Option<Result<EventNotice, EventError>>,
    ) -> Step {
        match notice {
            Some(Ok(EventNotice::Event(logged))) => self.events.push(logged.event),
            Some(Ok(EventNotice::Block(block))) => return self.add_block(context, block),
            Some(Ok(EventNotice::Reorg { back_to, .. })) => {
                return self.go_back_to(context, back_to);
            }
            Some(Ok(_)) => {}
            Some(Err(error)) => {
                tracing::warn!(%error, "the events could not be followed any further");
                context.hub.set_status(|status| status.last_error = Some(error.to_string()));
                if !matches!(error, EventError::ReorgTooDeep { .. }) {
                    context.stream_retry.pause();
                }
                return Step::Break(ResyncReason::EventsRefused);
            }
            None => return Step::Break(ResyncReason::StreamEnded),
        }
        Step::Continue(())
    }

    fn add_block(&mut self, context: &mut DriverContext, block: Block) -> Step {
        let events = std::mem::take(&mut self.events);
        if !context.subnets.is_next(&block) {
            // Many blocks came at the same time, and the timestamps of those in between are not
            // known.
            return Step::Break(ResyncReason::TooFarBehind);
        }
        context.stream_retry.note_block();
        let asked = confirmation(&context.hub.status.load(), block);
        context.subnets.add_block(block, events, asked);
        if asked.is_some() {
            context.compare_if_owed();
        }
        Step::Continue(())
    }

    fn go_back_to(&mut self, context: &mut DriverContext, back_to: BlockId) -> Step {
        self.events.clear();
        match context.subnets.go_back_to(back_to) {
            Ok(()) => Step::Continue(()),
            Err(_) => Step::Break(ResyncReason::ReorganisedTooDeep),
        }
    }
}

/// Returns the time at which `block` is known to be the newest, or `None` if there is a newer one
/// or the chain has been out of reach since.
fn confirmation(status: &FollowStatus, block: Block) -> Option<Instant> {
    let FollowStatus { head, is_out_of_reach, .. } = status;
    let is_newest = head.is_none_or(|head| head.id.number <= block.id.number);
    (is_newest && !is_out_of_reach).then(Instant::now)
}
