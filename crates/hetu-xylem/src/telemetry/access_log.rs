//! The access log, with one line for each request.

use hetu_cambium::{Reason, TraceContext};
use hetu_chain::Address;
use http::{Extensions, Method, Request, Response, StatusCode, Version};
use tokio::time::Instant;

use super::request_id::RequestId;
use crate::network::RemoteAddress;

/// The target of the lines, for filters.
const TARGET: &str = "hetu_xylem::access";
/// Maximum length of a logged path in bytes, so that untrusted input does not fill the log.
const LONGEST_PATH: usize = 256;

/// The caller of a request, in the extensions of its reply after verification.
#[derive(Clone, Copy, Debug)]
pub(crate) struct VerifiedCaller(pub(crate) Address);

/// The check that a request failed, in the extensions of its reply.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FailedCheck(pub(crate) &'static str);

/// The record of a request. It is logged when dropped: after the reply is complete, or after the
/// caller has disconnected.
#[derive(Debug)]
pub(crate) struct AccessRecord {
    arrived: Instant,
    id: RequestId,
    remote: RemoteAddress,
    trace: Option<TraceContext>,
    method: Method,
    path: String,
    version: Version,
    status: Option<StatusCode>,
    caller: Option<Address>,
    check: Option<&'static str>,
    reason: Option<Reason>,
    bytes: u64,
    is_complete: bool,
}

impl AccessRecord {
    /// Returns `true` if the lines are collected.
    pub(crate) fn is_wanted() -> bool {
        tracing::enabled!(target: TARGET, tracing::Level::INFO)
    }

    pub(crate) fn of<B>(
        request: &Request<B>,
        id: RequestId,
        remote: RemoteAddress,
        trace: Option<TraceContext>,
    ) -> Self {
        Self {
            arrived: Instant::now(),
            id,
            remote,
            trace,
            method: request.method().clone(),
            path: beginning(request.uri().path(), LONGEST_PATH).to_owned(),
            version: request.version(),
            status: None,
            caller: None,
            check: None,
            reason: None,
            bytes: 0,
            is_complete: false,
        }
    }

    /// Records the head of the reply.
    pub(crate) fn answered<B>(&mut self, response: &Response<B>) {
        let extensions: &Extensions = response.extensions();
        self.status = Some(response.status());
        self.caller = extensions.get().map(|&VerifiedCaller(address)| address);
        self.check = extensions.get().map(|&FailedCheck(check)| check);
        self.reason = extensions.get().copied();
    }

    /// Records a piece of the reply that the connection accepted.
    pub(crate) const fn sent(&mut self, bytes: usize) {
        self.bytes += bytes as u64;
    }

    /// Records that the last piece was accepted.
    pub(crate) const fn complete(&mut self) {
        self.is_complete = true;
    }
}

impl Drop for AccessRecord {
    fn drop(&mut self) {
        let duration_ms = self.arrived.elapsed().as_secs_f64() * 1e3;
        tracing::info!(
            target: TARGET,
            request_id = %self.id,
            trace_id = self.trace.map(|trace| tracing::field::display(trace.trace_id())),
            remote = %self.remote.0,
            version = ?self.version,
            method = %self.method,
            path = self.path,
            status = self.status.map(|status| status.as_u16()),
            caller = self.caller.map(tracing::field::display),
            check = self.check,
            reason = self.reason.map(|reason| reason.as_str()),
            bytes = self.bytes,
            duration_ms = (duration_ms * 1e3).round() / 1e3,
            complete = self.is_complete,
            "request"
        );
    }
}

/// Returns the beginning of the text, at most `length` bytes.
fn beginning(text: &str, length: usize) -> &str {
    &text[..text.floor_char_boundary(length)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_paths_are_cut_between_characters() {
        assert_eq!(beginning("/path", 256), "/path");
        assert_eq!(beginning("/ä", 2), "/");
        assert_eq!(beginning(&"/".repeat(300), 256).len(), 256);
    }
}
