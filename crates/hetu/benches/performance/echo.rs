//! The measured service, which returns its input.

use hetu::Service;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The length of the JSON around the text.
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
    /// Creates a call with a content of this number of bytes.
    pub(crate) fn of(bytes: usize) -> Self {
        Self { text: "x".repeat(bytes - FRAME) }
    }
}
