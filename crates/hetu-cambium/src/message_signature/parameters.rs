//! The parameters of a signature that the protocol reads.

use std::borrow::Cow;

/// The value of a signature parameter, as far as the protocol tells types apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Parameter<'a> {
    #[default]
    Absent,
    Integer(i64),
    String(Cow<'a, str>),
    Other,
}

/// The parameters of a signature that the protocol reads. Others are signed and not looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Parameters<'a> {
    pub(crate) created: Parameter<'a>,
    pub(crate) expires: Parameter<'a>,
    pub(crate) nonce: Parameter<'a>,
    pub(crate) keyid: Parameter<'a>,
    pub(crate) alg: Parameter<'a>,
    pub(crate) tag: Parameter<'a>,
}

/// The parameters by which one kind of signature is told from another.
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

    /// The parameter as a count of seconds since 1970.
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
            // A parameter that is there but no string is not the same as none.
            Self::Integer(_) | Self::Other => Some(""),
        }
    }
}
