//! Component identifiers: the parts of a message that a signature covers.

use std::fmt;
use std::hash::{Hash, Hasher};

use http::HeaderName;
use sfv::{BareItem, Item, KeyRef, RefBareItem, StringRef};

use super::serialize::write_parameter;
use super::structured::{FieldForm, StructuredType, is_field_name};

/// A part of a message that a signature covers: a field or a derived component, of the message
/// itself or, in a reply, of the request that it answers (RFC 9421, section 2).
///
/// The supported components are the derived components `@method`, `@scheme`, `@authority`, `@path`,
/// `@query`, `@query-param`, `@target-uri`, `@request-target` and `@status`, and every field. The
/// supported parameters are `req`, `sf`, `key`, `bs` and `name`. Trailers (`tr`) are not supported,
/// because the protocol has none.
///
/// Two identifiers that differ only in the order of their parameters are equal (RFC 9421, section
/// 2), but each is written as it was read.
#[derive(Clone, Debug)]
pub struct Component {
    name: ComponentName,
    of_request: bool,
    /// `true` if `req` was read before the other parameter.
    is_request_first: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum ComponentName {
    Method,
    Scheme,
    Authority,
    Path,
    Query,
    QueryParam(Box<str>),
    TargetUri,
    RequestTarget,
    Status,
    Field(HeaderName, FieldForm),
}

impl Component {
    /// `@method`: the request method.
    pub const METHOD: Self = Self::of(ComponentName::Method);
    /// `@scheme`: the scheme of the target URI, in lower case.
    pub const SCHEME: Self = Self::of(ComponentName::Scheme);
    /// `@authority`: host, and port unless it is the default of the scheme.
    pub const AUTHORITY: Self = Self::of(ComponentName::Authority);
    /// `@path`: the absolute path of the target URI, percent-encoding untouched.
    pub const PATH: Self = Self::of(ComponentName::Path);
    /// `@query`: the query with its leading `?`, or `?` alone.
    pub const QUERY: Self = Self::of(ComponentName::Query);
    /// `@target-uri`: the absolute target URI.
    pub const TARGET_URI: Self = Self::of(ComponentName::TargetUri);
    /// `@request-target`: the target as in the request line of HTTP/1.1.
    pub const REQUEST_TARGET: Self = Self::of(ComponentName::RequestTarget);
    /// `@status`: the three digits of the status of a reply.
    pub const STATUS: Self = Self::of(ComponentName::Status);

    const fn of(name: ComponentName) -> Self {
        Self { name, of_request: false, is_request_first: false }
    }

    /// Returns the component of the combined value of a field.
    pub const fn field(name: HeaderName) -> Self {
        Self::of(ComponentName::Field(name, FieldForm::Combined))
    }

    /// Returns the component of a structured field of the type `kind`, in strict serialisation
    /// (`;sf`).
    pub const fn structured(name: HeaderName, kind: StructuredType) -> Self {
        Self::of(ComponentName::Field(name, FieldForm::Strict(kind)))
    }

    /// Returns the component of one member of a field that is a structured dictionary (`;key`).
    ///
    /// # Panics
    /// If `key` is not printable ASCII.
    pub fn member(name: HeaderName, key: &str) -> Self {
        assert!(is_printable(key), "the key of a member is printable ASCII");
        Self::of(ComponentName::Field(name, FieldForm::Member(key.into())))
    }

    /// Returns the component of the lines of a field, each as a byte sequence (`;bs`).
    pub const fn byte_wrapped(name: HeaderName) -> Self {
        Self::of(ComponentName::Field(name, FieldForm::Wrapped))
    }

    /// Returns `@query-param`, the value of the only parameter of the query with this name. The
    /// name is percent-encoded (RFC 9421, section 2.2.8).
    ///
    /// # Panics
    /// If `name` is not printable ASCII.
    pub fn query_param(name: &str) -> Self {
        assert!(is_printable(name), "the name of a query parameter is printable ASCII");
        Self::of(ComponentName::QueryParam(name.into()))
    }

    /// Takes the component from the request that the reply answers (`;req`).
    #[must_use]
    pub fn of_request(mut self) -> Self {
        self.of_request = true;
        self
    }

    /// Returns the component that an identifier names, or `None` if it is not supported.
    pub(crate) fn from_item(item: &Item) -> Option<Self> {
        let name = item.bare_item.as_string()?.as_str();
        let mut of_request = false;
        let mut is_request_first = false;
        let mut other = None;
        for (parameter, value) in &item.params {
            match parameter.as_str() {
                "req" if value.as_boolean() == Some(true) => {
                    of_request = true;
                    is_request_first = other.is_none();
                }
                key if other.is_none() => other = Some((key, value)),
                _ => return None,
            }
        }
        let name = match other {
            None => ComponentName::plain(name)?,
            Some((key, value)) => ComponentName::with_parameter(name, key, value)?,
        };
        Some(Self { name, of_request, is_request_first })
    }

    pub(crate) const fn parts(&self) -> (&ComponentName, bool) {
        (&self.name, self.of_request)
    }

    /// Returns the name of the component, without its parameters.
    pub(crate) fn name(&self) -> &str {
        self.name.as_str()
    }

    /// Returns the parameters of the identifier, in the order in which they were read.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = (&'static KeyRef, RefBareItem<'_>)> {
        let request = self.of_request.then(|| (KeyRef::constant("req"), true.into()));
        let other = self.name.parameter();
        let in_order = if self.is_request_first { [request, other] } else { [other, request] };
        in_order.into_iter().flatten()
    }

    /// Writes the identifier in the form of the signature base.
    pub(crate) fn write(&self, text: &mut String) {
        // Names of components need no escapes.
        text.push('"');
        text.push_str(self.name());
        text.push('"');
        for (key, value) in self.parameters() {
            write_parameter(text, key, value);
        }
    }
}

impl PartialEq for Component {
    fn eq(&self, other: &Self) -> bool {
        self.of_request == other.of_request && self.name == other.name
    }
}

impl Eq for Component {}

impl Hash for Component {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.of_request.hash(state);
        self.name.hash(state);
    }
}

impl ComponentName {
    fn plain(name: &str) -> Option<Self> {
        Some(match name {
            "@method" => Self::Method,
            "@scheme" => Self::Scheme,
            "@authority" => Self::Authority,
            "@path" => Self::Path,
            "@query" => Self::Query,
            "@target-uri" => Self::TargetUri,
            "@request-target" => Self::RequestTarget,
            "@status" => Self::Status,
            field => Self::Field(field_name(field)?, FieldForm::Combined),
        })
    }

    fn with_parameter(name: &str, key: &str, value: &BareItem) -> Option<Self> {
        if (name, key) == ("@query-param", "name") {
            return Some(Self::QueryParam(value.as_string()?.as_str().into()));
        }
        let field = field_name(name)?;
        let form = match key {
            "sf" if value.as_boolean() == Some(true) => {
                FieldForm::Strict(StructuredType::of_field(&field)?)
            }
            "key" => FieldForm::Member(value.as_string()?.as_str().into()),
            "bs" if value.as_boolean() == Some(true) => FieldForm::Wrapped,
            _ => return None,
        };
        Some(Self::Field(field, form))
    }

    fn as_str(&self) -> &str {
        match self {
            Self::Method => "@method",
            Self::Scheme => "@scheme",
            Self::Authority => "@authority",
            Self::Path => "@path",
            Self::Query => "@query",
            Self::QueryParam(_) => "@query-param",
            Self::TargetUri => "@target-uri",
            Self::RequestTarget => "@request-target",
            Self::Status => "@status",
            Self::Field(name, _) => name.as_str(),
        }
    }

    /// Returns the parameter that belongs to the name, or `None` without one.
    fn parameter(&self) -> Option<(&'static KeyRef, RefBareItem<'_>)> {
        let string = |text| StringRef::from_str(text).ok().map(RefBareItem::String);
        Some(match self {
            Self::QueryParam(name) => (KeyRef::constant("name"), string(name)?),
            Self::Field(_, FieldForm::Strict(_)) => (KeyRef::constant("sf"), true.into()),
            Self::Field(_, FieldForm::Member(key)) => (KeyRef::constant("key"), string(key)?),
            Self::Field(_, FieldForm::Wrapped) => (KeyRef::constant("bs"), true.into()),
            _ => return None,
        })
    }
}

/// Parses a field name in lower case. `HeaderName` accepts characters that are not allowed in a
/// field name, such as a quotation mark, which would make one identifier look like another in the
/// base.
fn field_name(name: &str) -> Option<HeaderName> {
    is_field_name(name).then(|| HeaderName::from_lowercase(name.as_bytes()).ok()).flatten()
}

fn is_printable(text: &str) -> bool {
    text.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}

impl fmt::Display for Component {
    /// Writes the identifier in the form of the signature base.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        self.write(&mut text);
        formatter.write_str(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Option<Component> {
        let item: Item = sfv::Parser::new(text).parse().ok()?;
        Component::from_item(&item)
    }

    #[test]
    fn identifiers_are_written_as_the_base_needs_them() {
        assert_eq!(Component::METHOD.to_string(), "\"@method\"");
        let digest = Component::field(crate::fields::CONTENT_DIGEST).of_request();
        assert_eq!(digest.to_string(), "\"content-digest\";req");
        assert_eq!(parse("\"content-digest\";req"), Some(digest));
    }

    #[test]
    fn each_identifier_is_written_as_it_was_read() {
        for text in [
            "\"content-digest\";sf",
            "\"content-digest\";req;sf",
            "\"content-digest\";sf;req",
            "\"x\";key=\"a \\\"quoted\\\" key\"",
            "\"x\";bs",
            "\"x\";bs;req",
            "\"@query-param\";name=\"a%20b\"",
            "\"@query-param\";req;name=\"a\"",
            "\"@target-uri\";req",
        ] {
            assert_eq!(parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn the_order_of_parameters_makes_no_other_component() {
        assert_eq!(parse("\"x\";bs;req"), parse("\"x\";req;bs"));
        assert_ne!(parse("\"x\";bs"), parse("\"x\""));
        assert_ne!(parse("\"x\";key=\"a\""), parse("\"x\";key=\"b\""));
    }

    #[test]
    fn unknown_and_upper_case_names_and_parameters_are_refused() {
        for text in [
            "\"@signature-params\"",
            "\"@unknown\"",
            "\"Content-Digest\"",
            "\"\"",
            "\"a b\"",
            "\"a\\\"b\"",
            "\"@query-param\"",
            "\"@query-param\";name=1",
            "\"@query-param\";name=\"a\";sf",
            "\"@method\";sf",
            "\"date\";tr",
            "\"date\";sf",
            "\"date\";req=?0",
            "\"date\";bs;key=\"a\"",
            "\"date\";bs=1",
            "\"date\";key=a",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
