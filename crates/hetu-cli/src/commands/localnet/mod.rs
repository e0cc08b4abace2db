//! `hetu localnet`: a development chain that stays.

mod report;

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use hetu::chain::ChainError;
use hetu::{Amount, Hetutensor, NetUid, Network, Networks};
use hetu_devnet::{Devnet, DevnetBuilder, Mining};

use self::report::{Files, Report};
use crate::context::Context;
use crate::error::CliError;
use crate::output::Output;
use crate::stop_signal::StopSignal;

/// The subnet that every localnet has.
const FIRST_SUBNET: NetUid = NetUid::new(1);

#[derive(Args, Debug)]
pub(crate) struct LocalnetArguments {
    /// The port of JSON-RPC, http and ws; 0 takes any free one.
    #[arg(long, default_value_t = 8545)]
    port: u16,

    /// The address to listen on. Whoever reaches it can steer the chain and spend what is on it.
    #[arg(long, default_value_t = Ipv4Addr::LOCALHOST.into(), value_name = "ADDRESS")]
    host: IpAddr,

    /// Seconds between blocks; without it, each transaction is its own block at once.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    block_time: Option<u64>,

    /// Mine only when told to, by `evm_mine`.
    #[arg(long, conflicts_with = "block_time")]
    no_mining: bool,

    /// Keep the chain in this folder, and go on with the one that it holds. The options of the
    /// chain itself, from `--chain-id` on, need not be given again then, and must be as they were.
    #[arg(long, value_name = "FOLDER")]
    state: Option<PathBuf>,

    /// Keep only the latest blocks and their states; without it, all are kept.
    #[arg(long, value_name = "BLOCKS", value_parser = clap::value_parser!(u64).range(1..))]
    history: Option<u64>,

    /// Print neither accounts nor contracts.
    #[arg(long)]
    silent: bool,

    /// Do not make this chain the network `local` of other commands.
    #[arg(long)]
    no_network_entry: bool,

    /// The chain id [default: 31337].
    #[arg(long, value_name = "NUMBER")]
    chain_id: Option<u64>,

    /// How many funded accounts there are [default: 10].
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=1_000))]
    accounts: Option<u32>,

    /// What each of them holds, in HETU [default: 1000000].
    #[arg(long, value_name = "HETU")]
    balance: Option<Amount>,

    /// How much gas a block can use [default: 30000000].
    #[arg(long, value_name = "GAS")]
    gas_limit: Option<u64>,

    /// The base fee of the first block, in wei [default: 1000000000].
    #[arg(long, value_name = "WEI")]
    base_fee: Option<u64>,
}

pub(crate) async fn run(
    arguments: LocalnetArguments,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    let mut stop_signal = StopSignal::listen()?;
    let devnet = arguments.builder().spawn().await?;
    let owner = devnet.connect_as(0).await?;
    let netuid = open_first_subnet(&devnet, &owner).await?;
    // Not before: opening the subnet takes several blocks.
    devnet.set_mining(arguments.mining()).await;
    let announcement = Announcement::make(&arguments, &devnet, context)?;

    let balances = balances(&devnet, &owner).await?;
    let files = Files { state_folder: arguments.state, network_entry: announcement.file.clone() };
    let report = Report::of(&devnet, netuid, &balances, files);
    output.state(&report, |report| (!arguments.silent).then(|| report.show()));
    if announcement.is_overridden(context)? {
        output.note("networks.toml or HETU_RPC_URL say that another network is called local");
    }
    output.note(format_args!("subnet {netuid} is open at {}; stop with ctrl-c", devnet.http_url()));

    stop_signal.wait().await?;
    announcement.withdraw(context)?;
    devnet.stop().await;
    Ok(())
}

impl LocalnetArguments {
    fn builder(&self) -> DevnetBuilder {
        let mut builder = Devnet::builder().host(self.host).port(self.port);
        if let Some(folder) = &self.state {
            builder = builder.state_folder(folder);
        }
        if let Some(blocks) = self.history {
            builder = builder.history(blocks);
        }
        if let Some(chain_id) = self.chain_id {
            builder = builder.chain_id(chain_id);
        }
        if let Some(count) = self.accounts {
            builder = builder.accounts(count);
        }
        if let Some(balance) = self.balance {
            builder = builder.balance(balance);
        }
        if let Some(gas) = self.gas_limit {
            builder = builder.block_gas_limit(gas);
        }
        if let Some(wei) = self.base_fee {
            builder = builder.base_fee(wei);
        }
        builder
    }

    /// How blocks are mined once the subnet is open.
    fn mining(&self) -> Mining {
        match self.block_time {
            _ if self.no_mining => Mining::Manual,
            Some(seconds) => Mining::Interval(Duration::from_secs(seconds)),
            None => Mining::Instant,
        }
    }
}

/// Opens the first subnet, unless that was done when the chain ran before. A process that was
/// killed may have registered it only.
async fn open_first_subnet(devnet: &Devnet, owner: &Hetutensor) -> Result<NetUid, CliError> {
    match owner.subnets().info(FIRST_SUBNET).await {
        Ok(subnet) if subnet.is_active => Ok(FIRST_SUBNET),
        Ok(_) => {
            owner.subnets().activate(FIRST_SUBNET).await?;
            Ok(FIRST_SUBNET)
        }
        Err(ChainError::NoSubnet(_)) => Ok(devnet.open_subnet(owner).await?),
        Err(error) => Err(error.into()),
    }
}

async fn balances(devnet: &Devnet, hetu: &Hetutensor) -> Result<Vec<Amount>, CliError> {
    let mut balances = Vec::new();
    for account in devnet.accounts() {
        balances.push(hetu.tokens().balance(account.address).await?);
    }
    Ok(balances)
}

/// That this chain is the network `local`, for other commands of this user.
#[derive(Debug)]
struct Announcement {
    network: Network,
    /// Where it says so, if it does.
    file: Option<PathBuf>,
}

impl Announcement {
    fn make(
        arguments: &LocalnetArguments,
        devnet: &Devnet,
        context: &Context,
    ) -> Result<Self, CliError> {
        let network = devnet.network();
        let file = if arguments.no_network_entry {
            None
        } else {
            Some(Networks::announce(context.home(), &network)?)
        };
        Ok(Self { network, file })
    }

    /// Whether others do not find it all the same, because the user said otherwise.
    fn is_overridden(&self, context: &Context) -> Result<bool, CliError> {
        Ok(self.file.is_some() && context.networks()?.get(&self.network.name)? != self.network)
    }

    fn withdraw(self, context: &Context) -> Result<(), CliError> {
        match self.file {
            Some(_) => Ok(Networks::withdraw(context.home(), &self.network)?),
            None => Ok(()),
        }
    }
}
