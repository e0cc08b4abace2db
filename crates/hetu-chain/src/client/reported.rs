//! What a call brought about, by what the contracts reported.

use super::error::ChainError;
use crate::model::{ChainEvent, TransactionReceipt};

/// What `pick` makes of the first event that it takes. The contract reports it whenever the
/// function succeeds, so its absence is an error.
pub(super) fn reported<T>(
    receipt: &TransactionReceipt,
    function: &str,
    event: &str,
    pick: impl FnMut(&ChainEvent) -> Option<T>,
) -> Result<T, ChainError> {
    receipt.events.iter().find_map(pick).ok_or_else(|| ChainError::Malformed {
        function: function.to_owned(),
        reason: format!("no event {event}").into(),
    })
}
