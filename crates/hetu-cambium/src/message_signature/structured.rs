//! A reader of signature fields in any form of structured fields (RFC 9651).

use std::borrow::Cow;
use std::convert::Infallible;
use std::fmt;

use http::{HeaderMap, HeaderName};
use sfv::visitor::{DictionaryVisitor, EntryVisitor};
use sfv::{BareItem, Dictionary, FieldType, InnerList, Item, Key, KeyRef, ListEntry, Parser};

use super::error::{FieldsError, MemberError};
use super::parameters::{Parameter, Parameters};
use super::part::{MessageKind, Part, PartList};
use crate::{WorkCount, limits};

/// Returns the only member of a dictionary, or `None` if it is empty.
pub(super) fn only_member(
    headers: &HeaderMap,
    name: &HeaderName,
    work: &mut WorkCount,
) -> Result<Option<(Key, ListEntry)>, FieldsError> {
    let lines = headers.get_all(name);
    let (mut length, mut count) = (0, 0);
    for line in &lines {
        length += line.len();
        count += 1;
    }
    if count == 0 {
        return Err(FieldsError::Missing);
    }
    // Lines are joined by a comma and a space.
    if length + 2 * (count - 1) > limits::FIELD_BYTES {
        return Err(FieldsError::TooLarge);
    }
    work.bytes_parsed += length;
    let mut dictionary = Dictionary::new();
    let mut has_more = false;
    for line in &lines {
        let visitor = OnlyMember { dictionary: &mut dictionary, has_more: &mut has_more };
        if Parser::new(line.as_bytes()).parse_dictionary_with_visitor(visitor).is_err() {
            return Err(if has_more { FieldsError::TooLarge } else { FieldsError::Malformed });
        }
    }
    Ok(dictionary.into_iter().next())
}

/// A visitor that stops at a second member, so that a long dictionary costs no more than its first
/// member.
struct OnlyMember<'a> {
    dictionary: &'a mut Dictionary,
    has_more: &'a mut bool,
}

impl<'de> DictionaryVisitor<'de> for OnlyMember<'_> {
    type Out = ();
    type Error = SecondMember;

    fn entry(&mut self, key: &'de KeyRef) -> Result<impl EntryVisitor<'de>, SecondMember> {
        if !self.dictionary.is_empty() {
            *self.has_more = true;
            return Err(SecondMember);
        }
        DictionaryVisitor::entry(self.dictionary, key).map_err(|never: Infallible| match never {})
    }

    fn finish(self) -> Result<(), SecondMember> {
        Ok(())
    }
}

#[derive(Debug)]
struct SecondMember;

impl fmt::Display for SecondMember {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the dictionary has a second member")
    }
}

impl std::error::Error for SecondMember {}

/// Returns the parameters of a member of `Signature-Input`, whatever its components are.
pub(super) fn parameters(entry: &ListEntry) -> Parameters<'static> {
    let all = match entry {
        ListEntry::Item(item) => &item.params,
        ListEntry::InnerList(list) => &list.params,
    };
    let mut parameters = Parameters::default();
    for (name, value) in all {
        let value = match value {
            BareItem::Integer(value) => Parameter::Integer(i64::from(*value)),
            BareItem::String(value) => Parameter::String(Cow::Owned(value.as_str().to_owned())),
            _ => Parameter::Other,
        };
        parameters.set(name.as_str(), value);
    }
    parameters
}

/// Returns the parts that a member of `Signature-Input` covers, and its strict serialisation.
pub(super) fn coverage(
    entry: ListEntry,
    of: MessageKind,
) -> Result<(PartList, String), MemberError> {
    let ListEntry::InnerList(list) = entry else { return Err(MemberError::Malformed) };
    if list.items.len() > limits::COMPONENTS || list.params.len() > limits::PARAMETERS {
        return Err(MemberError::TooLarge);
    }
    let parts = parts(&list, of)?;
    let text = vec![ListEntry::InnerList(list)].serialize().ok_or(MemberError::Malformed)?;
    Ok((parts, text))
}

fn parts(list: &InnerList, of: MessageKind) -> Result<PartList, MemberError> {
    let mut parts = PartList::EMPTY;
    for item in &list.items {
        let part = part(item).filter(|part| of.has(*part)).ok_or(MemberError::Malformed)?;
        if !parts.push(part) {
            return Err(MemberError::Malformed);
        }
    }
    Ok(parts)
}

fn part(item: &Item) -> Option<Part> {
    let name = item.bare_item.as_string()?.as_str();
    let mut is_of_request = false;
    for (parameter, value) in &item.params {
        if parameter.as_str() != "req" || value.as_boolean() != Some(true) {
            return None;
        }
        is_of_request = true;
    }
    Part::parse(name, is_of_request)
}

/// Returns the bytes of a member of `Signature`.
pub(super) fn bytes(entry: ListEntry) -> Option<Vec<u8>> {
    match entry {
        ListEntry::Item(Item { bare_item: BareItem::ByteSequence(bytes), .. }) => Some(bytes),
        _ => None,
    }
}
