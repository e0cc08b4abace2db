//! Errors of private libraries, as sources of public errors.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use super::ForeignText;

type AnyError = dyn Error + Send + Sync + 'static;

/// An error of a private library or of another program, as the source of a public error.
///
/// It is displayed as a [`ForeignText`]. Clones share the error. Two are equal if their displayed
/// texts are. A text is an error too, so that a cause without a type does not need another variant.
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
    /// The replacement for the text of `error`, if there is one.
    text: Option<Arc<str>>,
}

impl ForeignError {
    /// Wraps an error, or a text.
    pub fn new(error: impl Into<Box<AnyError>>) -> Self {
        Self { error: error.into().into(), text: None }
    }

    /// Replaces the text of the error; the error becomes the [source](Error::source).
    #[must_use]
    pub fn in_words(self, text: impl Into<String>) -> Self {
        Self { text: Some(text.into().into()), ..self }
    }

    /// Adds the context of the error in front of its text.
    #[must_use]
    pub fn in_context(self, context: impl fmt::Display) -> Self {
        let text = format!("{context}: {self}");
        self.in_words(text)
    }

    /// Returns the error, for a check of its type.
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
        // Only the text: the debug output of a library may contain a URL with credentials.
        formatter.debug_tuple("ForeignError").field(&self.to_string()).finish()
    }
}

impl Error for ForeignError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.text {
            Some(_) => Some(self.get_ref()),
            // The displayed text is that of the error, so its source is the next one.
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
