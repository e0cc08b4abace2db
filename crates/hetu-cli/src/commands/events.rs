//! `hetu events`: what the contracts report, one line each.

use clap::{Args, Subcommand, ValueEnum};
use hetu::chain::{
    BlockHash, BlockId, ChainEvent, EventGroup, EventNotice, Events, LoggedEvent, TxHash,
};
use hetu::{Address, Hetutensor, NetUid};
use serde::Serialize;

use crate::context::Context;
use crate::error::CliError;
use crate::output::Output;

#[derive(Debug, Subcommand)]
pub(crate) enum EventsCommand {
    /// Show the events of blocks that there are.
    Past {
        /// The first block.
        #[arg(long, default_value_t = 0, value_name = "BLOCK")]
        from: u64,
        /// The last block; the newest by default.
        #[arg(long, value_name = "BLOCK")]
        to: Option<u64>,
        #[command(flatten)]
        filter: FilterArguments,
    },
    /// Follow the chain until interrupted.
    Follow {
        /// Begin with this block, not with the next one.
        #[arg(long, value_name = "BLOCK")]
        from: Option<u64>,
        #[command(flatten)]
        filter: FilterArguments,
    },
}

#[derive(Args, Debug)]
pub(crate) struct FilterArguments {
    /// Events about this subnet alone; can be said more than once.
    #[arg(long, visible_alias = "netuid", value_name = "NETUID")]
    subnet: Vec<NetUid>,
    /// Events of this group alone; can be said more than once.
    #[arg(long)]
    group: Vec<GroupChoice>,
    /// Only events of blocks that so many blocks follow already.
    #[arg(long, default_value_t = 0, value_name = "NUMBER")]
    confirmations: u64,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum GroupChoice {
    Subnet,
    Dendron,
    Staking,
    Token,
    Pool,
    Weights,
    Rewards,
    Governance,
}

impl From<GroupChoice> for EventGroup {
    fn from(choice: GroupChoice) -> Self {
        match choice {
            GroupChoice::Subnet => Self::Subnet,
            GroupChoice::Dendron => Self::Dendron,
            GroupChoice::Staking => Self::Staking,
            GroupChoice::Token => Self::Token,
            GroupChoice::Pool => Self::Pool,
            GroupChoice::Weights => Self::Weights,
            GroupChoice::Rewards => Self::Rewards,
            GroupChoice::Governance => Self::Governance,
        }
    }
}

/// A line, told apart by its member `notice`.
#[derive(Serialize)]
#[serde(tag = "notice", rename_all = "lowercase")]
enum Line {
    /// Something happened.
    Event {
        block: u64,
        block_hash: BlockHash,
        log_index: u64,
        transaction: TxHash,
        contract: Address,
        event: Box<ChainEvent>,
    },
    /// That was all until this block.
    Block { block: u64, block_hash: BlockHash, time: u64 },
    /// What was shown of blocks above this one did not happen.
    Reorg { back_to: u64, block_hash: BlockHash },
}

impl From<LoggedEvent> for Line {
    fn from(logged: LoggedEvent) -> Self {
        let LoggedEvent { block, log_index, transaction, contract, event, .. } = logged;
        let BlockId { number, hash } = block;
        let event = Box::new(event);
        Self::Event { block: number, block_hash: hash, log_index, transaction, contract, event }
    }
}

pub(crate) async fn run(
    command: EventsCommand,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    let hetu = context.connect().await?;
    match command {
        EventsCommand::Past { from, to, filter } => {
            let to = match to {
                Some(to) => to,
                None => hetu.block().await?.id.number,
            };
            past(filter.of(&hetu), from, to, output).await
        }
        EventsCommand::Follow { from, filter } => follow(filter.of(&hetu), from, output).await,
    }
}

impl FilterArguments {
    fn of(&self, hetu: &Hetutensor) -> Events {
        let mut events = hetu.events().confirmations(self.confirmations);
        for netuid in &self.subnet {
            events = events.netuid(*netuid);
        }
        for group in &self.group {
            events = events.group((*group).into());
        }
        events
    }
}

async fn past(events: Events, from: u64, to: u64, output: &Output) -> Result<(), CliError> {
    let mut past = events.past(from..=to).await?;
    while let Some(event) = past.next().await? {
        if !output.line(&Line::from(event), text) {
            break;
        }
    }
    Ok(())
}

async fn follow(events: Events, from: Option<u64>, output: &Output) -> Result<(), CliError> {
    let events = match from {
        Some(height) => events.from_block(height),
        None => events,
    };
    let mut stream = events.follow();
    while let Some(notice) = stream.next().await {
        let line = match notice? {
            EventNotice::Event(event) => Line::from(*event),
            EventNotice::Block(block) => {
                Line::Block { block: block.id.number, block_hash: block.id.hash, time: block.time }
            }
            EventNotice::Reorg { back_to, .. } => {
                Line::Reorg { back_to: back_to.number, block_hash: back_to.hash }
            }
            _ => continue,
        };
        if !output.line(&line, text) {
            break;
        }
    }
    Ok(())
}

/// Events hold texts of strangers, which JSON shows without letting them steer a terminal.
fn text(line: &Line) -> String {
    match line {
        Line::Event { block, event, .. } => {
            let event = serde_json::to_string(event).unwrap_or_default();
            format!("{block} {event}")
        }
        Line::Block { block, .. } => format!("{block} complete"),
        Line::Reorg { back_to, .. } => {
            format!("the chain took another turn after block {back_to}: what came later is undone")
        }
    }
}
