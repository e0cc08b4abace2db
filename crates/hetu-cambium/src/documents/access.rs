//! Access rules of services.

use serde::{Deserialize, Serialize};

/// The callers that a service accepts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Access {
    /// Callers that sign, if the miner serves them.
    #[default]
    Signed,
    /// All callers: unsigned calls in JSON get unsigned replies.
    Open,
}

impl Access {
    /// Returns `true` if unsigned calls are served.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Open)
    }

    pub(super) const fn is_signed(&self) -> bool {
        matches!(self, Self::Signed)
    }
}
