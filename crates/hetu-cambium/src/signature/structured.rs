//! Forms of a field besides its combined value: strict serialisation, one member, or wrapped bytes.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName};
use sfv::{Dictionary, FieldType, Item, List, ListEntry, Parser};

use super::error::BaseError;

/// The types of structured fields (RFC 9651, section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StructuredType {
    /// One item.
    Item,
    /// A list.
    List,
    /// A dictionary.
    Dictionary,
}

/// The value of a field that a signature covers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum FieldForm {
    Combined,
    Strict(StructuredType),
    Member(Box<str>),
    Wrapped,
}

impl StructuredType {
    /// Returns the type of a field, or `None` if it is unknown, because a verifier must not guess
    /// (RFC 9421, section 2.1.1).
    pub(super) fn of_field(name: &HeaderName) -> Option<Self> {
        Some(match name.as_str() {
            "accept-signature"
            | "content-digest"
            | "priority"
            | "repr-digest"
            | "signature"
            | "signature-input"
            | "want-content-digest"
            | "want-repr-digest" => Self::Dictionary,
            "cache-status" | "client-cert-chain" | "proxy-status" => Self::List,
            "client-cert" => Self::Item,
            _ => return None,
        })
    }
}

/// Returns the value of a field in one of its forms.
pub(super) fn field_value<'a>(
    headers: &'a HeaderMap,
    name: &HeaderName,
    form: &FieldForm,
) -> Result<Cow<'a, str>, BaseError> {
    match form {
        FieldForm::Combined => combined_value(headers, name),
        FieldForm::Strict(kind) => {
            strict_value(&combined_value(headers, name)?, *kind).map(Cow::Owned)
        }
        FieldForm::Member(key) => {
            member_value(&combined_value(headers, name)?, key).map(Cow::Owned)
        }
        FieldForm::Wrapped => wrapped_value(headers, name).map(Cow::Owned),
    }
}

/// Returns the lines of a field, stripped of white space and joined by `, ` (RFC 9421, section
/// 2.1).
fn combined_value<'a>(
    headers: &'a HeaderMap,
    name: &HeaderName,
) -> Result<Cow<'a, str>, BaseError> {
    let mut combined: Option<Cow<'a, str>> = None;
    for line in headers.get_all(name) {
        let line = line.to_str().map_err(|_| BaseError::NotAscii)?.trim_matches([' ', '\t']);
        combined = Some(match combined {
            None => Cow::Borrowed(line),
            Some(before) => Cow::Owned(format!("{before}, {line}")),
        });
    }
    combined.ok_or(BaseError::MissingField)
}

fn strict_value(value: &str, kind: StructuredType) -> Result<String, BaseError> {
    fn rewritten<T: FieldType>(value: Result<T, sfv::Error>) -> Option<String> {
        // An empty list or dictionary has no strict form, because such a field is not sent.
        value.ok().map(|value| value.serialize().into().unwrap_or_default())
    }
    let parser = Parser::new(value);
    match kind {
        StructuredType::Item => rewritten(parser.parse::<Item>()),
        StructuredType::List => rewritten(parser.parse::<List>()),
        StructuredType::Dictionary => rewritten(parser.parse::<Dictionary>()),
    }
    .ok_or(BaseError::NotStructured)
}

/// Returns the value of one member of a dictionary (RFC 9421, section 2.1.2).
fn member_value(value: &str, key: &str) -> Result<String, BaseError> {
    let mut dictionary: Dictionary =
        Parser::new(value).parse().map_err(|_| BaseError::NotStructured)?;
    let key = sfv::KeyRef::from_str(key).map_err(|_| BaseError::MissingField)?;
    match dictionary.shift_remove(key).ok_or(BaseError::MissingField)? {
        ListEntry::Item(item) => Ok(item.serialize()),
        list @ ListEntry::InnerList(_) => vec![list].serialize().ok_or(BaseError::NotStructured),
    }
}

/// Returns each line as a byte sequence (RFC 9421, section 2.1.3).
fn wrapped_value(headers: &HeaderMap, name: &HeaderName) -> Result<String, BaseError> {
    let lines: Vec<_> = headers
        .get_all(name)
        .iter()
        .map(|line| format!(":{}:", STANDARD.encode(line.as_bytes().trim_ascii())))
        .collect();
    if lines.is_empty() { Err(BaseError::MissingField) } else { Ok(lines.join(", ")) }
}

/// Returns `true` if `name` has only characters of a field name (RFC 9110, section 5.6.2).
pub(super) fn is_field_name(name: &str) -> bool {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty() && name.bytes().all(is_token)
}
