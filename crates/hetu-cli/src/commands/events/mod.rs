//! `hetu events`: contract events, one per line.

mod text;

use clap::{Args, Subcommand, ValueEnum};
use hetu::chain::events::{EventNotice, Events, LoggedEvent};
use hetu::chain::model::{ChainEvent, EventGroup};
use hetu::chain::primitives::BlockHash;
use hetu::chain::rpc::BlockRef;
use hetu::chain::{BlockId, TxHash};
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

/// A line of the output. Its member `notice` names the variant.
#[derive(Serialize)]
#[serde(tag = "notice", rename_all = "lowercase")]
enum EventLine {
    /// Event of a contract.
    Event {
        block: u64,
        block_hash: BlockHash,
        log_index: u64,
        transaction: TxHash,
        contract: Address,
        event: Box<ChainEvent>,
    },
    /// End of the events up to this block.
    Block { block: u64, block_hash: BlockHash, time: u64 },
    /// Removal of all lines of blocks above this one.
    Reorg { back_to: u64, block_hash: BlockHash },
}

impl From<LoggedEvent> for EventLine {
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
            past(filter.of(&hetu), from, to, &mut Times::new(&hetu, output)).await
        }
        EventsCommand::Follow { from, filter } => {
            follow(filter.of(&hetu), from, &mut Times::new(&hetu, output)).await
        }
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

/// A printer of lines, which adds the time of the block for people.
struct Times<'run> {
    hetu: &'run Hetutensor,
    output: &'run Output,
    /// Most recently queried block. Events arrive block by block.
    last: Option<(BlockHash, u64)>,
}

impl<'run> Times<'run> {
    const fn new(hetu: &'run Hetutensor, output: &'run Output) -> Self {
        Self { hetu, output, last: None }
    }

    /// Prints `line`. Returns `false` once the output is closed.
    async fn print(&mut self, line: &EventLine) -> bool {
        let time = match line {
            EventLine::Event { block_hash, .. } if !self.output.is_json() => {
                self.time_of(*block_hash).await
            }
            EventLine::Block { time, .. } => Some(*time),
            _ => None,
        };
        self.output.line(line, |line| text(line, time))
    }

    /// Returns the time of a block, or `None` if the node no longer has it. The event is shown in
    /// both cases.
    async fn time_of(&mut self, block: BlockHash) -> Option<u64> {
        match self.last {
            Some((known, time)) if known == block => Some(time),
            _ => {
                let found = self.hetu.at(BlockRef::Hash(block)).block().await.ok()?;
                self.last = Some((block, found.time));
                Some(found.time)
            }
        }
    }
}

async fn past(events: Events, from: u64, to: u64, lines: &mut Times<'_>) -> Result<(), CliError> {
    let mut past = events.past(from..=to).await?;
    while let Some(event) = past.next().await? {
        if !lines.print(&EventLine::from(event)).await {
            break;
        }
    }
    Ok(())
}

async fn follow(events: Events, from: Option<u64>, lines: &mut Times<'_>) -> Result<(), CliError> {
    let events = match from {
        Some(height) => events.from_block(height),
        None => events,
    };
    let mut stream = events.follow();
    while let Some(notice) = stream.next().await {
        let line = match notice? {
            EventNotice::Event(event) => EventLine::from(*event),
            EventNotice::Block(block) => EventLine::Block {
                block: block.id.number,
                block_hash: block.id.hash,
                time: block.time,
            },
            EventNotice::Reorg { back_to, .. } => {
                EventLine::Reorg { back_to: back_to.number, block_hash: back_to.hash }
            }
            _ => continue,
        };
        if !lines.print(&line).await {
            break;
        }
    }
    Ok(())
}

fn text(line: &EventLine, time: Option<u64>) -> String {
    let time = time.map_or_else(String::new, |time| format!("  {}", text::of_time(time)));
    match line {
        EventLine::Event { block, event, transaction, .. } => {
            format!("{block}{time}  {}  (transaction {transaction})", text::of_event(event))
        }
        EventLine::Block { block, .. } => format!("{block}{time}  complete"),
        EventLine::Reorg { back_to, .. } => {
            format!("the chain took another turn after block {back_to}: what came later is undone")
        }
    }
}
