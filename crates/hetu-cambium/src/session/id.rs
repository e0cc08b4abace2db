//! Identifiers of sessions.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::RandomnessUnavailable;

/// The prefix of the id in a `keyid`.
const KEYID_PREFIX: &str = "hetu-session:";

/// The id of a session: 128 random bits, as 22 characters of base64url. It is not secret.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct SessionId([u8; 16]);

impl SessionId {
    pub(crate) fn random() -> Result<Self, RandomnessUnavailable> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(|_| RandomnessUnavailable)?;
        Ok(Self(bytes))
    }

    pub(super) const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Returns the 16 bytes of the id.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// Returns the session that a `keyid` names, `hetu-session:<id>`.
    pub(crate) fn from_keyid(keyid: &str) -> Option<Self> {
        keyid.strip_prefix(KEYID_PREFIX)?.parse().ok()
    }

    /// Returns the `keyid` that names the session.
    pub(crate) fn keyid(&self) -> String {
        format!("{KEYID_PREFIX}{self}")
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SessionId({self})")
    }
}

impl FromStr for SessionId {
    type Err = InvalidSessionId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| InvalidSessionId)?;
        bytes.try_into().map(Self).map_err(|_| InvalidSessionId)
    }
}

impl TryFrom<String> for SessionId {
    type Error = InvalidSessionId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<SessionId> for String {
    fn from(id: SessionId) -> Self {
        id.to_string()
    }
}

/// A text that is not the id of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the id of a session: expected 22 characters of base64url")]
pub struct InvalidSessionId;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_one_text() {
        let id = SessionId::random().unwrap();
        assert_ne!(id, SessionId::random().unwrap());
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(SessionId::from_keyid(&id.keyid()), Some(id));
        assert_eq!(SessionId::from_keyid(&id.to_string()), None);
        let text = "AAAAAAAAAAAAAAAAAAAAAA";
        assert!(text.parse::<SessionId>().is_ok());
        // The last character has four bits beyond the last byte, which must be zero.
        for other in
            ["AAAAAAAAAAAAAAAAAAAAAB", "AAAAAAAAAAAAAAAAAAAAA", "", "AAAAAAAAAAAAAAAAAAAAAA=="]
        {
            assert_eq!(other.parse::<SessionId>(), Err(InvalidSessionId), "{other}");
        }
    }
}
