//! Gas prices of transactions, and their limits.

mod ceiling;
mod fees;
mod market;

pub(super) use fees::Pricing;
pub(super) use market::{Market, base_fee};
