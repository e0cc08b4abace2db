//! `hetu network list`, `show`.

use hetu::Network;
use hetu::chain::primitives::ContractAddresses;
use serde::Serialize;

use crate::context::Context;
use crate::error::CliError;
use crate::output::{Output, facts, table};

#[derive(Serialize)]
pub(super) struct NetworkRow {
    pub(super) name: String,
    pub(super) chain_id: u64,
    /// Endpoints without credentials.
    pub(super) endpoints: Vec<String>,
}

#[derive(Serialize)]
struct NetworkShown {
    #[serde(flatten)]
    network: NetworkRow,
    allows_private_addresses: bool,
    contracts: ContractAddresses,
}

impl From<&Network> for NetworkRow {
    fn from(network: &Network) -> Self {
        Self {
            name: network.name.clone(),
            chain_id: network.chain_id.get(),
            endpoints: network.endpoints.iter().map(ToString::to_string).collect(),
        }
    }
}

pub(super) fn list(context: &Context, output: &Output) -> Result<(), CliError> {
    let networks: Vec<NetworkRow> = context.networks()?.iter().map(NetworkRow::from).collect();
    output.result(&networks, |networks| {
        let rows = networks.iter().map(|network| {
            [network.name.clone(), network.chain_id.to_string(), network.endpoints.join(", ")]
        });
        table(["network", "chain id", "endpoints"], rows)
    });
    Ok(())
}

pub(super) fn show(context: &Context, output: &Output) -> Result<(), CliError> {
    let network = context.network()?;
    let shown = NetworkShown {
        network: (&network).into(),
        allows_private_addresses: network.allows_private_addresses,
        contracts: network.contracts,
    };
    output.result(&shown, |shown| {
        let NetworkRow { name, chain_id, endpoints } = &shown.network;
        let private = if shown.allows_private_addresses { "allowed" } else { "refused" };
        let mut rows = vec![
            ("chain id".to_owned(), chain_id.to_string()),
            ("endpoints".to_owned(), endpoints.join(", ")),
            ("private addresses".to_owned(), private.to_owned()),
        ];
        let contracts = shown.contracts.iter();
        rows.extend(contracts.map(|(contract, address)| (contract.into(), address.to_string())));
        format!("{name}\n{}", facts(rows))
    });
    Ok(())
}
