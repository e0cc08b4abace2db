//! Requests to follow more subnets, and the files in which subnets are kept.

use std::sync::Arc;

use futures_util::future::FutureExt;
use hetu_chain::NetUid;
use tokio::task::spawn_blocking;
use tokio::time::Instant;

use super::context::{DriverContext, Signal};
use super::reads::{FollowRequest, ReadPurpose, one_subnet};
use crate::cold_sync::SubnetState;
use crate::hub::{FollowAnswer, Hub};
use crate::tracked::{SyncState, Tracked};
use crate::{SyncError, snapshot};

/// Maximum number of subnets that are followed at the same time.
const MOST_SUBNETS: usize = 1_024;
/// Maximum number of reads for one request, in case that a reorganisation drops the block.
const MOST_ATTEMPTS: u32 = 5;

impl DriverContext {
    /// Returns the request to follow a subnet, or answers it if that needs no read.
    pub(super) fn admit(&self, netuid: NetUid, answer: FollowAnswer) -> Option<FollowRequest> {
        if let Some(followed) = self.subnets.get(netuid) {
            let _ = answer.send(Ok(Arc::clone(&followed.tracked)));
        } else if self.subnets.len() + self.waiting.len() >= MOST_SUBNETS {
            let _ = answer.send(Err(SyncError::TooManySubnets { limit: MOST_SUBNETS }));
        } else {
            return Some(FollowRequest { netuid, answer, attempt: 1 });
        }
        None
    }

    /// Reads the subnet at the newest known block, or lets it wait until there is one.
    pub(super) fn read_to_follow(&mut self, request: FollowRequest) {
        match self.subnets.newest() {
            Some(newest) => {
                let netuid = request.netuid;
                let purpose = ReadPurpose::Follow(request);
                self.reads.push(one_subnet(Arc::clone(&self.hub), netuid, newest, purpose).boxed());
            }
            None => self.waiting.push(request),
        }
    }

    /// Reads the subnets that waited for the first block.
    pub(super) fn follow_waiting(&mut self) {
        for FollowRequest { netuid, answer, .. } in std::mem::take(&mut self.waiting) {
            if let Some(request) = self.admit(netuid, answer) {
                self.read_to_follow(request);
            }
        }
    }

    /// Follows a subnet that was read, or returns the request for another attempt.
    pub(super) fn take_followed(
        &mut self,
        request: FollowRequest,
        asked: Instant,
        outcome: Result<SubnetState, SyncError>,
    ) -> Option<Signal> {
        let FollowRequest { netuid, answer, attempt } = request;
        if let Some(followed) = self.subnets.get(netuid) {
            let _ = answer.send(Ok(Arc::clone(&followed.tracked)));
            return None;
        }
        let state = match outcome {
            Ok(state) => state,
            Err(error) => {
                let _ = answer.send(Err(error));
                return None;
            }
        };
        let head = state.block.id;
        let tracked = Arc::new(self.hub.synced(state, asked));
        if self.subnets.insert(&tracked, asked) {
            self.hub.track(&tracked);
            let _ = answer.send(Ok(tracked));
        } else if attempt < MOST_ATTEMPTS {
            return Some(Signal::Follow(FollowRequest { netuid, answer, attempt: attempt + 1 }));
        } else {
            let known = self.subnets.newest().map_or(head, |newest| newest.id);
            let _ = answer.send(Err(SyncError::Behind { head, known }));
        }
        None
    }

    /// Writes the cached state of each subnet to its file.
    pub(super) fn save_all(&self) {
        let Some(folder) = self.hub.settings.snapshots.clone() else { return };
        for tracked in self.subnets.tracked() {
            if tracked.current.load().sync_state == SyncState::Synced {
                let (folder, hub) = (folder.clone(), Arc::clone(&self.hub));
                self.saves.push(save(folder, hub, Arc::clone(tracked)).boxed());
            }
        }
    }
}

async fn save(folder: std::path::PathBuf, hub: Arc<Hub>, tracked: Arc<Tracked>) {
    let (writer, netuid) = (Arc::clone(&hub), tracked.netuid);
    let saved = spawn_blocking(move || snapshot::save(&folder, &writer, &tracked)).await;
    let outcome = match saved {
        Ok(Ok(_)) => "written",
        Ok(Err(error)) => {
            tracing::warn!(%netuid, %error, "the snapshot was not written");
            "failed"
        }
        Err(_) => "failed",
    };
    hub.metrics.snapshot(netuid, outcome);
}
