//! A signature before it is made.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderValue};

use super::base::{Base, UnusableBase};
use super::part::PartList;
use crate::fields;
use crate::signature::{BaseError, Message};

/// The label of signatures of this crate. Labels have no meaning (RFC 9421, section 7.2.5).
const LABEL: &str = "hetu";

/// The member of `Signature-Input` of a signature before it is made.
#[derive(Clone, Debug)]
pub(crate) struct SignatureDraft {
    parts: PartList,
    text: String,
}

impl SignatureDraft {
    pub(crate) fn new(parts: PartList) -> Self {
        // The messages of the protocol fit into this capacity, so that the text is rarely moved.
        let mut text = String::with_capacity(512);
        text.push('(');
        for (position, part) in parts.as_slice().iter().enumerate() {
            if position > 0 {
                text.push(' ');
            }
            text.push_str(part.identifier());
        }
        text.push(')');
        Self { parts, text }
    }

    /// Adds an Integer. The value is a time, which has fewer than 16 digits.
    pub(crate) fn with_integer(mut self, name: &'static str, value: u64) -> Self {
        self.push_name(name);
        self.text.push_str(&value.to_string());
        self
    }

    /// Adds a String. The value is printable ASCII.
    pub(crate) fn with_string(mut self, name: &'static str, value: &str) -> Self {
        self.push_name(name);
        self.text.push('"');
        for character in value.chars() {
            if matches!(character, '"' | '\\') {
                self.text.push('\\');
            }
            self.text.push(character);
        }
        self.text.push('"');
        self
    }

    fn push_name(&mut self, name: &'static str) {
        self.text.push(';');
        self.text.push_str(name);
        self.text.push('=');
    }

    /// Returns the text to sign.
    pub(crate) fn base(&self, message: Message<'_>) -> Result<Vec<u8>, BaseError> {
        match Base::new(message, &self.parts, &self.text) {
            Ok(base) => Ok(base.to_bytes()),
            Err(UnusableBase::Component(error)) => Err(error),
            Err(UnusableBase::TooLong) => Err(BaseError::TooLong),
        }
    }

    /// Sets `Signature-Input` and `Signature`.
    pub(crate) fn finish(self, signature: &[u8], headers: &mut HeaderMap) {
        let input = [LABEL, "=", &self.text].concat();
        let signature = [LABEL, "=:", &STANDARD.encode(signature), ":"].concat();
        #[expect(clippy::expect_used, reason = "structured fields are visible ASCII")]
        let value = |text: String| HeaderValue::try_from(text).expect("a field value");
        headers.insert(fields::SIGNATURE_INPUT, value(input));
        headers.insert(fields::SIGNATURE, value(signature));
    }
}
