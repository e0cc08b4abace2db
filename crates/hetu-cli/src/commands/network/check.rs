//! `hetu network check`.

use hetu::Hetutensor;
use hetu::chain::{ChainError, OwnedContract};
use serde::Serialize;

use super::list::NetworkRow;
use crate::context::Context;
use crate::error::CliError;
use crate::output::Output;

#[derive(Serialize)]
struct Checked {
    #[serde(flatten)]
    network: NetworkRow,
    block: u64,
    subnets: u16,
    contracts: ContractSet,
}

/// What the contracts of a network can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum ContractSet {
    /// Everything.
    Complete,
    /// What was published first, and no more.
    Published,
}

impl ContractSet {
    /// Looks at a function that only complete contracts have.
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
    let checked = Checked {
        network: hetu.network().into(),
        block: hetu.block().await?.id.number,
        subnets: hetu.subnets().count().await?,
        contracts: ContractSet::of(&hetu).await?,
    };
    output.result(&checked, |checked| {
        let Checked { network, block, subnets, contracts } = checked;
        format!(
            "{} is chain {} at block {block}, with {subnets} subnets and {}",
            network.name,
            network.chain_id,
            contracts.describe()
        )
    });
    Ok(())
}
