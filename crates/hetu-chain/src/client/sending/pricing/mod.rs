//! The price of gas that a transaction offers, and its bounds.

mod ceiling;
mod fees;
mod market;

pub(super) use fees::Pricing;
pub(super) use market::{Market, base_fee};
