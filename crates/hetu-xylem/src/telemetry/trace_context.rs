//! The trace to which a request belongs.

use std::fmt;

use http::{HeaderMap, HeaderName};

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
/// `00-` and the three parts behind it, with hyphens between.
const LENGTH: usize = 55;

/// The trace to which a request belongs, as its caller says in the field `traceparent` (W3C Trace
/// Context, section 3.2). Nothing is decided by it: it joins the logs of both sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TraceContext {
    trace_id: u128,
    parent_id: u64,
    is_sampled: bool,
}

impl TraceContext {
    /// The trace that the fields name. Nothing if they name none, more than one, or one in
    /// another form than the specification has.
    pub fn of(fields: &HeaderMap) -> Option<Self> {
        let mut values = fields.get_all(TRACEPARENT).iter();
        let value = values.next()?;
        if values.next().is_some() {
            return None;
        }
        Self::parse(value.as_bytes())
    }

    /// `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. Later versions may say more
    /// behind it (section 3.2.4).
    fn parse(value: &[u8]) -> Option<Self> {
        let (known, more) = value.split_at_checked(LENGTH)?;
        let hyphens = [known[2], known[35], known[52]];
        let version = hexadecimal(&known[..2])?;
        let is_complete =
            if version == 0 { more.is_empty() } else { more.is_empty() || more[0] == b'-' };
        if hyphens != *b"---" || version == 0xff || !is_complete {
            return None;
        }
        let trace_id = hexadecimal(&known[3..35])?;
        let parent_id = u64::try_from(hexadecimal(&known[36..52])?).ok()?;
        let is_sampled = hexadecimal(&known[53..])? & 1 == 1;
        (trace_id != 0 && parent_id != 0).then_some(Self { trace_id, parent_id, is_sampled })
    }

    /// The trace, as 32 hexadecimal digits.
    pub fn trace_id(&self) -> impl fmt::Display + use<> {
        Digits::<32>(self.trace_id)
    }

    /// The span of the caller in which it made the request, as 16 hexadecimal digits.
    pub fn parent_id(&self) -> impl fmt::Display + use<> {
        Digits::<16>(self.parent_id.into())
    }

    /// Whether the caller may have recorded the trace.
    pub const fn is_sampled(&self) -> bool {
        self.is_sampled
    }
}

struct Digits<const COUNT: usize>(u128);

impl<const COUNT: usize> fmt::Display for Digits<COUNT> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:0COUNT$x}", self.0)
    }
}

/// Lower-case digits alone, up to 32 of them.
fn hexadecimal(digits: &[u8]) -> Option<u128> {
    let is_lower = |digit: &u8| matches!(digit, b'0'..=b'9' | b'a'..=b'f');
    if !digits.iter().all(is_lower) {
        return None;
    }
    u128::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    const VALUE: &str = "00-0af7651916cd43dd8448eb211c80319c-00ad6b7169203331-01";

    fn of(value: &str) -> Option<TraceContext> {
        let fields = HeaderMap::from_iter([(TRACEPARENT, HeaderValue::from_str(value).unwrap())]);
        TraceContext::of(&fields)
    }

    #[test]
    fn a_trace_is_read_as_it_is_written() {
        let trace = of(VALUE).unwrap();
        assert_eq!(trace.trace_id().to_string(), "0af7651916cd43dd8448eb211c80319c");
        assert_eq!(trace.parent_id().to_string(), "00ad6b7169203331");
        assert!(trace.is_sampled());
        assert!(!of(&VALUE.replace("-01", "-00")).unwrap().is_sampled());
        // What a later version says more.
        assert_eq!(of(&format!("01{}-more", &VALUE[2..])), Some(trace));
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
            zeros(3, 35),
            zeros(36, 52),
        ];
        for other in others {
            assert_eq!(of(&other), None, "{other}");
        }
        let mut twice = HeaderMap::new();
        twice.append(TRACEPARENT, HeaderValue::from_static(VALUE));
        twice.append(TRACEPARENT, HeaderValue::from_static(VALUE));
        assert_eq!(TraceContext::of(&twice), None);
        assert_eq!(TraceContext::of(&HeaderMap::new()), None);
    }
}
