//! `hetu network check`.

use hetu::Hetutensor;
use hetu::chain::ChainError;
use hetu::chain::client::{NodeSupport, OwnedContract};
use hetu::chain::network::RpcUrl;
use serde::Serialize;

use super::list::NetworkRow;
use crate::context::Context;
use crate::error::CliError;
use crate::output::{Output, facts};

#[derive(Serialize)]
struct NetworkCheck {
    #[serde(flatten)]
    network: NetworkRow,
    block: u64,
    subnets: u16,
    contracts: ContractSet,
    nodes: Vec<CheckedNode>,
}

/// The optional parts of the execution API that one node supports.
#[derive(Serialize)]
struct CheckedNode {
    endpoint: String,
    #[serde(flatten)]
    outcome: NodeOutcome,
}

#[derive(Serialize)]
#[serde(untagged)]
enum NodeOutcome {
    Supports {
        eip_1898: bool,
        /// `hash`, or `number` with a check of the hash afterwards.
        reads_blocks_by: &'static str,
        batch_calls: usize,
        state_override: bool,
        log_blocks: u64,
        /// Base fee in HETU.
        base_fee: Option<String>,
    },
    Failed {
        error: String,
    },
}

impl From<(RpcUrl, Result<NodeSupport, ChainError>)> for CheckedNode {
    fn from((endpoint, outcome): (RpcUrl, Result<NodeSupport, ChainError>)) -> Self {
        let outcome = match outcome {
            Ok(support) => NodeOutcome::Supports {
                eip_1898: support.block_hashes,
                reads_blocks_by: if support.block_hashes { "hash" } else { "number" },
                batch_calls: support.batch_calls,
                state_override: support.state_override,
                log_blocks: support.log_blocks,
                base_fee: support.base_fee.map(|fee| fee.to_string()),
            },
            Err(error) => NodeOutcome::Failed { error: error.to_string() },
        };
        Self { endpoint: endpoint.to_string(), outcome }
    }
}

impl CheckedNode {
    fn describe(&self) -> String {
        let (batch, state, logs, fee, blocks) = match &self.outcome {
            NodeOutcome::Failed { error } => return format!("{}: {error}", self.endpoint),
            NodeOutcome::Supports {
                eip_1898,
                reads_blocks_by: _,
                batch_calls,
                state_override,
                log_blocks,
                base_fee,
            } => {
                let batch = match batch_calls {
                    1 => "no".to_owned(),
                    calls => format!("up to {calls} calls"),
                };
                let fee = base_fee.as_ref().map_or("no".to_owned(), |fee| format!("{fee} HETU"));
                let blocks = if *eip_1898 { "by hash (EIP-1898)" } else { "by number" };
                (batch, yes_or_no(*state_override), log_blocks.to_string(), fee, blocks)
            }
        };
        let rows = [
            ("reads blocks", blocks.to_owned()),
            ("batches", batch),
            ("state override", state.to_owned()),
            ("blocks of logs at once", logs),
            ("base fee", fee),
        ];
        let rows = rows.map(|(name, value)| (name.to_owned(), value));
        format!("{}\n{}", self.endpoint, facts(rows))
    }
}

const fn yes_or_no(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}

/// The functions that the contracts of a network support.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum ContractSet {
    /// All functions.
    Complete,
    /// Only the functions of the first published version.
    Published,
}

impl ContractSet {
    /// Tests a function that only complete contracts have.
    pub(super) async fn of(hetu: &Hetutensor) -> Result<Self, CliError> {
        let ownership = hetu.governance().ownership_of(OwnedContract::SubnetManager)?;
        match ownership.pending_owner().await {
            Ok(_) => Ok(Self::Complete),
            Err(ChainError::Unsupported { .. }) => Ok(Self::Published),
            Err(error) => Err(error.into()),
        }
    }

    pub(super) const fn describe(self) -> &'static str {
        match self {
            Self::Complete => "complete contracts",
            Self::Published => {
                "contracts that have the published functions alone: some commands do not work there"
            }
        }
    }
}

pub(super) async fn run(context: &Context, output: &Output) -> Result<(), CliError> {
    let hetu = context.connect().await?;
    let checked = NetworkCheck {
        network: hetu.network().into(),
        block: hetu.block().await?.id.number,
        subnets: hetu.subnets().count().await?,
        contracts: ContractSet::of(&hetu).await?,
        nodes: hetu.node_support().await.into_iter().map(CheckedNode::from).collect(),
    };
    output.result(&checked, |checked| {
        let NetworkCheck { network, block, subnets, contracts, nodes } = checked;
        let summary = format!(
            "{} is chain {} at block {block}, with {subnets} subnets and {}",
            network.name,
            network.chain_id,
            contracts.describe()
        );
        let nodes = nodes.iter().map(CheckedNode::describe);
        std::iter::once(summary).chain(nodes).collect::<Vec<_>>().join("\n")
    });
    Ok(())
}
