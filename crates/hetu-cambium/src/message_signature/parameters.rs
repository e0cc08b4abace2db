//! Signature parameters that the protocol reads.

use std::borrow::Cow;

/// The value of a signature parameter, with the types that the protocol distinguishes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Parameter<'a> {
    #[default]
    Absent,
    Integer(i64),
    String(Cow<'a, str>),
    Other,
}

/// The parameters of a signature that the protocol reads. Other parameters are signed and ignored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Parameters<'a> {
    pub(crate) created: Parameter<'a>,
    pub(crate) expires: Parameter<'a>,
    pub(crate) nonce: Parameter<'a>,
    pub(crate) keyid: Parameter<'a>,
    pub(crate) alg: Parameter<'a>,
    pub(crate) tag: Parameter<'a>,
}

/// The parameters that distinguish the kinds of signatures.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Labels<'a> {
    pub(crate) tag: Option<&'a str>,
    pub(crate) keyid: Option<&'a str>,
}

impl<'a> Parameters<'a> {
    pub(super) fn set(&mut self, name: &str, value: Parameter<'a>) {
        let place = match name {
            "created" => &mut self.created,
            "expires" => &mut self.expires,
            "nonce" => &mut self.nonce,
            "keyid" => &mut self.keyid,
            "alg" => &mut self.alg,
            "tag" => &mut self.tag,
            _ => return,
        };
        *place = value;
    }

    pub(crate) fn labels(&self) -> Labels<'_> {
        Labels { tag: self.tag.label(), keyid: self.keyid.label() }
    }
}

impl Parameter<'_> {
    pub(crate) fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn is(&self, text: &str) -> bool {
        self.as_str() == Some(text)
    }

    /// Returns the parameter as a number of seconds since 1970.
    pub(crate) fn unix_time(&self) -> Option<u64> {
        match self {
            Self::Integer(seconds) => u64::try_from(*seconds).ok(),
            _ => None,
        }
    }

    fn label(&self) -> Option<&str> {
        match self {
            Self::Absent => None,
            Self::String(text) => Some(text),
            // A parameter that is not a string must differ from a missing one.
            Self::Integer(_) | Self::Other => Some(""),
        }
    }
}
