//! Reads of a whole subnet at one block, with the best method that its nodes support.

mod replay;

use std::fmt;
use std::sync::Arc;

use hetu_chain::client::ReadProgress;
use hetu_chain::model::{Block, Dendron, Hyperparameters, Subnet, SubnetSnapshot};
use hetu_chain::rpc::BlockRef;
use hetu_chain::{ChainError, Hetutensor, NetUid, Retryable};

use crate::{SyncError, View};

/// A method of reading a whole subnet, in the order in which they are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SyncMethod {
    /// Pages of the Lens contract, in a few calls.
    Pages,
    /// A replay of all events that the contracts reported about the subnet.
    Replay,
    /// Calls of the published functions, several for each dendron.
    Calls,
}

/// The progress of reading a subnet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SyncProgress {
    /// The subnet.
    pub netuid: NetUid,
    /// The method. If it fails, the next one starts from the beginning.
    pub method: SyncMethod,
    /// Number of dendrons that are known.
    pub read: usize,
    /// Expected number of dendrons, as far as it is known.
    pub total: usize,
}

/// The options for reading subnets.
#[derive(Clone)]
pub(crate) struct SyncPlan {
    pub(crate) replay_from: u64,
    pub(crate) progress: Arc<dyn Fn(SyncProgress) + Send + Sync>,
}

impl fmt::Debug for SyncPlan {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SyncPlan")
            .field("replay_from", &self.replay_from)
            .finish_non_exhaustive()
    }
}

/// A subnet as it was read at one block.
#[derive(Clone, Debug)]
pub(crate) struct SubnetState {
    pub(crate) block: Block,
    pub(crate) subnet: Subnet,
    pub(crate) hyperparameters: Hyperparameters,
    pub(crate) dendrons: Vec<Dendron>,
}

impl SubnetState {
    pub(crate) fn into_view(self, allows_private_addresses: bool) -> View {
        let Self { block, subnet, hyperparameters, dendrons } = self;
        View::new(block, subnet, hyperparameters, dendrons, allows_private_addresses)
    }
}

impl From<SubnetSnapshot> for SubnetState {
    fn from(snapshot: SubnetSnapshot) -> Self {
        let SubnetSnapshot { block, subnet, hyperparameters, dendrons, .. } = snapshot;
        Self { block, subnet, hyperparameters, dendrons }
    }
}

/// Reads the whole subnet as it is at `block`, or fails without a partial result.
///
/// # Cancel safety
/// A read that is dropped keeps no state.
pub(crate) async fn cold_sync(
    hetu: &Hetutensor,
    netuid: NetUid,
    block: Block,
    plan: &SyncPlan,
) -> Result<SubnetState, SyncError> {
    let pinned = hetu.at(BlockRef::Hash(block.id.hash));
    let tell = |method| {
        move |progress: ReadProgress| {
            let ReadProgress { read, total, .. } = progress;
            (plan.progress)(SyncProgress { netuid, method, read, total });
        }
    };
    match pinned.subnets().snapshot_by_pages(netuid, &tell(SyncMethod::Pages)).await {
        Ok(Some(snapshot)) => return Ok(snapshot.into()),
        Ok(None) => tracing::info!(%netuid, "no node runs the Lens: the events are replayed"),
        Err(error) if leaves_other_methods(&error) => {
            tracing::info!(%netuid, %error, "the pages were refused: the events are replayed");
        }
        Err(error) => return Err(error.into()),
    }
    match replay::replay(&pinned, netuid, block, plan.replay_from, &tell(SyncMethod::Replay)).await
    {
        Ok(Some(picture)) => return Ok(picture),
        Ok(None) => tracing::info!(%netuid, "the events do not tell all: each dendron is read"),
        Err(SyncError::Chain(error)) if !leaves_other_methods(&error) => return Err(error.into()),
        Err(error) => {
            tracing::info!(%netuid, %error, "the events were refused: each dendron is read");
        }
    }
    Ok(pinned.subnets().snapshot_by_calls(netuid, &tell(SyncMethod::Calls)).await?.into())
}

/// Returns `true` if another method may succeed after this error. It cannot if the subnet does not
/// exist or if no node is reachable.
fn leaves_other_methods(error: &ChainError) -> bool {
    !matches!(error, ChainError::NoSubnet(_)) && !error.retryability().is_retryable()
}
