//! Lists without a Lens: each record is read by the published functions, in batches.

use crate::abi::{self, dendron_manager, global_staking, subnet_manager};
use crate::client::error::ChainError;
use crate::client::reader::Reader;
use crate::model::{Dendron, Weight, WeightRow};
use crate::{Address, NetUid};

/// Returns all dendrons of the subnet, in the contract's order.
pub(super) async fn dendrons_one_by_one(
    reader: &Reader,
    netuid: NetUid,
) -> Result<Vec<Dendron>, ChainError> {
    let accounts = accounts(reader, netuid).await?;
    dendrons_of(reader, netuid, &accounts).await
}

/// Returns the dendrons of these accounts, in their order. Accounts that are not dendrons are left
/// out.
pub(in crate::client) async fn dendrons_of(
    reader: &Reader,
    netuid: NetUid,
    accounts: &[Address],
) -> Result<Vec<Dendron>, ChainError> {
    let contracts = reader.network().contracts;
    let records = accounts
        .iter()
        .map(|&account| (contracts.dendron_manager, dendron_manager::info(netuid, account)))
        .collect();
    let allocations = accounts
        .iter()
        .map(|&account| (contracts.global_staking, global_staking::allocation(account, netuid)))
        .collect();
    let records = reader.read_many(records).await?;
    let allocations = reader.read_many(allocations).await?;
    let pairs = records.into_iter().zip(allocations);
    Ok(pairs.filter_map(|(record, stake)| record.with_stake(stake.allocated)).collect())
}

/// Returns the result of `read` for each subnet, ordered by number.
pub(super) async fn subnets_one_by_one<T>(
    reader: &Reader,
    read: impl Fn(NetUid) -> abi::Read<T>,
) -> Result<Vec<T>, ChainError> {
    let manager = reader.network().contracts.subnet_manager;
    let next = reader.read(manager, subnet_manager::next_netuid()).await?;
    let reads = (1..next.get()).map(|netuid| (manager, read(NetUid::new(netuid)))).collect();
    reader.read_many(reads).await
}

/// Returns the rows of all validators of the subnet, in the contract's order.
pub(super) async fn rows_one_by_one(
    reader: &Reader,
    netuid: NetUid,
) -> Result<Vec<WeightRow>, ChainError> {
    let contracts = reader.network().contracts;
    let validators = dendron_manager::validator_addresses(netuid);
    let mut rows = Vec::new();
    for validator in reader.read(contracts.dendron_manager, validators).await? {
        let weights = row_of(reader, netuid, validator).await?;
        let last_set = abi::weights::last_set(netuid, validator);
        let last_set = match reader.read(contracts.weights, last_set).await {
            Err(ChainError::Unsupported { .. }) => None,
            last_set => last_set?,
        };
        rows.push(WeightRow { validator, last_set, weights });
    }
    Ok(rows)
}

/// Returns the row of `validator`. The published network has no function that lists a row. There
/// the result is the nonzero weights of all dendrons of the subnet.
pub(in crate::client) async fn row_of(
    reader: &Reader,
    netuid: NetUid,
    validator: Address,
) -> Result<Vec<Weight>, ChainError> {
    let contract = reader.network().contracts.weights;
    match reader.read(contract, abi::weights::row(netuid, validator)).await {
        Err(ChainError::Unsupported { .. }) => nonzero(reader, netuid, validator).await,
        outcome => outcome,
    }
}

async fn nonzero(
    reader: &Reader,
    netuid: NetUid,
    validator: Address,
) -> Result<Vec<Weight>, ChainError> {
    let contract = reader.network().contracts.weights;
    let dendrons = accounts(reader, netuid).await?;
    let reads = dendrons
        .iter()
        .map(|&dendron| (contract, abi::weights::weight(netuid, validator, dendron)))
        .collect();
    let weights = reader.read_many(reads).await?;
    let row = dendrons.into_iter().zip(weights);
    let row = row.map(|(dendron, weight)| Weight { dendron, weight });
    Ok(row.filter(|entry| entry.weight > 0).collect())
}

async fn accounts(reader: &Reader, netuid: NetUid) -> Result<Vec<Address>, ChainError> {
    let manager = reader.network().contracts.dendron_manager;
    reader.read(manager, dendron_manager::addresses(netuid)).await
}
