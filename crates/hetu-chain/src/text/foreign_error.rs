//! Errors of private libraries, as causes of our own.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use super::ForeignText;

type AnyError = dyn Error + Send + Sync + 'static;

/// An error of a library that stays private, or of another program, as the cause of one of ours.
///
/// It is displayed as a [`ForeignText`]. Clones share the error; two are equal if they are displayed
/// alike. A text alone is an error too, so that a cause that has no type of its own needs no other
/// variant.
///
/// # Examples
///
/// ```
/// use std::error::Error;
/// use hetu_chain::text::ForeignError;
///
/// let error = "x".parse::<u8>().unwrap_err();
/// let cause = ForeignError::new(error).in_context("the port");
/// assert_eq!(cause.to_string(), "the port: invalid digit found in string");
/// assert!(cause.source().is_some_and(|source| source.is::<std::num::ParseIntError>()));
/// ```
#[derive(Clone)]
pub struct ForeignError {
    error: Arc<AnyError>,
    /// The words for `error`, if they are not its own.
    text: Option<Arc<str>>,
}

impl ForeignError {
    /// Wraps an error, or a text.
    pub fn new(error: impl Into<Box<AnyError>>) -> Self {
        Self { error: error.into().into(), text: None }
    }

    /// Says in other words what went wrong; the error becomes the [source](Error::source).
    #[must_use]
    pub fn in_words(self, text: impl Into<String>) -> Self {
        Self { text: Some(text.into().into()), ..self }
    }

    /// Says what the error is about, before its own words.
    #[must_use]
    pub fn in_context(self, context: impl fmt::Display) -> Self {
        let text = format!("{context}: {self}");
        self.in_words(text)
    }

    /// Returns the error, to look for its type.
    pub fn get_ref(&self) -> &AnyError {
        &*self.error
    }
}

impl fmt::Display for ForeignError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.text {
            Some(text) => ForeignText::new(text).fmt(formatter),
            None => ForeignText::new(&self.error.to_string()).fmt(formatter),
        }
    }
}

impl fmt::Debug for ForeignError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The words alone: what a library shows for debugging may be a url with credentials.
        formatter.debug_tuple("ForeignError").field(&self.to_string()).finish()
    }
}

impl Error for ForeignError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.text {
            Some(_) => Some(self.get_ref()),
            // It speaks for the error, which would repeat the same words.
            None => self.error.source(),
        }
    }
}

impl PartialEq for ForeignError {
    fn eq(&self, other: &Self) -> bool {
        self.to_string() == other.to_string()
    }
}

impl Eq for ForeignError {}

impl From<String> for ForeignError {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<&str> for ForeignError {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("outer")]
    struct Outer(#[source] io::Error);

    #[test]
    fn foreign_error_prints_each_error_of_its_chain_once() {
        let outer = Outer(io::Error::other("inner"));
        let cause = ForeignError::new(outer);
        let chain: Vec<_> = std::iter::successors(Some(&cause as &dyn Error), |&at| at.source())
            .map(ToString::to_string)
            .collect();
        assert_eq!(chain, ["outer", "inner"]);
        assert!(cause.get_ref().is::<Outer>());
    }

    #[test]
    fn foreign_error_is_one_line_and_equal_by_its_words() {
        let cause = ForeignError::from("no\nWARN all is well");
        assert_eq!(cause.to_string(), r"no\nWARN all is well");
        assert_eq!(cause, ForeignError::new(io::Error::other("no\nWARN all is well")));
        assert_ne!(cause, cause.clone().in_context("call"));
        assert!(cause.source().is_none());
    }
}
