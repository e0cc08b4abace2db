//! The service that is measured: it says what it hears.

use hetu::Service;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What JSON puts around the text.
const FRAME: usize = r#"{"text":""}"#.len();

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Echo {
    pub(crate) text: String,
}

impl Service for Echo {
    const NAME: &'static str = "Echo";
    type Request = Self;
    type Reply = Self;
}

impl Echo {
    /// A call whose content has so many bytes.
    pub(crate) fn of(bytes: usize) -> Self {
        Self { text: "x".repeat(bytes - FRAME) }
    }
}
