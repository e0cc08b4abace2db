//! `hetu network add`: registration of networks under a name.

use std::path::{Path, PathBuf};

use clap::Args;
use hetu::chain::network::{AddressFile, RpcUrl};
use hetu::{ChainId, Hetutensor, Network, presets};

use super::check::ContractSet;
use crate::context::Context;
use crate::error::CliError;
use crate::input::text_of;
use crate::output::Output;

/// Maximum length of a file of networks, in bytes.
const LONGEST: u64 = 16 << 20;
/// Name that selects the chain and endpoint of the preset.
const TESTNET: &str = "testnet";

#[derive(Args, Debug)]
pub(crate) struct AddArguments {
    /// Networks written like networks.toml, for example by `hetu network deploy`.
    #[arg(required_unless_present = "addresses")]
    file: Option<PathBuf>,

    /// The contracts of the network, in TOML or JSON, with the names of this SDK, the Python SDK or
    /// hetucli.
    #[arg(long, value_name = "FILE", conflicts_with = "file", requires = "name")]
    addresses: Option<PathBuf>,

    /// What the network is to be called.
    #[arg(long, requires = "addresses")]
    name: Option<String>,

    /// Its endpoints, in order of preference: http, https, and ws or wss to hear of new blocks.
    /// Needed unless the name is testnet.
    #[arg(long, value_name = "URL", value_delimiter = ',', requires = "addresses")]
    rpc: Vec<String>,

    /// What its nodes must answer to eth_chainId; by default what the first one answers now.
    #[arg(long, value_name = "NUMBER", requires = "addresses")]
    chain_id: Option<u64>,

    /// Let dendrons be reached at private addresses: for networks within one machine or house.
    #[arg(long, requires = "addresses")]
    allow_private_addresses: bool,

    /// Do not connect to make sure that the contracts are there.
    #[arg(long, requires = "addresses")]
    unchecked: bool,
}

pub(super) async fn run(
    arguments: AddArguments,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    let text = match (&arguments.file, &arguments.addresses) {
        (_, Some(addresses)) => described(&arguments, addresses, output).await?.to_toml(),
        (Some(file), None) => text_of(file, LONGEST)?.to_string(),
        (None, None) => return Err(CliError::Usage("name a file of networks or of addresses")),
    };
    let added = context.add_networks(&text)?;
    output.result(&added, |added| format!("added {}", added.join(", ")));
    Ok(())
}

async fn described(
    arguments: &AddArguments,
    addresses: &Path,
    output: &Output,
) -> Result<Network, CliError> {
    let AddressFile { contracts, ignored, .. } = AddressFile::parse(&text_of(addresses, LONGEST)?)?;
    if !ignored.is_empty() {
        output.note(format_args!("not about contracts: {}", ignored.join(", ")));
    }
    let mut network = presets::testnet(contracts);
    network.name = arguments.name.clone().unwrap_or_default();
    network.allows_private_addresses = arguments.allow_private_addresses;
    let is_testnet = network.name == TESTNET;
    match endpoints(&arguments.rpc)? {
        endpoints if !endpoints.is_empty() => network.endpoints = endpoints,
        _ if is_testnet => {}
        _ => return Err(CliError::Usage("where is it reached? name an endpoint with --rpc")),
    }
    match arguments.chain_id {
        Some(chain_id) => network.chain_id = ChainId::new(chain_id),
        None if is_testnet => {}
        None if arguments.unchecked => {
            return Err(CliError::Usage("which chain? name it with --chain-id"));
        }
        None => network.chain_id = asked_chain(&network.endpoints, output).await?,
    }
    if !arguments.unchecked {
        let hetu = Hetutensor::connect(network.clone()).await?;
        output.note(format_args!("it has {}", ContractSet::of(&hetu).await?.describe()));
    }
    Ok(network)
}

/// Returns the chain id that the first node reports.
async fn asked_chain(endpoints: &[RpcUrl], output: &Output) -> Result<ChainId, CliError> {
    let called = endpoints.iter().find(|url| !url.is_websocket());
    let url = called.ok_or(CliError::Usage("--rpc needs an http or https endpoint to call"))?;
    let chain_id = Hetutensor::chain_at(url).await?;
    output.note(format_args!("{url} says that it is chain {chain_id}"));
    Ok(chain_id)
}

/// Parses endpoint URLs here and not in clap, which would repeat a URL with its credentials.
fn endpoints(urls: &[String]) -> Result<Vec<RpcUrl>, CliError> {
    let urls = urls.iter().map(|url| url.parse());
    let endpoints = urls
        .collect::<Result<Vec<RpcUrl>, _>>()
        .map_err(|_| CliError::Usage("an endpoint of --rpc is not an RPC url"))?;
    if !endpoints.is_empty() && endpoints.iter().all(RpcUrl::is_websocket) {
        return Err(CliError::Usage("--rpc needs an http or https endpoint to call"));
    }
    Ok(endpoints)
}
