//! Reads of subnets beside the events.

use std::sync::Arc;

use futures_util::future::try_join_all;
use hetu_chain::model::Block;
use hetu_chain::{ChainError, NetUid};
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::cold_sync::{SubnetState, cold_sync};
use crate::hub::{FollowAnswer, Hub};
use crate::{SyncError, View};

/// All subnets at one block, without those that do not exist any more.
pub(super) struct AllSubnets {
    pub(super) block: Block,
    pub(super) states: Vec<(NetUid, SubnetState)>,
}

/// A subnet that is to be followed.
pub(super) struct FollowRequest {
    pub(super) netuid: NetUid,
    pub(super) answer: FollowAnswer,
    /// Number of the next attempt, from 1 on.
    pub(super) attempt: u32,
}

/// Purpose of reading one subnet.
pub(super) enum ReadPurpose {
    Follow(FollowRequest),
    /// Comparison with the view that the events led to.
    Compare {
        with: Arc<View>,
        answer: Option<oneshot::Sender<Result<usize, SyncError>>>,
    },
    /// Recovery of a subnet that has no view of a followed block.
    Recover,
}

/// Answer to the question for the newest block.
pub(super) struct HeadAnswer {
    pub(super) asked: Instant,
    pub(super) outcome: Result<Block, ChainError>,
}

/// Outcome of reading one subnet.
pub(super) struct SubnetRead {
    pub(super) netuid: NetUid,
    pub(super) asked: Instant,
    pub(super) purpose: ReadPurpose,
    pub(super) outcome: Result<SubnetState, SyncError>,
}

/// Reads all of these subnets at the newest block.
pub(super) async fn all_subnets(
    hub: Arc<Hub>,
    netuids: Vec<NetUid>,
) -> Result<AllSubnets, SyncError> {
    let block = hub.hetu.block().await?;
    let reads = netuids.into_iter().map(async |netuid| {
        match cold_sync(&hub.hetu, netuid, block, &hub.settings.plan).await {
            Ok(state) => Ok(Some((netuid, state))),
            Err(SyncError::Chain(ChainError::NoSubnet(_))) => Ok(None),
            Err(error) => Err(error),
        }
    });
    let states = try_join_all(reads).await?.into_iter().flatten().collect();
    // This check comes last: a node that serves the right chain now also did so during the read.
    if hub.serves_other_chain().await? {
        return Err(SyncError::OtherChain);
    }
    Ok(AllSubnets { block, states })
}

/// Reads one subnet at `block`.
pub(super) async fn one_subnet(
    hub: Arc<Hub>,
    netuid: NetUid,
    block: Block,
    purpose: ReadPurpose,
) -> SubnetRead {
    let asked = Instant::now();
    let outcome = cold_sync(&hub.hetu, netuid, block, &hub.settings.plan).await;
    SubnetRead { netuid, asked, purpose, outcome }
}
