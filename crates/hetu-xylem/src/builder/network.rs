//! The network of a miner, or the parts that replace it.

use std::sync::Arc;

use hetu_chain::{ChainId, Hetutensor, Signer};

use crate::error::XylemError;
use crate::roles::RoleSource;

/// The network of a miner, or the parts that replace it.
pub(super) enum MinerNetwork {
    Chain(Hetutensor),
    Detached { signer: Arc<dyn Signer>, chain: ChainId, roles: Arc<dyn RoleSource> },
}

/// The account of a miner and the chain for which it signs.
#[derive(Clone)]
pub(super) struct Identity {
    pub(super) signer: Arc<dyn Signer>,
    pub(super) chain: ChainId,
}

impl MinerNetwork {
    pub(super) fn identity(&self) -> Result<Identity, XylemError> {
        Ok(match self {
            Self::Chain(hetu) => {
                Identity { signer: Arc::clone(hetu.signer()?), chain: hetu.network().chain_id }
            }
            Self::Detached { signer, chain, .. } => {
                Identity { signer: Arc::clone(signer), chain: *chain }
            }
        })
    }

    pub(super) fn allows_private_addresses(&self) -> bool {
        match self {
            Self::Chain(hetu) => hetu.network().allows_private_addresses,
            Self::Detached { .. } => true,
        }
    }
}
