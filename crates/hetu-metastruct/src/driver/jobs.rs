//! What is read beside the events.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use futures_util::future::try_join_all;
use hetu_chain::model::Block;
use hetu_chain::{ChainError, NetUid};
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::cold_sync::{Picture, cold_sync};
use crate::hub::Hub;
use crate::tracked::Tracked;
use crate::{SyncError, View};

pub(super) type Job = Pin<Box<dyn Future<Output = Done> + Send>>;
pub(super) type JoinAnswer = oneshot::Sender<Result<Arc<Tracked>, SyncError>>;

/// What a job came to.
pub(super) enum Done {
    Head {
        asked: Instant,
        outcome: Result<Block, ChainError>,
    },
    All {
        asked: Instant,
        outcome: Result<Everything, SyncError>,
    },
    One {
        netuid: NetUid,
        asked: Instant,
        purpose: Purpose,
        outcome: Box<Result<Picture, SyncError>>,
    },
    /// `true` if the node serves another chain.
    Chain {
        outcome: Result<bool, ChainError>,
    },
    Saved,
}

/// All subnets at one block. Those that are not there are left out.
pub(super) struct Everything {
    pub(super) block: Block,
    pub(super) pictures: Vec<(NetUid, Picture)>,
}

/// What one subnet is read for.
pub(super) enum Purpose {
    /// To follow it.
    Join { answer: JoinAnswer, attempts: u32 },
    /// To compare with what events had told.
    Compare { with: Arc<View>, answer: Option<oneshot::Sender<Result<usize, SyncError>>> },
    /// To follow it again.
    Recover,
}

pub(super) fn head(hub: Arc<Hub>) -> Job {
    Box::pin(async move {
        let asked = Instant::now();
        Done::Head { asked, outcome: hub.hetu.block().await }
    })
}

pub(super) fn chain(hub: Arc<Hub>) -> Job {
    Box::pin(async move { Done::Chain { outcome: hub.serves_other_chain().await } })
}

pub(super) fn all(hub: Arc<Hub>, netuids: Vec<NetUid>) -> Job {
    Box::pin(async move {
        let asked = Instant::now();
        Done::All { asked, outcome: everything(&hub, netuids).await }
    })
}

async fn everything(hub: &Hub, netuids: Vec<NetUid>) -> Result<Everything, SyncError> {
    let block = hub.hetu.block().await?;
    let reads = netuids.into_iter().map(async |netuid| {
        match cold_sync(&hub.hetu, netuid, block, &hub.settings.plan).await {
            Ok(picture) => Ok(Some((netuid, picture))),
            Err(SyncError::Chain(ChainError::NoSubnet(_))) => Ok(None),
            Err(error) => Err(error),
        }
    });
    let pictures = try_join_all(reads).await?.into_iter().flatten().collect();
    // Asked last: a node that serves the right chain now did so while it was read.
    if hub.serves_other_chain().await? {
        return Err(SyncError::OtherChain);
    }
    Ok(Everything { block, pictures })
}

pub(super) fn one(hub: Arc<Hub>, netuid: NetUid, block: Block, purpose: Purpose) -> Job {
    Box::pin(async move {
        let asked = Instant::now();
        let outcome = cold_sync(&hub.hetu, netuid, block, &hub.settings.plan).await;
        Done::One { netuid, asked, purpose, outcome: Box::new(outcome) }
    })
}
