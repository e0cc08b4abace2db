//! Logs of requests, and the request ids that both sides use to find them.

mod access_log;
#[cfg(feature = "telemetry")]
mod init;
mod request_id;

pub(crate) use access_log::{AccessRecord, FailedCheck, VerifiedCaller};
#[cfg(feature = "telemetry")]
pub use init::{LogFormat, TelemetryError, init};
pub(crate) use request_id::REQUEST_ID;
pub use request_id::RequestId;
