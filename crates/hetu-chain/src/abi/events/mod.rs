//! Decoding of contract logs to events.
//!
//! `ethers` does not bind an event to a contract. So every function here takes the contract that
//! wrote the log; the caller has compared its address.

mod dendron_manager;
mod global_staking;
mod ownership;
mod reward_distributor;
mod subnet_amm;
mod subnet_manager;
mod timelock;
mod tokens;
mod weights;

use ethers_contract::EthLogDecode;
use ethers_core::abi::{Abi, RawLog};
use ethers_core::types::H256;

use super::bindings;
use crate::model::{ChainEvent, Contract, Log};

/// The reason for which a log of a known contract is not an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum UndecodedLog {
    /// A topic that this crate does not know: a later version of the contract may have more events.
    #[error("an unknown topic")]
    UnknownTopic,
    #[error("a known topic, and not what belongs to it")]
    Malformed,
}

/// Returns the event in a log of `contract`.
pub(crate) fn decode_event(contract: Contract, log: &Log) -> Result<ChainEvent, UndecodedLog> {
    let topics = log.topics.iter().copied().map(H256).collect();
    let raw = RawLog { topics, data: log.data.clone() };
    match contract {
        Contract::SubnetManager => {
            let abi = &bindings::subnet_manager::SUBNETMANAGER_ABI;
            decode(&raw, abi, subnet_manager::convert)
        }
        Contract::DendronManager => {
            let abi = &bindings::dendron_manager::DENDRONMANAGER_ABI;
            decode(&raw, abi, dendron_manager::convert)
        }
        Contract::GlobalStaking => {
            let abi = &bindings::global_staking::GLOBALSTAKING_ABI;
            decode(&raw, abi, global_staking::convert)
        }
        Contract::Whetu => decode(&raw, &bindings::whetu::WHETU_ABI, tokens::convert_whetu),
        Contract::AlphaToken(netuid) => {
            let abi = &bindings::alpha_token::ALPHATOKEN_ABI;
            decode(&raw, abi, |event| tokens::convert_alpha(netuid, event))
        }
        Contract::AmmFactory => {
            let abi = &bindings::subnet_amm_factory::SUBNETAMMFACTORY_ABI;
            decode(&raw, abi, subnet_amm::convert_factory)
        }
        Contract::Pool(netuid) => {
            let abi = &bindings::subnet_amm::SUBNETAMM_ABI;
            decode(&raw, abi, |event| subnet_amm::convert_pool(netuid, event))
        }
        Contract::Weights => decode(&raw, &bindings::weights::WEIGHTS_ABI, weights::convert),
        Contract::RewardDistributor => {
            let abi = &bindings::reward_distributor::REWARDDISTRIBUTOR_ABI;
            decode(&raw, abi, reward_distributor::convert)
        }
        Contract::Timelock => {
            decode(&raw, &bindings::hetu_timelock::HETUTIMELOCK_ABI, timelock::convert)
        }
    }
}

/// Decodes a log. `convert` takes the generated enum of all the contract's events, so that the
/// compiler reports a missing conversion when the ABI gets a new event.
fn decode<E: EthLogDecode>(
    log: &RawLog,
    abi: &Abi,
    convert: impl FnOnce(E) -> ChainEvent,
) -> Result<ChainEvent, UndecodedLog> {
    match E::decode_log(log) {
        Ok(event) => Ok(convert(event)),
        Err(_) if is_known(log, abi) => Err(UndecodedLog::Malformed),
        Err(_) => Err(UndecodedLog::UnknownTopic),
    }
}

fn is_known(log: &RawLog, abi: &Abi) -> bool {
    abi.events().any(|event| log.topics.first() == Some(&event.signature()))
}
