//! Comparisons of views with fresh reads.

use std::sync::Arc;

use futures_util::future::FutureExt;
use hetu_chain::NetUid;
use tokio::sync::oneshot;

use super::context::{DriverContext, Signal};
use super::reads::{ReadPurpose, SubnetRead, one_subnet};
use crate::cold_sync::SubnetState;
use crate::{SyncError, UpdateCause, View};

impl DriverContext {
    /// Compares with a fresh read if the chain was out of reach since the last time. Waits for the
    /// newest block, because nodes discard the state of earlier ones.
    pub(super) fn compare_if_owed(&mut self) {
        if std::mem::take(&mut self.owes_comparison) {
            self.compare_all();
        }
    }

    pub(super) fn compare_all(&mut self) {
        for netuid in self.subnets.netuids() {
            self.compare(netuid, None);
        }
    }

    /// Compares a subnet with a fresh read, or reads it again if its view is of no followed block.
    pub(super) fn compare(
        &mut self,
        netuid: NetUid,
        answer: Option<oneshot::Sender<Result<usize, SyncError>>>,
    ) {
        let (newest, followed) = match (self.subnets.newest(), self.subnets.get(netuid)) {
            (Some(newest), Some(followed)) => (newest, followed),
            (newest, _) => {
                let error = newest.map_or(SyncError::NotSynced, |_| SyncError::Unfollowed(netuid));
                let _ = answer.map(|answer| answer.send(Err(error)));
                return;
            }
        };
        let view = Arc::clone(&followed.view);
        followed.tracked.qualities.keep_only(|address| view.get(address).is_some());
        let purpose = match followed.is_lost && answer.is_none() {
            true => ReadPurpose::Recover,
            false => ReadPurpose::Compare { with: view, answer },
        };
        self.reads.push(one_subnet(Arc::clone(&self.hub), netuid, newest, purpose).boxed());
    }

    pub(super) fn take_read(&mut self, read: SubnetRead) -> Option<Signal> {
        let SubnetRead { netuid, asked, purpose, outcome } = read;
        match purpose {
            ReadPurpose::Follow(request) => return self.take_followed(request, asked, outcome),
            ReadPurpose::Compare { with, answer } => {
                let compared = outcome.map(|state| self.take_comparison(netuid, &with, state));
                if compared.is_err() {
                    self.hub.metrics.reconciled(netuid, "failed");
                }
                // It fails if the caller no longer waits.
                let _ = answer.map(|answer| answer.send(compared));
            }
            ReadPurpose::Recover => {
                if let Ok(state) = outcome {
                    self.subnets.adopt(netuid, state, UpdateCause::Resync, None);
                }
            }
        }
        None
    }

    /// Returns the number of differences that the events did not report.
    fn take_comparison(&mut self, netuid: NetUid, known: &View, state: SubnetState) -> usize {
        if known.block.id != state.block.id {
            self.subnets.adopt(netuid, state, UpdateCause::Resync, None);
            return 0;
        }
        let fresh = state.clone().into_view(self.hub.allows_private_addresses());
        let differences = known.differences(&fresh);
        let outcome = if differences.is_empty() { "equal" } else { "different" };
        self.hub.metrics.reconciled(netuid, outcome);
        if !differences.is_empty() {
            differences.iter().for_each(|change| self.hub.metrics.differed(netuid, change.kind()));
            let count = differences.len();
            tracing::warn!(%netuid, count, block = %known.block.id, "the events had not shown all changes");
            self.subnets.adopt(netuid, state, UpdateCause::Reconciliation, None);
        }
        differences.len()
    }
}
