//! A service for unit tests.

use hetu_cambium::Service;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Echo;

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Said(pub(crate) f64);

impl Service for Echo {
    const NAME: &'static str = "Echo";
    type Request = Self;
    type Reply = Said;
}
