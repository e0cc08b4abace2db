//! Signature fields in the one form in which nearly all are written, read fast.
//!
//! What this reads it reads as the library of structured fields does, which reads everything else:
//! each function returns nothing where a field is written in any other way, or has anything in it
//! that would have to be refused.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sfv::{BareItem, Integer, Key, KeyRef, StringRef};

use super::component::Component;
use super::input::SignatureInput;
use crate::limits;

/// The members of a `Signature-Input`: inner lists of plain components, with integers and strings
/// as parameters.
pub(super) fn inputs(text: &str) -> Option<Vec<(Key, SignatureInput)>> {
    members(text, Rest::input)
}

/// The members of a `Signature`: byte sequences without parameters.
pub(super) fn signatures(text: &str) -> Option<Vec<(Key, Vec<u8>)>> {
    members(text, Rest::bytes)
}

/// What is still to be read.
#[derive(Clone, Copy)]
struct Rest<'a>(&'a str);

fn members<'a, T>(
    text: &'a str,
    value: impl Fn(&mut Rest<'a>) -> Option<T>,
) -> Option<Vec<(Key, T)>> {
    let mut rest = Rest(text);
    let mut members: Vec<(Key, T)> = Vec::with_capacity(1);
    loop {
        let key = rest.key()?;
        rest.skip("=")?;
        let value = value(&mut rest)?;
        if members.len() == limits::CANDIDATES || members.iter().any(|(known, _)| *known == key) {
            return None;
        }
        members.push((key, value));
        if rest.0.is_empty() {
            return Some(members);
        }
        rest.skip(", ")?;
    }
}

impl<'a> Rest<'a> {
    fn skip(&mut self, expected: &str) -> Option<()> {
        self.0 = self.0.strip_prefix(expected)?;
        Some(())
    }

    fn is_at(&self, byte: u8) -> bool {
        self.0.as_bytes().first() == Some(&byte)
    }

    /// The bytes up to the first that is none of these.
    fn take_while(&mut self, is_one: impl Fn(u8) -> bool) -> &'a str {
        let end = self.0.bytes().position(|byte| !is_one(byte)).unwrap_or(self.0.len());
        // Whatever is taken is ASCII, so this is where a character ends.
        let (taken, rest) = self.0.split_at_checked(end).unwrap_or(("", self.0));
        self.0 = rest;
        taken
    }

    fn key(&mut self) -> Option<Key> {
        let is_part = |byte: u8| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-.*".contains(&byte)
        };
        KeyRef::from_str(self.take_while(is_part)).ok().map(ToOwned::to_owned)
    }

    /// A string that has nothing to escape.
    fn string(&mut self) -> Option<&'a str> {
        self.skip("\"")?;
        let text = self.take_while(|byte| matches!(byte, b' '..=b'~') && !b"\"\\".contains(&byte));
        self.skip("\"")?;
        Some(text)
    }

    fn integer(&mut self) -> Option<Integer> {
        const MOST_DIGITS: usize = 15;
        let digits = self.take_while(|byte| byte.is_ascii_digit());
        if digits.len() > MOST_DIGITS || self.is_at(b'.') {
            return None;
        }
        Integer::try_from(digits.parse::<u64>().ok()?).ok()
    }

    fn bytes(&mut self) -> Option<Vec<u8>> {
        self.skip(":")?;
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte);
        let text = self.take_while(is_part);
        self.skip(":")?;
        STANDARD.decode(text).ok()
    }

    fn input(&mut self) -> Option<SignatureInput> {
        let mut components = Vec::with_capacity(limits::COMPONENTS / 2);
        self.skip("(")?;
        while !self.is_at(b')') {
            if !components.is_empty() {
                self.skip(" ")?;
            }
            let component = self.component()?;
            if components.len() == limits::COMPONENTS || components.contains(&component) {
                return None;
            }
            components.push(component);
        }
        self.skip(")")?;
        let mut input = SignatureInput::new(components);
        for count in 0.. {
            if !self.is_at(b';') {
                break;
            }
            let (key, value) = self.parameter()?;
            if count == limits::PARAMETERS || !input.add(key, value) {
                return None;
            }
        }
        Some(input)
    }

    fn component(&mut self) -> Option<Component> {
        let component = Component::plain(self.string()?)?;
        if !self.is_at(b';') {
            return Some(component);
        }
        self.skip(";req")?;
        // Anything else is another parameter, or another key.
        (self.is_at(b' ') || self.is_at(b')')).then(|| component.of_request())
    }

    fn parameter(&mut self) -> Option<(Key, BareItem)> {
        self.skip(";")?;
        let key = self.key()?;
        self.skip("=")?;
        let value = if self.is_at(b'"') {
            BareItem::String(StringRef::from_str(self.string()?).ok()?.to_owned())
        } else {
            BareItem::Integer(self.integer()?)
        };
        Some((key, value))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use sfv::{Dictionary, ListEntry, Parser};

    use super::*;

    const INPUT: &str = "eth=(\"@method\" \"@path\" \"content-digest\";req \"x-any\");created=17;\
        keyid=\"eip155:1:0xab\";nonce=\"a b\";tag=\"erc8128\", b=()";

    /// What the library makes of the same field, if it has nothing that is refused.
    fn inputs_by_library(text: &str) -> Option<Vec<(Key, SignatureInput)>> {
        let dictionary: Dictionary = Parser::new(text).parse().ok()?;
        let input = |(key, entry)| match entry {
            ListEntry::InnerList(list) => Some((key, SignatureInput::from_inner_list(list).ok()?)),
            ListEntry::Item(_) => None,
        };
        dictionary.into_iter().map(input).collect()
    }

    fn signatures_by_library(text: &str) -> Option<Vec<(Key, Vec<u8>)>> {
        let dictionary: Dictionary = Parser::new(text).parse().ok()?;
        let bytes = |(key, entry)| match entry {
            ListEntry::Item(item) if item.params.is_empty() => {
                Some((key, item.bare_item.as_byte_sequence()?.to_vec()))
            }
            _ => None,
        };
        dictionary.into_iter().map(bytes).collect()
    }

    #[test]
    fn what_everybody_writes_is_read_fast_and_the_same() {
        let read = inputs(INPUT).unwrap();
        assert_eq!(read, inputs_by_library(INPUT).unwrap());
        assert_eq!(read[0].1.to_string() + ", b=()", INPUT.strip_prefix("eth=").unwrap());
        let signature = "eth=:AAEC:, b=::";
        assert_eq!(signatures(signature).unwrap(), signatures_by_library(signature).unwrap());
    }

    #[test]
    fn anything_else_is_left_to_the_library() {
        for text in [
            "",
            "a",
            "a=1",
            "a=( \"date\")",
            "a=(\"date\" )",
            "a=(\"date\"),b=()",
            "a=(\"date\"), ",
            "a=(\"date\";sf)",
            "a=(\"date\";req;bs)",
            "a=(\"date\";reqs)",
            "a=(\"date\" \"date\")",
            "a=(\"Date\")",
            "a=(\"@nothing\")",
            "a=();x",
            "a=();x=?1",
            "a=();x=-1",
            "a=();x=1.5",
            "a=();x=1;x=2",
            "a=();x=\"\\\"\"",
            "a=();x=1000000000000000",
            "a=();é=1",
            "a=(), a=()",
            "A=()",
        ] {
            assert!(inputs(text).is_none(), "{text}");
        }
        for text in ["", "a", "a=:A:", "a=:AA==:;x", "a=:AA==:, a=:AA==:", "a=:é:", "a=:AA==:b"] {
            assert!(signatures(text).is_none(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_read_is_what_the_library_reads(
            text in prop_oneof![
                "[a-c]=\\((\"(@method|@query|date|x-[a-c])\"(;req)?( )?){0,4}\\)(;[a-c](=([0-9]{1,3}|\"[ -~]{0,4}\"))?){0,3}(, [a-c]=\\(\\))?",
                "[ -~]{0,40}",
            ],
        ) {
            if let Some(read) = inputs(&text) {
                prop_assert_eq!(Some(read), inputs_by_library(&text));
            }
        }

        #[test]
        fn whatever_bytes_are_read_are_what_the_library_reads(
            text in "[a-c]=:[A-Za-z0-9+/]{0,8}={0,2}:(, [a-c]=:[A-Z]{4}:)?",
        ) {
            if let Some(read) = signatures(&text) {
                prop_assert_eq!(Some(read), signatures_by_library(&text));
            }
        }

        #[test]
        fn a_character_changed_anywhere_changes_nothing_of_that(
            place in 0..INPUT.len(),
            character in any::<char>(),
        ) {
            let text = format!("{}{character}{}", &INPUT[..place], &INPUT[place + 1..]);
            if let Some(read) = inputs(&text) {
                prop_assert_eq!(Some(read), inputs_by_library(&text));
            }
        }
    }
}
