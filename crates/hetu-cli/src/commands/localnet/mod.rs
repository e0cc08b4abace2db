//! `hetu localnet`: a long-running development chain.

mod mining;
mod report;

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use clap::Args;
use hetu::chain::ChainError;
use hetu::chain::model::{HyperparameterChanges, NetworkParameters, RegistrationRules};
use hetu::chain::network::Announcement;
use hetu::{Amount, Hetutensor, NetUid, Networks};
use hetu_devnet::{Devnet, DevnetBuilder};

use self::mining::MiningArguments;
use self::report::{Files, LocalnetReport};
use crate::context::Context;
use crate::error::CliError;
use crate::output::Output;
use crate::stop_signal::StopSignal;

/// The subnet that every localnet has.
const FIRST_SUBNET: NetUid = NetUid::new(1);

/// Minimum number of blocks between two subnets: few, so that a second one can follow soon.
const SUBNET_RATE_LIMIT: u64 = 5;

#[derive(Args, Debug)]
pub(crate) struct LocalnetArguments {
    /// The port of JSON-RPC, http and ws; 0 takes any free one.
    #[arg(long, default_value_t = 8545)]
    port: u16,

    /// The address to listen on. Whoever reaches it can steer the chain and spend what is on it.
    #[arg(long, default_value_t = Ipv4Addr::LOCALHOST.into(), value_name = "ADDRESS")]
    host: IpAddr,

    #[command(flatten)]
    mining: MiningArguments,

    /// Give an epoch of the first subnet this many blocks.
    #[arg(long, default_value_t = 15, value_name = "BLOCKS",
          value_parser = clap::value_parser!(u16).range(2..=10_001))]
    epoch: u16,

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

    /// Do not make this chain known to other commands.
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
    let devnet = arguments.builder().start().await?;
    let owner = devnet.connect_as(0).await?;
    let netuid = open_first_subnet(&devnet, &owner, arguments.epoch).await?;
    // Only now, because opening the subnet takes several blocks.
    devnet.set_mining(arguments.mining.chosen()).await;
    let announcement = announce(&arguments, &devnet, context)?;

    let balances = balances(&devnet, &owner).await?;
    let files = Files {
        state_folder: arguments.state.clone(),
        network_entry: announcement.as_ref().map(|announced| announced.path().to_owned()),
    };
    let network = announcement.as_ref().map(|announced| announced.network().name.clone());
    let report = LocalnetReport::of(&devnet, netuid, &balances, network, files);
    output.state(&report, |report| (!arguments.silent).then(|| report.show()));
    output.note(format_args!("subnet {netuid} is open at {}; stop with ctrl-c", devnet.http_url()));
    tell_how_to_reach_it(announcement.as_ref(), &devnet, context, output)?;

    stop_signal.wait().await?;
    announcement.map(Announcement::withdraw).transpose()?;
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
}

/// Opens the first subnet, unless an earlier run did so. A process that was killed may only have
/// registered it.
async fn open_first_subnet(
    devnet: &Devnet,
    owner: &Hetutensor,
    epoch: u16,
) -> Result<NetUid, CliError> {
    match owner.subnets().info(FIRST_SUBNET).await {
        Ok(subnet) if subnet.is_active => return Ok(FIRST_SUBNET),
        Ok(_) => {
            owner.subnets().activate(FIRST_SUBNET).await?;
        }
        Err(ChainError::NoSubnet(_)) => {
            devnet.open_subnet(owner).await?;
        }
        Err(error) => return Err(error.into()),
    }
    let changes = HyperparameterChanges {
        tempo: Some(epoch - 1),
        // A validator sets weights once in each epoch.
        weights_rate_limit: Some(u64::from(epoch / 2).max(1)),
        ..HyperparameterChanges::default()
    };
    owner.subnets().change_hyperparameters(FIRST_SUBNET, &changes).await?.await?;
    let NetworkParameters { min_lock, reduction_interval, .. } =
        owner.subnets().network_parameters().await?;
    let rules = RegistrationRules { min_lock, rate_limit: SUBNET_RATE_LIMIT, reduction_interval };
    owner.subnets().set_network_parameters(&rules).await?;
    // The next subnet can then be registered at once.
    devnet.mine(SUBNET_RATE_LIMIT).await;
    Ok(FIRST_SUBNET)
}

async fn balances(devnet: &Devnet, hetu: &Hetutensor) -> Result<Vec<Amount>, CliError> {
    let mut balances = Vec::new();
    for account in devnet.accounts() {
        balances.push(hetu.tokens().balance(account.address).await?);
    }
    Ok(balances)
}

fn announce(
    arguments: &LocalnetArguments,
    devnet: &Devnet,
    context: &Context,
) -> Result<Option<Announcement>, CliError> {
    if arguments.no_network_entry {
        return Ok(None);
    }
    let mut network = devnet.network();
    // At one block per second, clients that only poll would see new blocks too late.
    network.endpoints.extend(devnet.ws_url().parse());
    Ok(Some(Networks::announce(context.home(), &network)?))
}

fn tell_how_to_reach_it(
    announcement: Option<&Announcement>,
    devnet: &Devnet,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    let Some(announcement) = announcement else {
        output
            .note(format_args!("other commands reach it with HETU_RPC_URL={}", devnet.http_url()));
        return Ok(());
    };
    let network = announcement.network();
    if context.networks()?.get(&network.name)? != *network {
        output.note(format_args!(
            "networks.toml or HETU_RPC_URL say that another network is called {}: other commands \
             reach this one with HETU_RPC_URL={}",
            network.name,
            devnet.http_url(),
        ));
    } else if network.name != context.network_name() {
        output.note(format_args!("other commands reach it with --network {}", network.name));
    }
    Ok(())
}
