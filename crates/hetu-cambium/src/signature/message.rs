//! The message that a signature covers, and the values of its components.

use std::borrow::Cow;
use std::fmt;

use http::header::HOST;
use http::{HeaderMap, Method, StatusCode, Uri};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::component::{Component, ComponentName};
use super::error::BaseError;
use super::structured::field_value;

/// The scheme under which callers reach a miner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// Plain HTTP, without TLS.
    Http,
    /// HTTP over TLS.
    Https,
}

impl Scheme {
    /// Returns the scheme in lower case, the value of `@scheme`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    const fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }

    pub(crate) fn of_uri(uri: &Uri) -> Option<Self> {
        match uri.scheme_str()? {
            "http" => Some(Self::Http),
            "https" => Some(Self::Https),
            _ => None,
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

/// A host, and a port unless it is the default of the scheme, in the form of `@authority` (RFC
/// 9421, section 2.2.3): the host in lower case.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Authority(Box<str>);

impl Authority {
    /// Parses `host` or `host:port` for `scheme`.
    ///
    /// # Errors
    /// [`InvalidAuthority`] if the text is not an authority, or contains user information.
    pub fn parse(text: &str, scheme: Scheme) -> Result<Self, InvalidAuthority> {
        let authority: http::uri::Authority = text.parse().map_err(|_| InvalidAuthority)?;
        Self::normalize(&authority, scheme)
    }

    /// Returns the authority to which a request is addressed: that of its target or, without one,
    /// its only `Host` field (RFC 9112, section 3.3).
    pub(crate) fn of_request(
        uri: &Uri,
        headers: &HeaderMap,
        scheme: Scheme,
    ) -> Result<Self, InvalidAuthority> {
        if let Some(authority) = uri.authority() {
            return Self::normalize(authority, scheme);
        }
        let mut lines = headers.get_all(HOST).iter();
        match (lines.next(), lines.next()) {
            (Some(line), None) => {
                Self::parse(line.to_str().map_err(|_| InvalidAuthority)?.trim(), scheme)
            }
            _ => Err(InvalidAuthority),
        }
    }

    fn normalize(
        authority: &http::uri::Authority,
        scheme: Scheme,
    ) -> Result<Self, InvalidAuthority> {
        let host = authority.host();
        if host.is_empty() || !host.is_ascii() || authority.as_str().contains('@') {
            return Err(InvalidAuthority);
        }
        let mut text = host.to_ascii_lowercase();
        let port = authority.as_str()[host.len()..].trim_start_matches(':');
        if !port.is_empty() {
            // The parser of numbers also accepts a sign, which is not valid in a port.
            let is_port = port.bytes().all(|byte| byte.is_ascii_digit());
            let port: u16 = port.parse().map_err(|_| InvalidAuthority)?;
            if !is_port {
                return Err(InvalidAuthority);
            }
            if port != scheme.default_port() {
                text.push(':');
                text.push_str(&port.to_string());
            }
        }
        Ok(Self(text.into()))
    }

    /// Returns the value of `@authority`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Authority {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, formatter)
    }
}

impl fmt::Display for Authority {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

/// A text that is not a host with an optional port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an authority: expected a host and an optional port")]
pub struct InvalidAuthority;

/// A borrowed view of a request for a signature.
#[derive(Clone, Copy, Debug)]
pub struct RequestView<'a> {
    /// The method.
    pub method: &'a Method,
    /// The scheme of the target URI.
    pub scheme: Scheme,
    /// The authority of the target URI.
    pub authority: &'a Authority,
    /// The target, of which path and query are read.
    pub uri: &'a Uri,
    /// The fields.
    pub headers: &'a HeaderMap,
}

impl<'a> RequestView<'a> {
    fn value(&self, name: &ComponentName) -> Result<Cow<'a, str>, BaseError> {
        Ok(match name {
            ComponentName::Method => Cow::Borrowed(self.method.as_str()),
            ComponentName::Scheme => Cow::Borrowed(self.scheme.as_str()),
            ComponentName::Authority => Cow::Borrowed(self.authority.as_str()),
            ComponentName::Path => Cow::Borrowed(self.path()),
            ComponentName::Query => match self.uri.query() {
                None => Cow::Borrowed("?"),
                Some(query) => Cow::Owned(format!("?{query}")),
            },
            ComponentName::QueryParam(name) => {
                Cow::Owned(query_parameter(self.uri.query().unwrap_or_default(), name)?)
            }
            ComponentName::TargetUri => {
                Cow::Owned(format!("{}://{}{}", self.scheme, self.authority, self.origin_form()))
            }
            ComponentName::RequestTarget => Cow::Owned(self.origin_form()),
            ComponentName::Status => return Err(BaseError::Inapplicable),
            ComponentName::Field(name, form) => field_value(self.headers, name, form)?,
        })
    }

    pub(crate) fn path(&self) -> &'a str {
        match self.uri.path() {
            "" => "/",
            path => path,
        }
    }

    fn origin_form(&self) -> String {
        match self.uri.query() {
            None => self.path().to_owned(),
            Some(query) => format!("{}?{query}", self.path()),
        }
    }
}

/// Returns the value of the only parameter called `name`, percent-encoded (RFC 9421, section
/// 2.2.8).
fn query_parameter(query: &str, name: &str) -> Result<String, BaseError> {
    let mut values = form_urlencoded::parse(query.as_bytes())
        .filter(|(key, _)| percent_encoded(key) == name)
        .map(|(_, value)| percent_encoded(&value));
    let value = values.next().ok_or(BaseError::MissingField)?;
    if values.next().is_some() { Err(BaseError::RepeatedParameter) } else { Ok(value) }
}

fn percent_encoded(text: &str) -> String {
    // The characters that forms do not encode. A space becomes `%20` here and not `+`.
    const ENCODED: &AsciiSet =
        &NON_ALPHANUMERIC.remove(b'*').remove(b'-').remove(b'.').remove(b'_');
    utf8_percent_encode(text, ENCODED).to_string()
}

/// A signed message: a request, or a reply together with the request that it answers.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Message<'a> {
    /// A request.
    Request(RequestView<'a>),
    /// A reply.
    Reply {
        /// The status of the reply.
        status: StatusCode,
        /// The fields of the reply.
        headers: &'a HeaderMap,
        /// The answered request, from which components with `;req` are taken.
        request: RequestView<'a>,
    },
}

impl<'a> Message<'a> {
    /// Returns the canonical value of a component.
    pub(crate) fn value(&self, component: &Component) -> Result<Cow<'a, str>, BaseError> {
        let value = match (self, component.parts()) {
            (Self::Request(request), (name, false)) => request.value(name)?,
            (Self::Reply { request, .. }, (name, true)) => request.value(name)?,
            (Self::Reply { status, .. }, (ComponentName::Status, false)) => {
                Cow::Owned(status.as_str().to_owned())
            }
            (Self::Reply { headers, .. }, (ComponentName::Field(name, form), false)) => {
                field_value(headers, name, form)?
            }
            _ => return Err(BaseError::Inapplicable),
        };
        if value.bytes().all(|byte| (b' '..=b'~').contains(&byte) || byte == b'\t') {
            Ok(value)
        } else {
            Err(BaseError::NotAscii)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn authority(text: &str, scheme: Scheme) -> Option<String> {
        Authority::parse(text, scheme).ok().map(|authority| authority.to_string())
    }

    #[test]
    fn authorities_are_lower_case_without_the_default_port() {
        for (text, scheme, expected) in [
            ("Example.COM", Scheme::Http, Some("example.com")),
            ("example.com:80", Scheme::Http, Some("example.com")),
            ("example.com:80", Scheme::Https, Some("example.com:80")),
            ("example.com:443", Scheme::Https, Some("example.com")),
            ("example.com:", Scheme::Https, Some("example.com")),
            ("127.0.0.1:8091", Scheme::Http, Some("127.0.0.1:8091")),
            ("[::1]:8091", Scheme::Http, Some("[::1]:8091")),
            ("[::1]", Scheme::Http, Some("[::1]")),
            ("user@example.com", Scheme::Http, None),
            ("example.com:99999", Scheme::Http, None),
            ("example.com:x", Scheme::Http, None),
            ("example.com:+80", Scheme::Http, None),
            ("", Scheme::Http, None),
            ("a b", Scheme::Http, None),
        ] {
            assert_eq!(authority(text, scheme).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn two_host_fields_name_no_authority() {
        let uri = Uri::from_static("/ping");
        let mut headers = HeaderMap::new();
        assert!(Authority::of_request(&uri, &headers, Scheme::Http).is_err());
        headers.append(HOST, "a.example".parse().unwrap());
        assert!(Authority::of_request(&uri, &headers, Scheme::Http).is_ok());
        headers.append(HOST, "b.example".parse().unwrap());
        assert!(Authority::of_request(&uri, &headers, Scheme::Http).is_err());
    }
}
