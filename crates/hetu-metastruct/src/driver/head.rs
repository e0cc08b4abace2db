//! The newest block, and the chain that the node serves.

use std::sync::Arc;

use futures_util::future::{FusedFuture, FutureExt};
use tokio::time::Instant;

use super::context::{DriverContext, Signal};
use super::reads::HeadAnswer;

impl DriverContext {
    /// Requests the newest block, unless such a request is pending.
    pub(super) fn ask_for_head(&mut self) {
        if self.head.is_terminated() {
            let hub = Arc::clone(&self.hub);
            let ask = async move {
                let asked = Instant::now();
                HeadAnswer { asked, outcome: hub.hetu.block().await }
            };
            self.head = ask.boxed().fuse();
        }
    }

    pub(super) fn take_head(&mut self, answer: HeadAnswer) -> Option<Signal> {
        let HeadAnswer { asked, outcome } = answer;
        let head = match outcome {
            Ok(head) => head,
            Err(error) => {
                tracing::warn!(%error, "the chain is out of reach");
                self.hub.set_status(|status| {
                    status.is_out_of_reach = true;
                    status.last_error = Some(error.to_string());
                });
                return None;
            }
        };
        self.owes_comparison |= self.hub.status.load().is_out_of_reach;
        self.hub.set_status(|status| {
            status.is_out_of_reach = false;
            status.head = Some(head);
        });
        self.subnets.confirm(head.id, asked);
        if self.subnets.is_newest(head.id) {
            self.compare_if_owed();
        }
        Some(Signal::Head(head.id))
    }

    /// Checks whether the node serves another chain, unless such a check is pending.
    pub(super) fn check_chain(&mut self) {
        if self.chain_check.is_terminated() {
            let hub = Arc::clone(&self.hub);
            self.chain_check = async move { hub.serves_other_chain().await }.boxed().fuse();
        }
    }

    /// Records whether the node serves another chain than the followed one.
    pub(super) fn note_served_chain(&self, is_other: bool) -> Option<Signal> {
        let was_other = self.hub.status.load().is_other_chain;
        self.hub.set_status(|status| status.is_other_chain = is_other);
        match (was_other, is_other) {
            (false, true) => tracing::error!(
                "the node serves another chain than before, as a development chain that was started \
                 again: start this program again too"
            ),
            (true, false) => {
                tracing::info!("the node serves the chain again that is followed");
                return Some(Signal::ChainReturned);
            }
            _ => {}
        }
        None
    }
}
