//! Who may call a service.

use serde::{Deserialize, Serialize};

/// Who may call a service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Access {
    /// Callers who sign, as far as the miner serves them.
    #[default]
    Signed,
    /// Whoever reaches the miner, too: unsigned calls in JSON get unsigned replies.
    Open,
}

impl Access {
    /// Whether unsigned calls are served.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Open)
    }

    pub(super) const fn is_signed(&self) -> bool {
        matches!(self, Self::Signed)
    }
}
