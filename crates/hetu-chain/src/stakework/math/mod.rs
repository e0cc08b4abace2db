//! Integer arithmetic that cannot overflow, and powers and logarithms made of it.

mod power;
mod wide;

pub(super) use power::{natural_logarithm, power, power_of_share, sigmoid};
pub(super) use wide::{multiply_divide, multiply_divide_amount, multiply_divide_amount_up};
