//! The arithmetic of the network's epochs, payments and pools. Pure functions: no chain, no clock,
//! no randomness, and the same result on every machine.

mod costs;
mod decimal;
mod emission;
mod epoch;
mod epoch_clock;
mod pool;
mod power;
mod wide;

pub use costs::{LockCost, LockSplit, registration_requirement};
pub use decimal::{Decimal, InvalidDecimal};
pub use emission::{
    EmissionSchedule, MovingPrice, NetworkSplit, SubnetInjection, SubnetRewardRule, network_split,
    share_by_price,
};
pub use epoch::{
    EpochInput, EpochNode, EpochOutcome, EpochParameters, InvalidEpoch, LiquidAlpha, NodeOutcome,
    Rules,
};
pub use epoch_clock::EpochClock;
pub use pool::{AmmPool, Mechanism, Trade, TradeDirection, TradePreview, TradeRefusal};
