//! `hetu network deploy`: deployment of the contracts to a new network.

use std::path::{Path, PathBuf};

use clap::Args;
use hetu::chain::model::TransactionReceipt;
use hetu::chain::network::RpcUrl;
use hetu::chain::primitives::ContractAddresses;
use hetu::chain::{ChainError, durable_file};
use hetu::{Address, Amount, ChainId, Hetutensor, Network};
use hetu_devnet::{Deployment, DeploymentRoles, DeploymentStep, DeploymentTarget};
use serde::{Deserialize, Serialize};

use crate::context::Context;
use crate::error::CliError;
use crate::input::{SMALL, malformed, text_of};
use crate::output::{Output, table};
use crate::writing::{Consent, WriteArguments};

#[derive(Args, Debug)]
pub(crate) struct DeployArguments {
    /// What to deploy where: see docs/guides/deploy.md.
    file: PathBuf,

    /// Go on with a deployment that was broken off, whose first transaction had this nonce.
    #[arg(long, value_name = "NUMBER")]
    first_nonce: Option<u64>,

    /// Where to write the entry that `hetu network add` takes [default: NETWORK.toml].
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    #[command(flatten)]
    write: WriteArguments,
}

/// The file that describes the deployment.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DeploymentFile {
    /// Name of the network.
    name: String,
    chain_id: ChainId,
    endpoint: RpcUrl,
    #[serde(default)]
    allows_private_addresses: bool,
    #[serde(default)]
    roles: RolesTable,
}

/// The roles of the deployment. The deployer holds each role that is omitted.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RolesTable {
    treasury: Option<Address>,
    system: Option<Address>,
    keeper: Option<Address>,
    governor: Option<Address>,
}

#[derive(Serialize)]
struct Deployed {
    name: String,
    chain_id: u64,
    first_nonce: u64,
    file: PathBuf,
    contracts: ContractAddresses,
}

/// The plan of a deployment. The cost is unknown, because each step depends on the previous ones.
#[derive(Serialize)]
struct DeploymentPlan {
    name: String,
    chain_id: u64,
    deployer: Address,
    first_nonce: u64,
    steps: Vec<String>,
    contracts: ContractAddresses,
}

pub(super) async fn run(
    arguments: DeployArguments,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    let consent = Consent::open(&arguments.write, context, output)?;
    let file = read(&arguments.file)?;
    let deployer = consent.account();

    let sent = count_of(&file, deployer).await?;
    let first_nonce = arguments.first_nonce.unwrap_or(sent);
    let deployment = Deployment::new(&file.roles.given(deployer), first_nonce)?;
    let network = network_of(&file, deployment.addresses()?);
    let done = usize::try_from(sent.saturating_sub(first_nonce)).unwrap_or(usize::MAX);
    let left: Vec<_> = deployment.steps().iter().skip(done).collect();

    let plan = DeploymentPlan {
        name: network.name.clone(),
        chain_id: network.chain_id.get(),
        deployer,
        first_nonce,
        steps: left.iter().map(|step| step.name.clone()).collect(),
        contracts: network.contracts,
    };
    let path = arguments.out.unwrap_or_else(|| PathBuf::from(format!("{}.toml", network.name)));
    if !plan.steps.is_empty() {
        durable_file::check_writable(&path)
            .map_err(|source| CliError::File { path: path.clone(), source })?;
    }
    let Some(wallet) = consent.given(&plan, text)? else {
        return Ok(());
    };
    let hetu = Hetutensor::connect_without_contracts(network.clone()).await?;
    let hetu = consent.sign_with(wallet, hetu).await?;
    for step in left {
        let stage = output.stage("deploying");
        if let Err(error) = take(&hetu, step).await {
            output.note(format_args!("go on with --first-nonce {first_nonce}"));
            return Err(error);
        }
        stage.done(&step.name);
    }
    Hetutensor::connect(network.clone()).await?;

    if let Err(source) = durable_file::write(&path, network.to_toml().as_bytes()) {
        output.note(format_args!(
            "the contracts are deployed: write the entry again with --first-nonce {first_nonce}"
        ));
        return Err(CliError::File { path, source });
    }
    let deployed = Deployed {
        name: network.name,
        chain_id: network.chain_id.get(),
        first_nonce,
        file: path,
        contracts: network.contracts,
    };
    output.result(&deployed, |deployed| {
        format!("deployed; next: hetu network add {}", deployed.file.display())
    });
    Ok(())
}

fn text(plan: &DeploymentPlan) -> String {
    let steps = plan.steps.iter().enumerate();
    let steps = steps.map(|(place, step)| [(place + 1).to_string(), step.clone()]);
    let contracts = plan.contracts.iter();
    let contracts = contracts.map(|(name, address)| [name.to_owned(), address.to_string()]);
    format!(
        "deploy the contracts of {} to chain {}, as {}\n{}\n{}",
        plan.name,
        plan.chain_id,
        plan.deployer,
        table(["", "transaction"], steps),
        table(["contract", "address"], contracts),
    )
}

fn network_of(file: &DeploymentFile, contracts: ContractAddresses) -> Network {
    let mut network = Network::new(&file.name, file.chain_id, file.endpoint.clone(), contracts);
    network.allows_private_addresses = file.allows_private_addresses;
    network
}

impl RolesTable {
    fn given(&self, deployer: Address) -> DeploymentRoles {
        DeploymentRoles {
            deployer,
            treasury: self.treasury.unwrap_or(deployer),
            system: self.system.unwrap_or(deployer),
            keeper: self.keeper.unwrap_or(deployer),
            governor: self.governor,
        }
    }
}

/// Returns the number of transactions of the deployer, which determines the contract addresses.
async fn count_of(file: &DeploymentFile, deployer: Address) -> Result<u64, CliError> {
    let anywhere = Deployment::new(&DeploymentRoles::all(deployer), 0)?.addresses()?;
    let hetu = Hetutensor::connect_without_contracts(network_of(file, anywhere)).await?;
    Ok(hetu.transactions().count(deployer).await?)
}

async fn take(hetu: &Hetutensor, step: &DeploymentStep) -> Result<TransactionReceipt, CliError> {
    let transactions = hetu.transactions();
    match step.target {
        DeploymentTarget::Creates(expected) => {
            let receipt = transactions.create(step.input.clone()).await?;
            if receipt.created == Some(expected) {
                return Ok(receipt);
            }
            Err(CliError::Chain(ChainError::Malformed {
                function: step.name.clone(),
                reason: format!("the contract does not stand at {expected}: was the wallet used?")
                    .into(),
            }))
        }
        DeploymentTarget::Calls(contract) => {
            let input = step.input.clone();
            Ok(transactions.call(contract, &step.name, input, Amount::ZERO).await?)
        }
        _ => Err(CliError::Usage("the deployment has a step that this version does not know")),
    }
}

fn read(path: &Path) -> Result<DeploymentFile, CliError> {
    toml::from_str(&text_of(path, SMALL)?).map_err(|error| malformed(path, error))
}
