//! The decision when the next weights are set, and which.

use hetu_chain::model::{Commitment, SecretWeights};
use hetu_chain::primitives::Bytes32;

use super::chain_state::{ChainState, LastSet};
use super::error::WeightError;
use super::plan::{FinishedPlan, PlanStage, SettingMethod, WeightPlan};
use super::progress::{WaitReason, WeightProgress};
use super::row::weights_of;
use super::setter::WeightSetter;
use super::window::SettingWindow;
use crate::judging::MinerScore;

impl WeightSetter {
    /// Writes a plan to disk if it is time for one; otherwise returns the reason to wait.
    pub(super) async fn plan(
        &mut self,
        seen: &ChainState,
        scores: &[MinerScore],
    ) -> Result<Option<WeightProgress>, WeightError> {
        let window = SettingWindow::of(&seen.view, self.lead, seen.reveal_delay());
        if let Some((reason, until_block)) = self.obstacle(seen, window) {
            return Ok(Some(WeightProgress::Waiting { reason, until_block }));
        }
        if let Some(required) = seen.required_version.filter(|key| *key > self.version_key) {
            return Err(WeightError::OutdatedRules { judged_by: self.version_key, required });
        }
        let weights = weights_of(scores, &seen.view);
        if weights.is_empty() {
            return Ok(Some(WeightProgress::NothingToSet));
        }
        let secret = SecretWeights { weights, version_key: self.version_key, salt: random_salt()? };
        let netuid = seen.view.netuid();
        let id = self.hetu.weights().commitment_of(netuid, self.validator, &secret);
        let SecretWeights { weights, version_key, salt } = secret;
        let last_set = match seen.last_set {
            LastSet::At(block) => Some(block),
            LastSet::Never | LastSet::Unknown => None,
        };
        let plan = WeightPlan {
            id,
            epoch_end: window.end,
            registered_at: seen.registered_at,
            last_set,
            weights,
            version_key,
            salt,
            method: seen.method(),
        };
        self.record(plan, PlanStage::Planned).await?;
        Ok(None)
    }

    /// Returns the reason to wait, and the block until which to wait.
    fn obstacle(&self, seen: &ChainState, window: SettingWindow) -> Option<(WaitReason, u64)> {
        let block = seen.block();
        if self.is_set_in(seen, window) {
            return Some((WaitReason::AlreadySet, window.end));
        }
        // The number comes from a node and may have any value.
        if block.saturating_add(1) < window.opens {
            return Some((WaitReason::Window, window.opens - 1));
        }
        if let Some(Commitment { reveal_until, .. }) = seen.commitment
            && block <= reveal_until
        {
            return Some((WaitReason::OtherCommitment, reveal_until.saturating_add(1)));
        }
        // Calls are simulated in the newest block, though a later one includes them.
        let first_row = block.saturating_add(seen.reveal_delay());
        let allowed = seen.next_allowed();
        (first_row < allowed)
            .then(|| (WaitReason::RateLimit, allowed.saturating_sub(seen.reveal_delay())))
    }

    /// Returns `true` if the epoch of `window` has weights already.
    fn is_set_in(&self, seen: &ChainState, window: SettingWindow) -> bool {
        match seen.last_set {
            LastSet::At(block) => block >= SettingWindow::begin(&seen.view, window.end),
            LastSet::Never => false,
            LastSet::Unknown => {
                self.state.finished.is_some_and(|FinishedPlan { epoch_end, seen_at, .. }| {
                    epoch_end >= window.end && seen_at <= seen.block()
                })
            }
        }
    }
}

impl WeightPlan {
    /// Returns the reason why an unsent plan no longer suits the subnet, or `None` if it does.
    pub(super) fn mismatch(&self, seen: &ChainState) -> Option<&'static str> {
        if self.is_late(seen) {
            Some("its epoch is over")
        } else if self.method != seen.method() {
            Some("the subnet takes weights in another way")
        } else if !seen.knows_all_of(self) {
            Some("a dendron left")
        } else if seen.commitment.is_some_and(|open| {
            self.method == SettingMethod::CommitReveal
                && open.hash != self.id
                && seen.block() <= open.reveal_until
        }) {
            Some("another commitment is open")
        } else {
            None
        }
    }

    /// Returns `true` if no block of its epoch can include it any more.
    pub(super) fn is_late(&self, seen: &ChainState) -> bool {
        seen.block().saturating_add(1) >= self.epoch_end
    }
}

/// Returns a random salt, so that others cannot search for the row behind a commitment.
fn random_salt() -> Result<Bytes32, WeightError> {
    let mut salt = [0; 32];
    getrandom::fill(&mut salt).map_err(|_| WeightError::Randomness)?;
    Ok(salt.into())
}
