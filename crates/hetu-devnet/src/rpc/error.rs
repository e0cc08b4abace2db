//! Errors in the format of go-ethereum, so that clients can distinguish them.

use alloy_eips::BlockId;
use alloy_primitives::Bytes;
use jsonrpsee::types::ErrorObjectOwned;
use jsonrpsee::types::error::INVALID_PARAMS_CODE;

use crate::chain::{CallError, TimeError, TransactionRefusal, UnsavedChange, reason};

/// Error code of a reverted call. The data holds the output of the contract.
const REVERTED: i32 = 3;
/// Error code of all errors without a code of their own.
const SERVER_ERROR: i32 = -32_000;
/// Error code of a valid request that exceeds a limit.
const LIMIT_EXCEEDED: i32 = -32_005;

/// Error code of a block that is no longer kept (EIP-4444).
const PRUNED_HISTORY: i32 = 4_444;

pub(crate) type RpcResult<T> = Result<T, ErrorObjectOwned>;

pub(crate) fn server_error(message: impl Into<String>) -> ErrorObjectOwned {
    ErrorObjectOwned::owned(SERVER_ERROR, message, None::<()>)
}

pub(crate) fn invalid_params(message: impl Into<String>) -> ErrorObjectOwned {
    ErrorObjectOwned::owned(INVALID_PARAMS_CODE, message, None::<()>)
}

pub(crate) fn limit_exceeded(message: impl Into<String>) -> ErrorObjectOwned {
    ErrorObjectOwned::owned(LIMIT_EXCEEDED, message, None::<()>)
}

pub(crate) fn unknown_block() -> ErrorObjectOwned {
    server_error("header not found")
}

/// Returns the error for blocks that are older than the history.
pub(crate) fn pruned_history() -> ErrorObjectOwned {
    ErrorObjectOwned::owned(PRUNED_HISTORY, "pruned history unavailable", None::<()>)
}

pub(crate) fn pruned_state(id: BlockId) -> ErrorObjectOwned {
    server_error(format!("historical state of block {id} is not available: it was pruned"))
}

fn reverted(data: &Bytes) -> ErrorObjectOwned {
    let message = match reason(data) {
        Some(reason) => format!("execution reverted: {reason}"),
        None => "execution reverted".to_owned(),
    };
    ErrorObjectOwned::owned(REVERTED, message, Some(data))
}

impl From<TransactionRefusal> for ErrorObjectOwned {
    fn from(error: TransactionRefusal) -> Self {
        match error {
            TransactionRefusal::TwoFeeStyles => invalid_params(error.to_string()),
            _ => server_error(error.to_string()),
        }
    }
}

impl From<CallError> for ErrorObjectOwned {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Reverted(data) => reverted(&data),
            CallError::Invalid(invalid) => invalid.into(),
            CallError::Halted(_) | CallError::GasExceedsAllowance(_) => {
                server_error(error.to_string())
            }
        }
    }
}

impl From<TimeError> for ErrorObjectOwned {
    fn from(error: TimeError) -> Self {
        match error {
            TimeError::Unsaved(unsaved) => unsaved.into(),
            _ => invalid_params(error.to_string()),
        }
    }
}

impl From<UnsavedChange> for ErrorObjectOwned {
    fn from(error: UnsavedChange) -> Self {
        server_error(error.to_string())
    }
}
