//! The trace to which a call belongs.

use std::fmt;
use std::future::Future;
use std::sync::LazyLock;

use http::{HeaderName, HeaderValue};

use crate::selection::Randomness;

pub(crate) const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
/// `00-`, the trace, the span and the flags, with hyphens between.
const LENGTH: usize = 55;

/// Of names of traces: where they are made in two processes they are not to be the same, and that
/// is all, so nothing dear is needed.
static NAMES: LazyLock<[Randomness; 2]> =
    LazyLock::new(|| [Randomness::unpredictable(), Randomness::unpredictable()]);

tokio::task_local! {
    static CURRENT: TraceContext;
}

/// The trace to which calls belong (W3C Trace Context). Every request to a miner carries it in the
/// field `traceparent`, with a span of its own; a Xylem writes the trace into its access log.
///
/// Calls that are made within [`scope`](Self::scope) belong to its trace. Any other call begins one
/// of its own, which all of its attempts share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TraceContext {
    trace: u128,
    span: u64,
    is_sampled: bool,
}

impl TraceContext {
    /// A new trace, of which nothing says that it is recorded.
    pub fn fresh() -> Self {
        let [upper, lower] = &*NAMES;
        let trace = u128::from(upper.next()) << 64 | u128::from(lower.next()).max(1);
        Self { trace, span: new_span(), is_sampled: false }
    }

    /// What a `traceparent` says; nothing if that is not one of version 00.
    pub fn parse(traceparent: &str) -> Option<Self> {
        let mut parts = traceparent.split('-');
        let [version, trace, span, flags] = std::array::from_fn(|_| parts.next().unwrap_or(""));
        let is_complete = traceparent.len() == LENGTH && version == "00" && parts.next().is_none();
        let context = Self {
            trace: hexadecimal(trace, 32)?,
            span: u64::try_from(hexadecimal(span, 16)?).ok()?,
            is_sampled: hexadecimal(flags, 2)? & 1 == 1,
        };
        (is_complete && context.trace != 0 && context.span != 0).then_some(context)
    }

    /// That of the [`scope`](Self::scope) in which the calling task is.
    pub fn current() -> Option<Self> {
        CURRENT.try_get().ok()
    }

    /// Does `work`, whose calls belong to this trace. Tasks that it starts are not within.
    pub async fn scope<Work: Future>(self, work: Work) -> Work::Output {
        CURRENT.scope(self, work).await
    }

    /// That of a call which begins now.
    pub(crate) fn of_call() -> Self {
        Self::current().unwrap_or_else(Self::fresh)
    }

    /// A span within the same trace: that of one request.
    #[must_use]
    pub fn span(self) -> Self {
        Self { span: new_span(), ..self }
    }

    /// The trace, as 32 hexadecimal digits.
    pub fn trace_id(&self) -> impl fmt::Display + use<> {
        let trace = self.trace;
        fmt::from_fn(move |formatter| write!(formatter, "{trace:032x}"))
    }

    pub(crate) fn field_value(self) -> HeaderValue {
        #[expect(clippy::expect_used, reason = "hexadecimal digits and hyphens")]
        HeaderValue::try_from(self.to_string()).expect("a field value")
    }
}

/// As the field `traceparent` has it.
impl fmt::Display for TraceContext {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { trace, span, is_sampled } = self;
        write!(formatter, "00-{trace:032x}-{span:016x}-{:02x}", u8::from(*is_sampled))
    }
}

/// 0 names no span.
fn new_span() -> u64 {
    NAMES[1].next().max(1)
}

/// As many lower-case digits.
fn hexadecimal(digits: &str, count: usize) -> Option<u128> {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let is_sound = digits.len() == count && digits.bytes().all(is_digit);
    is_sound.then(|| u128::from_str_radix(digits, 16).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUE: &str = "00-0af7651916cd43dd8448eb211c80319c-00ad6b7169203331-01";

    #[test]
    fn a_context_is_read_as_it_is_written() {
        let context = TraceContext::parse(VALUE).unwrap();
        assert_eq!(context.to_string(), VALUE);
        assert_eq!(context.trace_id().to_string(), &VALUE[3..35]);
        let fresh = TraceContext::fresh();
        assert_eq!(TraceContext::parse(&fresh.to_string()), Some(fresh));
        assert_eq!(fresh.field_value(), fresh.to_string().as_str());
        assert_ne!(fresh.trace, TraceContext::fresh().trace);
        let span = fresh.span();
        assert!(span.trace == fresh.trace && span.span != fresh.span);
    }

    #[test]
    fn what_is_no_context_is_not_read() {
        let zeros = |from: usize, to: usize| {
            let mut text = VALUE.to_owned();
            text.replace_range(from..to, &"0".repeat(to - from));
            text
        };
        let others = [
            String::new(),
            VALUE.to_uppercase(),
            format!("{VALUE}-more"),
            VALUE[..54].to_owned(),
            format!("01{}", &VALUE[2..]),
            VALUE.replace("0af7", "+af7"),
            VALUE.replace("0af7", "-af7"),
            zeros(3, 35),
            zeros(36, 52),
        ];
        for other in others {
            assert_eq!(TraceContext::parse(&other), None, "{other}");
        }
    }

    #[tokio::test]
    async fn calls_within_a_scope_belong_to_its_trace() {
        let context = TraceContext::fresh();
        let within = context.scope(async { TraceContext::of_call() }).await;
        assert_eq!(within, context);
        assert_eq!(TraceContext::current(), None);
        assert_ne!(TraceContext::of_call().trace, context.trace);
    }
}
