//! Results of calls, read from contract events.

use super::error::ChainError;
use crate::model::{ChainEvent, TransactionReceipt};

/// Returns the first value that `pick` returns for an event. The contract emits the event whenever
/// the function succeeds, so a missing event is an error.
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
