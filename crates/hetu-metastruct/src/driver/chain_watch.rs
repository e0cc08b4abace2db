//! Noticing that the node serves another chain.

use std::time::Duration;

use hetu_chain::ChainError;

use super::{Driver, jobs};

/// Within five seconds a miner says that it is not ready any more.
pub(super) const CHAIN_CHECK_INTERVAL: Duration = Duration::from_secs(3);

impl Driver {
    pub(super) fn check_chain(&mut self) {
        if !self.is_checking_chain {
            self.is_checking_chain = true;
            self.jobs.push(jobs::chain(self.hub.clone()));
        }
    }

    /// Ignores a node that does not answer; other reads report that.
    pub(super) fn take_chain(&mut self, outcome: Result<bool, ChainError>) {
        self.is_checking_chain = false;
        let Ok(is_other) = outcome else { return };
        let was_other = self.hub.status.load().is_other_chain;
        self.hub.set_status(|status| status.is_other_chain = is_other);
        match (was_other, is_other) {
            (false, true) => tracing::error!(
                "the node serves another chain than before, as a development chain that was started \
                 again: start this program again too"
            ),
            (true, false) => {
                tracing::info!("the node serves the chain again that is followed");
                self.restart("chain returned");
            }
            _ => {}
        }
    }
}
