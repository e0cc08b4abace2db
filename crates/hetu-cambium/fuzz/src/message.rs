//! The text form of a message: a line for its start, a line for each field, an empty line, the
//! content.

use arbitrary::{Arbitrary, Unstructured};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Request, StatusCode};

/// A request, `POST /path`, or a reply, `200`, from any bytes. Seeds can be written by hand, and a
/// change to a byte is a change to the message.
#[derive(Clone, Debug)]
pub struct Message<'a> {
    pub start: &'a [u8],
    pub fields: Vec<(&'a [u8], &'a [u8])>,
    pub content: &'a [u8],
}

impl<'a> Arbitrary<'a> for Message<'a> {
    fn arbitrary(bytes: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        let length = bytes.len();
        Ok(Self::of(bytes.bytes(length)?))
    }
}

impl<'a> Message<'a> {
    /// Parses a message. Every text is valid.
    pub fn of(text: &'a [u8]) -> Self {
        let (start, mut rest) = split(text, b'\n');
        let mut fields = Vec::new();
        loop {
            let (line, after) = split(rest, b'\n');
            rest = after;
            if line.is_empty() {
                return Self { start, fields, content: rest };
            }
            fields.push(split(line, b':'));
        }
    }

    /// Formats a message as text.
    pub fn text(start: &str, headers: &HeaderMap, content: &[u8]) -> Vec<u8> {
        let mut text = format!("{start}\n").into_bytes();
        for (name, value) in headers {
            text.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\n"].concat());
        }
        [&text, &b"\n"[..], content].concat()
    }

    /// Returns the fields that can be received. `replaced` gives the values of placeholders that
    /// are known only at run time.
    pub fn headers(&self, replaced: &[(&str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in &self.fields {
            let value = match std::str::from_utf8(value) {
                Ok(text) if text.contains('{') => {
                    let put_in = |text: String, (from, to): &(&str, &str)| text.replace(from, to);
                    replaced.iter().fold(text.to_owned(), put_in).into_bytes()
                }
                _ => value.to_vec(),
            };
            let name = HeaderName::from_bytes(name);
            // Servers remove the white space around values.
            if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(value.trim_ascii())) {
                headers.append(name, value);
            }
        }
        headers
    }

    /// Returns the request, or `None` if the start line is not that of a request.
    pub fn request(&self, replaced: &[(&str, &str)]) -> Option<Parts> {
        let (method, target) = split(self.start, b' ');
        let request = Request::builder().method(method).uri(target).body(()).ok()?;
        let (mut parts, ()) = request.into_parts();
        parts.headers = self.headers(replaced);
        Some(parts)
    }

    /// Returns the status, if the message is a reply.
    pub fn status(&self) -> Option<StatusCode> {
        StatusCode::from_bytes(self.start).ok()
    }
}

/// Splits at the first `separator`.
pub(crate) fn split(bytes: &[u8], separator: u8) -> (&[u8], &[u8]) {
    let mut halves = bytes.splitn(2, |byte| *byte == separator);
    (halves.next().unwrap_or_default(), halves.next().unwrap_or_default())
}
