//! The log line of a call on the caller's side.

use std::time::Duration;

use super::exchanger::OutgoingCall;
use crate::{QueryError, Target};

/// The target of the lines, for filters.
const CALLS: &str = "hetu_phloem::calls";

/// Logs the outcome of one request to `target`: the latency and the identifier of the request
/// there, or the error. It joins the log of a validator with those of its miners.
pub(crate) fn log_outcome(
    target: &Target,
    call: &OutgoingCall<'_>,
    outcome: Result<(Duration, Option<&str>), &QueryError>,
) {
    let (miner, service, trace_id) = (target.address, call.service, call.terms.trace.trace_id());
    match outcome {
        Ok((latency, request_id)) => {
            let latency_ms = latency.as_secs_f64() * 1e3;
            tracing::debug!(
                target: CALLS, %miner, service, %trace_id, request_id, latency_ms, "an answer"
            );
        }
        Err(error) => {
            let request_id = error.request_id();
            tracing::debug!(
                target: CALLS, %miner, service, %trace_id, request_id, %error, "no answer"
            );
        }
    }
}
