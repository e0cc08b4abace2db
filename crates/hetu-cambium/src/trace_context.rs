//! The trace of a request.

use std::fmt;
use std::num::{NonZeroU64, NonZeroU128};

use http::{HeaderMap, HeaderName, HeaderValue};

/// `00-` and the three parts after it, with hyphens between them.
const LENGTH: usize = 55;

/// The trace of a request, as its caller states it in the field `traceparent` (W3C Trace Context,
/// section 3.2). No signature covers it and no decision depends on it. It links the logs of both
/// sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TraceContext {
    trace_id: NonZeroU128,
    parent_id: NonZeroU64,
    is_sampled: bool,
}

impl TraceContext {
    /// The field that carries the trace.
    pub const FIELD: HeaderName = HeaderName::from_static("traceparent");

    /// Creates the context of the trace `trace_id`, in which the span `parent_id` makes the
    /// request. `is_sampled` states that the caller may have recorded the trace.
    pub const fn new(trace_id: NonZeroU128, parent_id: NonZeroU64, is_sampled: bool) -> Self {
        Self { trace_id, parent_id, is_sampled }
    }

    /// Returns the trace that the fields name, or `None` if they name none, more than one, or one
    /// in an invalid form.
    pub fn of(fields: &HeaderMap) -> Option<Self> {
        let mut values = fields.get_all(Self::FIELD).iter();
        let value = values.next()?;
        if values.next().is_some() {
            return None;
        }
        Self::parse(value.as_bytes())
    }

    /// Parses a `traceparent`, such as `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`.
    /// Later versions may add parts at the end (section 3.2.4).
    pub fn parse(value: &[u8]) -> Option<Self> {
        let (known, more) = value.split_at_checked(LENGTH)?;
        let hyphens = [known[2], known[35], known[52]];
        let version = hexadecimal(&known[..2])?;
        let is_complete =
            if version == 0 { more.is_empty() } else { more.is_empty() || more[0] == b'-' };
        if hyphens != *b"---" || version == 0xff || !is_complete {
            return None;
        }
        let trace_id = NonZeroU128::new(hexadecimal(&known[3..35])?)?;
        let parent_id = NonZeroU64::new(u64::try_from(hexadecimal(&known[36..52])?).ok()?)?;
        let is_sampled = hexadecimal(&known[53..])? & 1 == 1;
        Some(Self { trace_id, parent_id, is_sampled })
    }

    /// Returns this trace with the span `parent_id`.
    #[must_use]
    pub const fn in_span(self, parent_id: NonZeroU64) -> Self {
        Self { parent_id, ..self }
    }

    /// Returns the trace id as 32 hexadecimal digits.
    pub fn trace_id(&self) -> impl fmt::Display + use<> {
        let trace_id = self.trace_id;
        fmt::from_fn(move |formatter| write!(formatter, "{trace_id:032x}"))
    }

    /// Returns the caller's span of the request as 16 hexadecimal digits.
    pub fn parent_id(&self) -> impl fmt::Display + use<> {
        let parent_id = self.parent_id;
        fmt::from_fn(move |formatter| write!(formatter, "{parent_id:016x}"))
    }

    /// Returns `true` if the caller may have recorded the trace.
    pub const fn is_sampled(&self) -> bool {
        self.is_sampled
    }

    /// Returns the value of the field, in version 00.
    pub fn field_value(&self) -> HeaderValue {
        #[expect(clippy::expect_used, reason = "hexadecimal digits and hyphens")]
        HeaderValue::try_from(self.to_string()).expect("a field value")
    }
}

/// Writes the value of the field `traceparent`.
impl fmt::Display for TraceContext {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { trace_id, parent_id, is_sampled } = self;
        write!(formatter, "00-{trace_id:032x}-{parent_id:016x}-{:02x}", u8::from(*is_sampled))
    }
}

/// Parses up to 32 digits, in lower case only.
fn hexadecimal(digits: &[u8]) -> Option<u128> {
    let is_lower = |digit: &u8| matches!(digit, b'0'..=b'9' | b'a'..=b'f');
    if !digits.iter().all(is_lower) {
        return None;
    }
    u128::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUE: &str = "00-0af7651916cd43dd8448eb211c80319c-00ad6b7169203331-01";

    fn of(value: &str) -> Option<TraceContext> {
        let value = HeaderValue::from_str(value).unwrap();
        TraceContext::of(&HeaderMap::from_iter([(TraceContext::FIELD, value)]))
    }

    #[test]
    fn a_trace_is_read_as_it_is_written() {
        let trace = of(VALUE).unwrap();
        assert_eq!(trace.trace_id().to_string(), "0af7651916cd43dd8448eb211c80319c");
        assert_eq!(trace.parent_id().to_string(), "00ad6b7169203331");
        assert!(trace.is_sampled());
        assert_eq!(trace.to_string(), VALUE);
        assert_eq!(trace.field_value(), VALUE);
        assert!(!of(&VALUE.replace("-01", "-00")).unwrap().is_sampled());
        // A part that a later version adds.
        assert_eq!(of(&format!("01{}-more", &VALUE[2..])), Some(trace));
        let elsewhere = trace.in_span(NonZeroU64::MIN);
        assert_eq!(elsewhere.to_string(), VALUE.replace("00ad6b7169203331", "0000000000000001"));
    }

    #[test]
    fn what_is_no_trace_is_ignored() {
        let zeros = |from: usize, to: usize| {
            let mut text = VALUE.to_owned();
            text.replace_range(from..to, &"0".repeat(to - from));
            text
        };
        let others = [
            String::new(),
            VALUE.to_uppercase(),
            format!("{VALUE}-more"),
            format!("{VALUE}0"),
            VALUE[..54].to_owned(),
            format!("ff{}", &VALUE[2..]),
            format!("01{}more", &VALUE[2..]),
            VALUE.replace('-', "_"),
            VALUE.replace("0af7", "+af7"),
            VALUE.replace("0af7", "-af7"),
            zeros(3, 35),
            zeros(36, 52),
        ];
        for other in others {
            assert_eq!(of(&other), None, "{other}");
        }
        let mut twice = HeaderMap::new();
        twice.append(TraceContext::FIELD, HeaderValue::from_static(VALUE));
        twice.append(TraceContext::FIELD, HeaderValue::from_static(VALUE));
        assert_eq!(TraceContext::of(&twice), None);
        assert_eq!(TraceContext::of(&HeaderMap::new()), None);
    }
}
