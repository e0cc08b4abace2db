//! Component identifiers: what a signature covers.

use std::fmt;

use http::HeaderName;

/// One part of a message that a signature covers: a field or a derived component, of the message
/// itself or, in a reply, of the request that it answers (RFC 9421, sections 2 and 2.4).
///
/// Known are `@method`, `@scheme`, `@authority`, `@path`, `@query`, `@status`, every field by its
/// combined value, and the parameter `req`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Component {
    name: Name,
    of_request: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Name {
    Method,
    Scheme,
    Authority,
    Path,
    Query,
    Status,
    Field(HeaderName),
}

impl Component {
    /// `@method`: the request method.
    pub const METHOD: Self = Self::of(Name::Method);
    /// `@scheme`: the scheme of the target URI, in lower case.
    pub const SCHEME: Self = Self::of(Name::Scheme);
    /// `@authority`: host, and port unless it is the default of the scheme.
    pub const AUTHORITY: Self = Self::of(Name::Authority);
    /// `@path`: the absolute path of the target URI, percent-encoding untouched.
    pub const PATH: Self = Self::of(Name::Path);
    /// `@query`: the query with its leading `?`, or `?` alone.
    pub const QUERY: Self = Self::of(Name::Query);
    /// `@status`: the three digits of the status of a reply.
    pub const STATUS: Self = Self::of(Name::Status);

    const fn of(name: Name) -> Self {
        Self { name, of_request: false }
    }

    /// The combined value of a field.
    pub const fn field(name: HeaderName) -> Self {
        Self::of(Name::Field(name))
    }

    /// The same component, taken from the request that the reply answers (`;req`).
    #[must_use]
    pub fn of_request(mut self) -> Self {
        self.of_request = true;
        self
    }

    /// The component called `name` in an identifier, if it is known here.
    pub(crate) fn from_name(name: &str, of_request: bool) -> Option<Self> {
        let name = match name {
            "@method" => Name::Method,
            "@scheme" => Name::Scheme,
            "@authority" => Name::Authority,
            "@path" => Name::Path,
            "@query" => Name::Query,
            "@status" => Name::Status,
            field if field.bytes().all(is_token_character) => {
                Name::Field(HeaderName::from_lowercase(field.as_bytes()).ok()?)
            }
            _ => return None,
        };
        Some(Self { name, of_request })
    }

    pub(crate) const fn parts(&self) -> (&Name, bool) {
        (&self.name, self.of_request)
    }

    pub(crate) fn name(&self) -> &str {
        match &self.name {
            Name::Method => "@method",
            Name::Scheme => "@scheme",
            Name::Authority => "@authority",
            Name::Path => "@path",
            Name::Query => "@query",
            Name::Status => "@status",
            Name::Field(name) => name.as_str(),
        }
    }
}

/// The characters of a field name (RFC 9110, section 5.6.2). `HeaderName` takes more of them, such
/// as a quotation mark, which would make one identifier look like another in the base.
const fn is_token_character(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'!' | b'#'
                | b'$'
                | b'%'
                | b'&'
                | b'\''
                | b'*'
                | b'+'
                | b'-'
                | b'.'
                | b'^'
                | b'_'
                | b'`'
                | b'|'
                | b'~'
        )
}

impl fmt::Display for Component {
    /// The identifier as the signature base writes it.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let suffix = if self.of_request { ";req" } else { "" };
        write!(formatter, "\"{}\"{suffix}", self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_written_as_the_base_needs_them() {
        assert_eq!(Component::METHOD.to_string(), "\"@method\"");
        let digest = Component::field(crate::fields::CONTENT_DIGEST).of_request();
        assert_eq!(digest.to_string(), "\"content-digest\";req");
        assert_eq!(Component::from_name("content-digest", true), Some(digest));
    }

    #[test]
    fn unknown_derived_and_upper_case_names_are_refused() {
        for name in ["@signature-params", "@unknown", "Content-Digest", "", "a b", "a\"b"] {
            assert_eq!(Component::from_name(name, false), None, "{name}");
        }
    }
}
