//! A fast reader of signature fields in the form that almost all clients write.
//!
//! Each function returns `None` if a field is written in another form or contains an invalid part.
//! The library of structured fields then reads it, at ten times the cost. The canonical form is
//! equal to the strict serialisation, so the text of the field is also the text of the base.

use std::borrow::Cow;

use super::parameters::{Parameter, Parameters};
use super::part::{MessageKind, Part, PartList};
use crate::limits;

/// The only member of a `Signature-Input`: an inner list of parts, with integers and strings as
/// parameters.
pub(super) struct CanonicalInput<'a> {
    pub(super) label: &'a str,
    pub(super) text: &'a str,
    pub(super) parts: PartList,
    pub(super) parameters: Parameters<'a>,
}

pub(super) fn input(text: &str, of: MessageKind) -> Option<CanonicalInput<'_>> {
    let mut rest = UnreadText(text);
    let label = rest.key()?;
    rest.skip("=")?;
    let text = rest.0;
    let parts = rest.parts(of)?;
    let parameters = rest.parameters()?;
    rest.0.is_empty().then_some(CanonicalInput { label, text, parts, parameters })
}

/// Returns the only member of a `Signature`: its label, and the base64 of a byte sequence.
pub(super) fn signature(text: &str) -> Option<(&str, &str)> {
    let mut rest = UnreadText(text);
    let label = rest.key()?;
    rest.skip("=:")?;
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte);
    let encoded = rest.take_while(is_part);
    rest.skip(":")?;
    rest.0.is_empty().then_some((label, encoded))
}

/// The text that has not been read yet.
#[derive(Clone, Copy)]
struct UnreadText<'a>(&'a str);

impl<'a> UnreadText<'a> {
    fn skip(&mut self, expected: &str) -> Option<()> {
        self.0 = self.0.strip_prefix(expected)?;
        Some(())
    }

    fn is_at(&self, byte: u8) -> bool {
        self.0.as_bytes().first() == Some(&byte)
    }

    /// Returns the bytes before the first one that does not match.
    fn take_while(&mut self, is_one: impl Fn(u8) -> bool) -> &'a str {
        let end = self.0.bytes().position(|byte| !is_one(byte)).unwrap_or(self.0.len());
        // The bytes before `end` are ASCII, so it is a character boundary.
        let (taken, rest) = self.0.split_at_checked(end).unwrap_or(("", self.0));
        self.0 = rest;
        taken
    }

    fn key(&mut self) -> Option<&'a str> {
        let is_part = |byte: u8| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-.*".contains(&byte)
        };
        let key = self.take_while(is_part);
        let first = key.bytes().next()?;
        (first.is_ascii_lowercase() || first == b'*').then_some(key)
    }

    /// Reads a string without escapes.
    fn string(&mut self) -> Option<&'a str> {
        self.skip("\"")?;
        let text = self.take_while(|byte| matches!(byte, b' '..=b'~') && !b"\"\\".contains(&byte));
        self.skip("\"")?;
        Some(text)
    }

    fn integer(&mut self) -> Option<i64> {
        const MOST_DIGITS: usize = 15;
        let digits = self.take_while(|byte| byte.is_ascii_digit());
        let is_strict = digits == "0" || !digits.starts_with('0');
        if digits.len() > MOST_DIGITS || self.is_at(b'.') || !is_strict {
            return None;
        }
        digits.parse().ok()
    }

    fn parts(&mut self, of: MessageKind) -> Option<PartList> {
        let mut parts = PartList::EMPTY;
        self.skip("(")?;
        while !self.is_at(b')') {
            if !parts.as_slice().is_empty() {
                self.skip(" ")?;
            }
            let part = self.part()?;
            if !of.has(part) || !parts.push(part) {
                return None;
            }
        }
        self.skip(")")?;
        Some(parts)
    }

    fn part(&mut self) -> Option<Part> {
        let name = self.string()?;
        let is_of_request = self.skip(";req").is_some();
        // Any other character begins another parameter, or another key.
        if self.is_at(b' ') || self.is_at(b')') { Part::parse(name, is_of_request) } else { None }
    }

    fn parameters(&mut self) -> Option<Parameters<'a>> {
        let mut parameters = Parameters::default();
        let mut names = [""; limits::PARAMETERS];
        let mut count = 0;
        while self.is_at(b';') {
            self.skip(";")?;
            let name = self.key()?;
            self.skip("=")?;
            let value = if self.is_at(b'"') {
                Parameter::String(Cow::Borrowed(self.string()?))
            } else {
                Parameter::Integer(self.integer()?)
            };
            if names.contains(&name) {
                return None;
            }
            *names.get_mut(count)? = name;
            count += 1;
            parameters.set(name, value);
        }
        Some(parameters)
    }
}
