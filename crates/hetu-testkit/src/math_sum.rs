//! The service that the examples of the SDK serve and call.

use hetu_cambium::Service;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A request for the sum of two numbers.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
pub struct MathSum {
    /// The first number.
    pub x: f64,
    /// The second number.
    pub y: f64,
}

/// The reply to [`MathSum`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Sum {
    /// The sum of both numbers.
    pub result: f64,
}

impl Service for MathSum {
    const NAME: &'static str = "MathSum";
    type Request = Self;
    type Reply = Sum;
}
