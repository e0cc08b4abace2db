//! What a devnet is made of.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use hetu_chain::{Amount, Clock, SystemClock};

use crate::limits::Limits;
use crate::mining::Mining;

#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) chain_id: u64,
    pub(crate) address: SocketAddr,
    pub(crate) mining: Mining,
    pub(crate) block_gas_limit: u64,
    pub(crate) base_fee: u64,
    pub(crate) accounts: u32,
    pub(crate) balance: Amount,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) contracts: bool,
    pub(crate) limits: Limits,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            chain_id: 31_337,
            address: SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 0),
            mining: Mining::Instant,
            block_gas_limit: 30_000_000,
            base_fee: 1_000_000_000,
            accounts: 10,
            balance: Amount::from_hetu(1_000_000),
            clock: Arc::new(SystemClock),
            contracts: true,
            limits: Limits::default(),
        }
    }
}
