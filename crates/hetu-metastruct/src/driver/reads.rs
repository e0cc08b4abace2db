//! What is asked for beside the events, and what comes of it.

use std::sync::Arc;
use std::time::Duration;

use hetu_chain::model::Block;
use hetu_chain::{ChainError, NetUid};
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;
use tokio::time::Instant;

use super::followed::Followed;
use super::jobs::{self, Done, Everything, JoinAnswer, Purpose};
use super::log::BlockLog;
use super::{Driver, MOST_SUBNETS};
use crate::cold_sync::Picture;
use crate::health::Mode;
use crate::quality::PeerStatsTable;
use crate::tracked::{Current, SyncState, Tracked};
use crate::{Cause, Change, SyncError, snapshot};

/// The reason for reading everything where there are no events.
const POLLED: &str = "polled";
/// How often a subnet is read to be followed, if its block is dropped meanwhile.
const JOIN_ATTEMPTS: u32 = 5;

impl Driver {
    pub(super) fn take(&mut self, done: Done) {
        match done {
            Done::Head { asked, outcome } => self.take_head(asked, outcome),
            Done::All { asked, outcome } => self.take_all(asked, outcome),
            Done::One { netuid, asked, purpose, outcome } => match purpose {
                Purpose::Join { answer, attempts } => {
                    self.take_join(netuid, asked, answer, attempts, *outcome);
                }
                Purpose::Compare { with, answer } => {
                    let compared = outcome.map(|picture| self.compare(netuid, &with, picture));
                    if compared.is_err() {
                        self.hub.metrics.reconciled(netuid, "failed");
                    }
                    // It fails if nobody waits for it.
                    let _ = answer.map(|answer| answer.send(compared));
                }
                Purpose::Recover => {
                    if let Ok(picture) = *outcome {
                        self.adopt(netuid, picture, Cause::Resync, None);
                    }
                }
            },
            Done::Chain { outcome } => self.take_chain(outcome),
            Done::Saved => {}
        }
    }

    pub(super) fn ask_for_head(&mut self) {
        if !self.is_asking_for_head {
            self.is_asking_for_head = true;
            self.jobs.push(jobs::head(Arc::clone(&self.hub)));
        }
    }

    fn take_head(&mut self, asked: Instant, outcome: Result<Block, ChainError>) {
        self.is_asking_for_head = false;
        let head = match outcome {
            Ok(head) => head,
            Err(error) => {
                tracing::warn!(%error, "the chain is out of reach");
                self.hub.set_status(|status| {
                    status.is_out_of_reach = true;
                    status.last_error = Some(error.to_string());
                });
                return;
            }
        };
        let was_out_of_reach = self.hub.status.load().is_out_of_reach;
        self.hub.set_status(|status| {
            status.is_out_of_reach = false;
            status.head = Some(head);
        });
        self.confirm(head, asked);
        if self.stream.is_none() && self.resync_at.is_none() && !self.is_resyncing {
            let newest = self.log.as_ref().and_then(|log| log.newest());
            if newest.is_some_and(|newest| newest.id == head.id) {
                self.open_stream();
            } else {
                self.resync(POLLED);
            }
        } else if let Some(stream) = &self.stream
            && self
                .log
                .as_ref()
                .and_then(|log| log.newest())
                .is_none_or(|newest| newest.id != head.id)
        {
            stream.look_now();
        }
        self.owes_comparison |= was_out_of_reach;
        if self.log.as_ref().and_then(|log| log.newest()).is_some_and(|newest| newest.id == head.id)
        {
            self.compare_if_owed();
        }
    }

    /// Compares with a fresh read, if the chain was out of reach since the last time. Only once the
    /// newest block is there: nodes forget the state of earlier ones.
    pub(super) fn compare_if_owed(&mut self) {
        if std::mem::take(&mut self.owes_comparison) {
            self.reconcile_all();
        }
    }

    fn confirm(&self, head: Block, asked: Instant) {
        for followed in self.followed.values().filter(|followed| !followed.is_lost) {
            followed.tracked.confirm(head.id, asked);
        }
    }

    /// Reads all subnets at the newest block.
    pub(super) fn resync(&mut self, reason: &'static str) {
        if self.is_resyncing {
            return;
        }
        self.is_resyncing = true;
        self.resync_at = None;
        self.hub.metrics.resynced(reason);
        if reason != POLLED {
            self.hub.set_status(|status| status.mode = Mode::Syncing);
        }
        let netuids = self.followed.keys().copied().collect();
        self.jobs.push(jobs::all(Arc::clone(&self.hub), netuids));
    }

    fn take_all(&mut self, asked: Instant, outcome: Result<Everything, SyncError>) {
        self.is_resyncing = false;
        let Everything { block, pictures } = match outcome {
            Ok(everything) => everything,
            Err(error) => {
                if matches!(error, SyncError::OtherChain) {
                    self.take_chain(Ok(true));
                }
                tracing::warn!(%error, "the subnets could not be read");
                self.hub.set_status(|status| status.last_error = Some(error.to_string()));
                self.resync_at = Some(Instant::now() + self.resync_pauses.next_delay());
                return;
            }
        };
        self.resync_pauses.reset();
        self.stream = None;
        self.events.clear();
        self.log = Some(BlockLog::starting_with(block));
        self.followed.values_mut().for_each(|followed| followed.is_lost = true);
        self.hub.set_status(|status| {
            status.is_out_of_reach = false;
            status.head = Some(block);
            status.mode = Mode::Polling;
        });
        for (netuid, picture) in pictures {
            self.adopt(netuid, picture, Cause::Resync, Some(asked));
        }
        // What was read just now need not be compared.
        self.owes_comparison = false;
        for (netuid, _) in self.followed.iter().filter(|(_, followed)| followed.is_lost) {
            tracing::warn!(%netuid, "the chain has no such subnet any more");
        }
        self.open_stream();
        for (netuid, answer) in std::mem::take(&mut self.waiting) {
            self.join(netuid, answer);
        }
    }

    /// Takes a fresh read for the truth. Nothing happens if its block is not followed.
    fn adopt(&mut self, netuid: NetUid, picture: Picture, cause: Cause, asked: Option<Instant>) {
        let (Some(log), Some(followed)) = (&self.log, self.followed.get_mut(&netuid)) else {
            return;
        };
        let fresh = picture.into_view(self.hub.allows_private_addresses());
        if !followed.adopt(fresh, log) {
            return;
        }
        let shown = followed.tracked.view();
        let mut changes = shown.differences(&followed.view);
        changes.extend(Change::epoch_between(&shown, &followed.view));
        changes.iter().for_each(|change| self.hub.metrics.changed(netuid, change.kind()));
        followed.publish(changes, cause, asked);
        followed.tracked.rank_if_changed();
    }

    pub(super) fn reconcile_all(&mut self) {
        for netuid in self.followed.keys().copied().collect::<Vec<_>>() {
            self.reconcile(netuid, None);
        }
    }

    /// Compares a subnet with a fresh read, or reads it anew if it was lost.
    pub(super) fn reconcile(
        &mut self,
        netuid: NetUid,
        answer: Option<oneshot::Sender<Result<usize, SyncError>>>,
    ) {
        let newest = self.log.as_ref().and_then(|log| log.newest());
        let (newest, followed) = match (newest, self.followed.get(&netuid)) {
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
            true => Purpose::Recover,
            false => Purpose::Compare { with: view, answer },
        };
        self.jobs.push(jobs::one(Arc::clone(&self.hub), netuid, newest, purpose));
    }

    /// How much events had not told.
    fn compare(&mut self, netuid: NetUid, told: &crate::View, picture: Picture) -> usize {
        if told.block.id != picture.block.id {
            self.adopt(netuid, picture, Cause::Resync, None);
            return 0;
        }
        let fresh = picture.clone().into_view(self.hub.allows_private_addresses());
        let differences = told.differences(&fresh);
        let outcome = if differences.is_empty() { "equal" } else { "different" };
        self.hub.metrics.reconciled(netuid, outcome);
        if !differences.is_empty() {
            differences.iter().for_each(|change| self.hub.metrics.differed(netuid, change.kind()));
            let count = differences.len();
            tracing::warn!(%netuid, count, block = %told.block.id, "events had not told all");
            self.adopt(netuid, picture, Cause::Reconciliation, None);
        }
        differences.len()
    }

    pub(super) fn join(&mut self, netuid: NetUid, answer: JoinAnswer) {
        if let Some(followed) = self.followed.get(&netuid) {
            let _ = answer.send(Ok(Arc::clone(&followed.tracked)));
        } else if self.followed.len() + self.waiting.len() >= MOST_SUBNETS {
            let _ = answer.send(Err(SyncError::TooManySubnets { limit: MOST_SUBNETS }));
        } else {
            self.read_to_join(netuid, answer, 1);
        }
    }

    fn read_to_join(&mut self, netuid: NetUid, answer: JoinAnswer, attempts: u32) {
        match self.log.as_ref().and_then(|log| log.newest()).filter(|_| !self.is_resyncing) {
            Some(newest) => {
                let purpose = Purpose::Join { answer, attempts };
                self.jobs.push(jobs::one(Arc::clone(&self.hub), netuid, newest, purpose));
            }
            None => self.waiting.push((netuid, answer)),
        }
    }

    fn take_join(
        &mut self,
        netuid: NetUid,
        asked: Instant,
        answer: JoinAnswer,
        attempts: u32,
        outcome: Result<Picture, SyncError>,
    ) {
        if let Some(followed) = self.followed.get(&netuid) {
            let _ = answer.send(Ok(Arc::clone(&followed.tracked)));
            return;
        }
        let picture = match outcome {
            Ok(picture) => picture,
            Err(error) => {
                let _ = answer.send(Err(error));
                return;
            }
        };
        let block = picture.block.id;
        let view = Arc::new(picture.into_view(self.hub.allows_private_addresses()));
        let current = Current {
            view: Arc::clone(&view),
            asked,
            older: Duration::ZERO,
            standing: SyncState::Synced,
        };
        let settings = &self.hub.settings;
        let qualities = PeerStatsTable::new(Arc::clone(&self.hub.clock));
        let tracked = Tracked::new(current, qualities, settings.weights);
        let tracked = Arc::new(tracked);
        let mut followed =
            Followed::lost(Arc::clone(&tracked), self.hub.allows_private_addresses());
        let is_adopted =
            self.log.as_ref().is_some_and(|log| followed.adopt(view.as_ref().clone(), log));
        if !is_adopted {
            if attempts < JOIN_ATTEMPTS {
                self.read_to_join(netuid, answer, attempts + 1);
            } else {
                let known = self.log.as_ref().and_then(|log| log.newest());
                let known = known.map_or(block, |newest| newest.id);
                let _ = answer.send(Err(SyncError::Behind { head: block, known }));
            }
            return;
        }
        followed.publish(Vec::new(), Cause::Block, Some(asked));
        self.followed.insert(netuid, followed);
        self.hub.track(&tracked);
        let _ = answer.send(Ok(tracked));
    }

    /// Writes what is known of each subnet to its file.
    pub(super) fn save_all(&mut self) {
        let Some(folder) = self.hub.settings.snapshots.clone() else { return };
        for (netuid, followed) in &self.followed {
            if followed.tracked.current.load().standing != SyncState::Synced {
                continue;
            }
            let (netuid, folder, hub) = (*netuid, folder.clone(), Arc::clone(&self.hub));
            let tracked = Arc::clone(&followed.tracked);
            self.jobs.push(Box::pin(async move {
                let counted = Arc::clone(&hub);
                let saved = spawn_blocking(move || snapshot::save(&folder, &hub, &tracked)).await;
                let outcome = match saved {
                    Ok(Ok(_)) => "written",
                    Ok(Err(error)) => {
                        tracing::warn!(%netuid, %error, "the snapshot was not written");
                        "failed"
                    }
                    Err(_) => "failed",
                };
                counted.metrics.snapshot(netuid, outcome);
                Done::Saved
            }));
        }
    }
}
