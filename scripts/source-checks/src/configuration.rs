//! Detection of items that only tests compile.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::{Attribute, Meta};

/// Returns `true` if the item exists only in builds with `cfg(test)`.
pub(crate) fn is_test_only(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident("cfg") => all(list.tokens.clone()) == Some(false),
        _ => false,
    })
}

/// Returns the value of a predicate in builds without tests, or `None` if it depends on the build.
fn value(name: &str, arguments: Option<TokenStream>) -> Option<bool> {
    match (name, arguments) {
        ("test", None) => Some(false),
        ("not", Some(arguments)) => all(arguments).map(|value| !value),
        ("all", Some(arguments)) => all(arguments),
        ("any", Some(arguments)) => {
            let values = values(arguments);
            match values.iter().all(|value| *value == Some(false)) {
                true => Some(false),
                false => values.contains(&Some(true)).then_some(true),
            }
        }
        _ => None,
    }
}

fn all(arguments: TokenStream) -> Option<bool> {
    let values = values(arguments);
    match values.contains(&Some(false)) {
        true => Some(false),
        false => values.iter().all(Option::is_some).then_some(true),
    }
}

fn values(arguments: TokenStream) -> Vec<Option<bool>> {
    let mut values = Vec::new();
    let mut tokens = arguments.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let TokenTree::Ident(name) = token else { continue };
        let arguments = match tokens.peek() {
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis => {
                Some(group.stream())
            }
            _ => None,
        };
        values.push(value(&name.to_string(), arguments));
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    fn test_only(attribute: &str) -> bool {
        let item: syn::ItemStruct = syn::parse_str(&format!("{attribute} struct Item;")).unwrap();
        is_test_only(&item.attrs)
    }

    #[test]
    fn predicate_that_needs_tests_is_test_only() {
        assert!(test_only("#[cfg(test)]"));
        assert!(test_only("#[cfg(all(test, unix))]"));
        assert!(test_only("#[cfg(any(test))]"));
    }

    #[test]
    fn predicate_that_other_builds_satisfy_is_production() {
        assert!(!test_only("#[cfg(any(test, feature = \"testing\"))]"));
        assert!(!test_only("#[cfg(not(test))]"));
        assert!(!test_only("#[cfg(feature = \"client\")]"));
        assert!(!test_only("#[test_log]"));
    }
}
