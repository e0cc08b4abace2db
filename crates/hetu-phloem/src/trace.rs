//! The traces to which calls belong.

use std::num::{NonZeroU64, NonZeroU128};
use std::sync::LazyLock;

use hetu_cambium::TraceContext;

use crate::random::SeededRandom;

/// A generator of trace identifiers. They only have to differ between processes, so no
/// cryptographic generator is necessary.
static NAMES: LazyLock<[SeededRandom; 2]> =
    LazyLock::new(|| [SeededRandom::unpredictable(), SeededRandom::unpredictable()]);

tokio::task_local! {
    static CURRENT: TraceContext;
}

/// Returns a new trace that is not marked as recorded.
pub fn new_trace() -> TraceContext {
    let [upper, lower] = &*NAMES;
    let trace_id = u128::from(upper.next()) << 64 | u128::from(lower.next());
    TraceContext::new(NonZeroU128::new(trace_id).unwrap_or(NonZeroU128::MIN), new_span(), false)
}

/// Runs `work` with its calls in `trace`. Every request to a miner carries the trace, with a span
/// of its own, and a Xylem writes it into its access log.
///
/// Tasks that `work` spawns are not included. Calls outside of any trace begin one of their own,
/// which all of their attempts share.
pub async fn in_trace<Work: Future>(trace: TraceContext, work: Work) -> Work::Output {
    CURRENT.scope(trace, work).await
}

/// Returns the trace of a new call.
pub(crate) fn of_call() -> TraceContext {
    CURRENT.try_get().unwrap_or_else(|_| new_trace())
}

/// Returns the trace of one request of a call.
pub(crate) fn of_request(call: TraceContext) -> TraceContext {
    call.in_span(new_span())
}

fn new_span() -> NonZeroU64 {
    NonZeroU64::new(NAMES[1].next()).unwrap_or(NonZeroU64::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_trace_and_every_request_has_a_name_of_its_own() {
        let (one, other) = (new_trace(), new_trace());
        assert_ne!(one.trace_id().to_string(), other.trace_id().to_string());
        let request = of_request(one);
        assert_eq!(request.trace_id().to_string(), one.trace_id().to_string());
        assert_ne!(request.parent_id().to_string(), one.parent_id().to_string());
    }

    #[tokio::test]
    async fn calls_within_a_trace_belong_to_it() {
        let trace = new_trace();
        assert_eq!(in_trace(trace, async { of_call() }).await, trace);
        assert_ne!(of_call().trace_id().to_string(), trace.trace_id().to_string());
    }
}
