//! Members of `Signature-Input`: the coverage and the parameters of a signature.

use std::fmt;

use sfv::{BareItem, InnerList, Key, KeyRef, Parser, StringRef};

use super::component::Component;
use super::serialize::write_parameter;
use crate::limits;

/// The covered components and the parameters of one signature, in the order in which they were
/// received or added. The order is part of the signed text (RFC 9421, section 2.3).
#[derive(Clone, Debug, PartialEq)]
pub struct SignatureInput {
    components: Vec<Component>,
    /// A list, because a search in so few parameters is faster than a lookup in a map.
    parameters: Vec<(Key, BareItem)>,
}

impl SignatureInput {
    /// Creates the input of a signature over `components`, without parameters.
    pub fn new(components: impl IntoIterator<Item = Component>) -> Self {
        Self { components: components.into_iter().collect(), parameters: Vec::new() }
    }

    /// Adds an Integer parameter, such as `created`.
    ///
    /// # Panics
    /// If `name` is not a structured field key, or `value` has more than 15 digits.
    #[must_use]
    pub fn with_integer(mut self, name: &'static str, value: u64) -> Self {
        #[expect(clippy::expect_used, reason = "documented above")]
        let value = sfv::Integer::try_from(value).expect("at most 15 digits");
        self.set(name, BareItem::Integer(value));
        self
    }

    /// Adds a String parameter, such as `nonce`.
    ///
    /// # Panics
    /// If `name` is not a structured field key, or `value` is not printable ASCII.
    #[must_use]
    pub fn with_string(mut self, name: &'static str, value: &str) -> Self {
        #[expect(clippy::expect_used, reason = "documented above")]
        let value = StringRef::from_str(value).expect("printable ASCII");
        self.set(name, BareItem::String(value.to_owned()));
        self
    }

    fn set(&mut self, name: &'static str, value: BareItem) {
        let key = KeyRef::constant(name).to_owned();
        match self.parameters.iter_mut().find(|(known, _)| *known == key) {
            Some((_, known)) => *known = value,
            None => self.parameters.push((key, value)),
        }
    }

    /// Parses an inner list with parameters, the value of a member of `Signature-Input`.
    ///
    /// # Errors
    /// [`InvalidSignatureInput`] names the fault.
    pub fn parse(text: &str) -> Result<Self, InvalidSignatureInput> {
        let list: sfv::List =
            Parser::new(text).parse().map_err(|_| InvalidSignatureInput::Syntax)?;
        match <[_; 1]>::try_from(list) {
            Ok([sfv::ListEntry::InnerList(list)]) => Self::from_inner_list(list),
            _ => Err(InvalidSignatureInput::Syntax),
        }
    }

    fn from_inner_list(list: InnerList) -> Result<Self, InvalidSignatureInput> {
        if list.items.len() > limits::COMPONENTS || list.params.len() > limits::PARAMETERS {
            return Err(InvalidSignatureInput::TooLarge);
        }
        let mut components = Vec::with_capacity(list.items.len());
        for item in &list.items {
            if item.bare_item.as_string().is_none() {
                return Err(InvalidSignatureInput::Syntax);
            }
            let component =
                Component::from_item(item).ok_or(InvalidSignatureInput::UnknownComponent)?;
            if components.contains(&component) {
                return Err(InvalidSignatureInput::RepeatedComponent);
            }
            components.push(component);
        }
        Ok(Self { components, parameters: list.params.into_iter().collect() })
    }

    /// Returns the covered components.
    pub fn components(&self) -> &[Component] {
        &self.components
    }

    /// Returns `true` if the signature covers `component`.
    pub fn covers(&self, component: &Component) -> bool {
        self.components.contains(component)
    }
}

impl SignatureInput {
    /// Writes the strict serialisation (RFC 9651, section 4.1.1.1) that `@signature-params` signs.
    pub(super) fn write(&self, text: &mut String) {
        text.push('(');
        for (position, component) in self.components.iter().enumerate() {
            if position > 0 {
                text.push(' ');
            }
            component.write(text);
        }
        text.push(')');
        for (key, value) in &self.parameters {
            write_parameter(text, key, value.into());
        }
    }
}

impl fmt::Display for SignatureInput {
    /// Writes the strict serialisation (RFC 9651, section 4.1.1.1) that `@signature-params` signs.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        self.write(&mut text);
        formatter.write_str(&text)
    }
}

/// A reason why a member of `Signature-Input` cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidSignatureInput {
    /// A text that is not an inner list of strings with parameters.
    #[error("not an inner list of component identifiers")]
    Syntax,
    /// More than 32 components or 16 parameters.
    #[error("the signature covers too many components or has too many parameters")]
    TooLarge,
    /// A derived component, a parameter of a component or a name that is not supported.
    #[error("the signature covers a component that is unknown here")]
    UnknownComponent,
    /// A component that is covered twice.
    #[error("the signature covers a component twice")]
    RepeatedComponent,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_components_and_parameters_is_kept() {
        let text = "(\"@query\" \"date\";req \"@method\");tag=\"t\";created=1;x;keyid=\"k\"";
        assert_eq!(SignatureInput::parse(text).unwrap().to_string(), text);
    }

    #[test]
    fn white_space_and_defaults_are_written_strictly() {
        let input = SignatureInput::parse("(  \"@query\"   \"date\";req=?1 ); created=01;x=?1");
        assert_eq!(input.unwrap().to_string(), "(\"@query\" \"date\";req);created=1;x");
    }

    #[test]
    fn unknown_repeated_and_too_many_components_are_refused() {
        for (text, error) in [
            ("\"@query\"", InvalidSignatureInput::Syntax),
            ("(query)", InvalidSignatureInput::Syntax),
            ("(\"a\"), (\"b\")", InvalidSignatureInput::Syntax),
            ("(\"@nothing\")", InvalidSignatureInput::UnknownComponent),
            ("(\"date\";sf)", InvalidSignatureInput::UnknownComponent),
            ("(\"date\";req=?0)", InvalidSignatureInput::UnknownComponent),
            ("(\"@signature-params\")", InvalidSignatureInput::UnknownComponent),
            ("(\"date\" \"date\")", InvalidSignatureInput::RepeatedComponent),
        ] {
            assert_eq!(SignatureInput::parse(text), Err(error), "{text}");
        }
        assert!(SignatureInput::parse("(\"date\" \"date\";req)").is_ok());

        let names = |count: usize| -> String {
            let names: Vec<_> = (0..count).map(|number| format!("\"x-{number}\"")).collect();
            format!("({})", names.join(" "))
        };
        assert!(SignatureInput::parse(&names(32)).is_ok());
        assert_eq!(SignatureInput::parse(&names(33)), Err(InvalidSignatureInput::TooLarge));
        let parameters = |count: usize| -> String {
            let parameters: Vec<_> = (0..count).map(|number| format!(";p{number}")).collect();
            format!("(){}", parameters.concat())
        };
        assert!(SignatureInput::parse(&parameters(16)).is_ok());
        assert_eq!(SignatureInput::parse(&parameters(17)), Err(InvalidSignatureInput::TooLarge));
    }
}
