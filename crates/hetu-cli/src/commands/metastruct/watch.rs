//! `hetu metastruct watch`.

use clap::Args;
use hetu::chain::primitives::BlockHash;
use hetu::metastruct::{SnapshotError, SubnetUpdate, UpdateCause, View};
use hetu::{Metastruct, NetUid};
use serde::Serialize;

use super::change::ChangeRow;
use crate::context::Context;
use crate::error::CliError;
use crate::output::Output;

#[derive(Args, Debug)]
pub(crate) struct WatchArguments {
    /// The numbers of the subnets.
    #[arg(required = true)]
    netuid: Vec<NetUid>,
    /// Keep what is known in $HETU_HOME/metastruct, and begin with what was known last.
    #[arg(long)]
    keep: bool,
}

/// A line of the output. Its member `notice` names the variant.
#[derive(Serialize)]
#[serde(tag = "notice", rename_all = "lowercase")]
enum WatchLine {
    /// Initial state of the subnet.
    View { netuid: NetUid, block: u64, block_hash: BlockHash, dendrons: usize, is_fresh: bool },
    /// Change of the subnet.
    Update {
        netuid: NetUid,
        block: u64,
        block_hash: BlockHash,
        cause: UpdateCause,
        changes: Vec<ChangeRow>,
    },
    /// Number of updates lost because the reader was too slow.
    Missed { netuid: NetUid, count: u64 },
}

pub(super) async fn run(
    WatchArguments { netuid, keep }: WatchArguments,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    let Some((first, others)) = netuid.split_first() else {
        return Err(CliError::Usage("name a subnet"));
    };
    let mut builder = Metastruct::builder(context.connect().await?, *first);
    if keep {
        builder = builder.snapshots(context.home().join("metastruct"));
    }
    let metastruct = builder.start().await?;
    let mut watched = vec![metastruct.clone()];
    for other in others {
        watched.push(metastruct.follow(*other).await?);
    }
    if keep {
        keep_now(&metastruct, output).await;
    }
    let watching = watched.into_iter().map(|metastruct| watch(metastruct, output));
    futures_util::future::join_all(watching).await;
    Ok(())
}

/// Writes the snapshot immediately, before the first interval passes.
async fn keep_now(metastruct: &Metastruct, output: &Output) {
    match metastruct.save().await {
        // A loaded snapshot is written after the first read of the chain.
        Ok(_) | Err(SnapshotError::NotSynced { .. }) => {}
        Err(error) => output.note(format_args!("nothing is kept: {error}")),
    }
}

async fn watch(metastruct: Metastruct, output: &Output) {
    let mut changes = metastruct.changes();
    let begin = begin(&metastruct.view(), metastruct.fresh_view().is_ok());
    if !output.line(&begin, text) {
        return;
    }
    while let Some(update) = changes.next().await {
        let line = match update {
            Ok(update) => of_update(&update),
            Err(missed) => WatchLine::Missed { netuid: metastruct.netuid(), count: missed.count },
        };
        if !output.line(&line, text) {
            return;
        }
    }
}

fn begin(view: &View, is_fresh: bool) -> WatchLine {
    let (block, block_hash) = (view.block.id.number, view.block.id.hash);
    WatchLine::View { netuid: view.netuid(), block, block_hash, dendrons: view.len(), is_fresh }
}

fn of_update(update: &SubnetUpdate) -> WatchLine {
    WatchLine::Update {
        netuid: update.netuid,
        block: update.view.block.id.number,
        block_hash: update.view.block.id.hash,
        cause: update.cause,
        changes: update.changes.iter().map(ChangeRow::from).collect(),
    }
}

fn text(line: &WatchLine) -> String {
    match line {
        WatchLine::View { netuid, block, dendrons, is_fresh, .. } => {
            let age = if *is_fresh { "" } else { ", as it was known last" };
            format!("subnet {netuid} at block {block}{age}: {dendrons} dendrons")
        }
        WatchLine::Update { netuid, block, cause, changes, .. } => {
            let cause = match cause {
                UpdateCause::Rollback => " (the chain took another turn)",
                UpdateCause::Resync => " (read anew)",
                UpdateCause::Reconciliation => " (not told by events)",
                _ => "",
            };
            let changes: Vec<_> = changes.iter().map(ChangeRow::text).collect();
            format!("{netuid} {block}{cause} {}", changes.join("; "))
        }
        WatchLine::Missed { netuid, count } => format!("{netuid} {count} updates were missed"),
    }
}
