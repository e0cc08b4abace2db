//! Nonces, which make each signature usable only once.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::limits;

/// The `nonce` of a signature: printable ASCII, at most 128 characters (ERC-8128, section 3.1.2).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Nonce(Box<str>);

impl Nonce {
    /// Generates 128 random bits, as 22 characters of base64url.
    ///
    /// # Errors
    /// [`RandomnessUnavailable`] if the operating system returns no random bytes.
    pub fn random() -> Result<Self, RandomnessUnavailable> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(|_| RandomnessUnavailable)?;
        Ok(Self(URL_SAFE_NO_PAD.encode(bytes).into()))
    }

    /// Returns the number of a request in a session as its nonce.
    pub(crate) fn from_number(number: u64) -> Self {
        Self(number.to_string().into())
    }

    /// Returns the characters of the nonce.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Parses a nonce from another source. Returns `None` if it is too long or not printable ASCII.
    ///
    /// A caller that signs with it must guarantee that it was never used before.
    pub fn parse(text: &str) -> Option<Self> {
        let is_printable = text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        (is_printable && text.len() <= limits::NONCE_BYTES).then(|| Self(text.into()))
    }
}

impl fmt::Debug for Nonce {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, formatter)
    }
}

impl fmt::Display for Nonce {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

/// A failure of the operating system to return random bytes for a nonce.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the operating system gives no random bytes")]
pub struct RandomnessUnavailable;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_nonces_differ_and_carry_128_bits() {
        let (first, second) = (Nonce::random().unwrap(), Nonce::random().unwrap());
        assert_ne!(first, second);
        assert_eq!(URL_SAFE_NO_PAD.decode(first.as_str()).unwrap().len(), 16);
    }

    #[test]
    fn a_nonce_is_short_and_printable() {
        assert!(Nonce::parse(&"n".repeat(128)).is_some());
        assert_eq!(Nonce::parse(&"n".repeat(129)), None);
        assert_eq!(Nonce::parse("line\nbreak"), None);
        assert_eq!(Nonce::parse("ü"), None);
    }
}
