//! Parts of a message that a signature of the protocol can cover.

use http::HeaderName;
use http::header::CONTENT_TYPE;

use crate::fields;

/// A part of a message that a signature of the protocol can cover, with its identifier.
///
/// The parts are the tables of the specification, a closed set: no other component of RFC 9421 is
/// read from a peer. The size of the message therefore bounds the cost of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Part {
    Scheme,
    Authority,
    Method,
    Path,
    Query,
    ContentDigest,
    ContentType,
    CambiumVersion,
    HetuNetuid,
    HetuRecipient,
    HetuTimeoutMs,
    Status,
    RequestAuthority,
    RequestMethod,
    RequestPath,
    RequestQuery,
    RequestContentDigest,
    RequestHetuRecipient,
    RequestSignature,
    RequestSignatureInput,
}

/// The source of the value of a part.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    Scheme,
    Authority,
    Method,
    Path,
    Query,
    Status,
    Field(HeaderName),
}

impl Part {
    /// Maximum number of parts of one message: all of a request, or all of a reply.
    pub(crate) const MOST: usize = 11;

    /// Parses an identifier, which has no parameter except `req`.
    pub(crate) fn parse(name: &str, is_of_request: bool) -> Option<Self> {
        Some(match (name, is_of_request) {
            ("@scheme", false) => Self::Scheme,
            ("@authority", false) => Self::Authority,
            ("@method", false) => Self::Method,
            ("@path", false) => Self::Path,
            ("@query", false) => Self::Query,
            ("@status", false) => Self::Status,
            ("content-digest", false) => Self::ContentDigest,
            ("content-type", false) => Self::ContentType,
            ("cambium-version", false) => Self::CambiumVersion,
            ("hetu-netuid", false) => Self::HetuNetuid,
            ("hetu-recipient", false) => Self::HetuRecipient,
            ("hetu-timeout-ms", false) => Self::HetuTimeoutMs,
            ("@authority", true) => Self::RequestAuthority,
            ("@method", true) => Self::RequestMethod,
            ("@path", true) => Self::RequestPath,
            ("@query", true) => Self::RequestQuery,
            ("content-digest", true) => Self::RequestContentDigest,
            ("hetu-recipient", true) => Self::RequestHetuRecipient,
            ("signature", true) => Self::RequestSignature,
            ("signature-input", true) => Self::RequestSignatureInput,
            _ => return None,
        })
    }

    /// Returns the identifier in the form of the signature base and `Signature-Input`.
    pub(crate) const fn identifier(self) -> &'static str {
        match self {
            Self::Scheme => "\"@scheme\"",
            Self::Authority => "\"@authority\"",
            Self::Method => "\"@method\"",
            Self::Path => "\"@path\"",
            Self::Query => "\"@query\"",
            Self::ContentDigest => "\"content-digest\"",
            Self::ContentType => "\"content-type\"",
            Self::CambiumVersion => "\"cambium-version\"",
            Self::HetuNetuid => "\"hetu-netuid\"",
            Self::HetuRecipient => "\"hetu-recipient\"",
            Self::HetuTimeoutMs => "\"hetu-timeout-ms\"",
            Self::Status => "\"@status\"",
            Self::RequestAuthority => "\"@authority\";req",
            Self::RequestMethod => "\"@method\";req",
            Self::RequestPath => "\"@path\";req",
            Self::RequestQuery => "\"@query\";req",
            Self::RequestContentDigest => "\"content-digest\";req",
            Self::RequestHetuRecipient => "\"hetu-recipient\";req",
            Self::RequestSignature => "\"signature\";req",
            Self::RequestSignatureInput => "\"signature-input\";req",
        }
    }

    /// Returns `true` if the part of a reply is taken from the request.
    pub(crate) const fn is_of_request(self) -> bool {
        self as u8 >= Self::RequestAuthority as u8
    }

    /// Returns the source of the value, in the message itself or in the request that it answers.
    pub(crate) const fn source(self) -> Source {
        match self {
            Self::Scheme => Source::Scheme,
            Self::Authority | Self::RequestAuthority => Source::Authority,
            Self::Method | Self::RequestMethod => Source::Method,
            Self::Path | Self::RequestPath => Source::Path,
            Self::Query | Self::RequestQuery => Source::Query,
            Self::Status => Source::Status,
            Self::ContentDigest | Self::RequestContentDigest => {
                Source::Field(fields::CONTENT_DIGEST)
            }
            Self::ContentType => Source::Field(CONTENT_TYPE),
            Self::CambiumVersion => Source::Field(fields::CAMBIUM_VERSION),
            Self::HetuNetuid => Source::Field(fields::HETU_NETUID),
            Self::HetuRecipient | Self::RequestHetuRecipient => {
                Source::Field(fields::HETU_RECIPIENT)
            }
            Self::HetuTimeoutMs => Source::Field(fields::HETU_TIMEOUT_MS),
            Self::RequestSignature => Source::Field(fields::SIGNATURE),
            Self::RequestSignatureInput => Source::Field(fields::SIGNATURE_INPUT),
        }
    }
}

/// The kind of message, which determines its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MessageKind {
    Request,
    Reply,
}

impl MessageKind {
    pub(crate) const fn has(self, part: Part) -> bool {
        let parts = match self {
            Self::Request => PartSet::REQUEST,
            Self::Reply => PartSet::REPLY,
        };
        parts.contains(part)
    }
}

/// A set of parts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct PartSet(u32);

impl PartSet {
    /// The table of requests.
    const REQUEST: Self = Self((1 << Part::Status as u8) - 1);

    /// The table of replies.
    const REPLY: Self = Self(
        (1 << Part::Status as u8)
            | (1 << Part::ContentDigest as u8)
            | (1 << Part::ContentType as u8)
            | (1 << Part::RequestAuthority as u8)
            | (1 << Part::RequestMethod as u8)
            | (1 << Part::RequestPath as u8)
            | (1 << Part::RequestQuery as u8)
            | (1 << Part::RequestContentDigest as u8)
            | (1 << Part::RequestHetuRecipient as u8)
            | (1 << Part::RequestSignature as u8)
            | (1 << Part::RequestSignatureInput as u8),
    );

    pub(crate) const fn contains(self, part: Part) -> bool {
        self.0 & (1 << part as u8) != 0
    }
}

/// A list of distinct parts in the order in which a signature covers them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PartList {
    parts: [Part; Part::MOST],
    length: usize,
    set: PartSet,
}

impl PartList {
    pub(crate) const EMPTY: Self =
        Self { parts: [Part::Scheme; Part::MOST], length: 0, set: PartSet(0) };

    /// Adds a part. Returns `false` if the list has it already.
    pub(crate) fn push(&mut self, part: Part) -> bool {
        let is_new = !self.set.contains(part);
        if let Some(place) = self.parts.get_mut(self.length).filter(|_| is_new) {
            *place = part;
            self.length += 1;
            self.set.0 |= 1 << part as u8;
            return true;
        }
        false
    }

    pub(crate) fn as_slice(&self) -> &[Part] {
        self.parts.get(..self.length).unwrap_or_default()
    }

    pub(crate) const fn contains(&self, part: Part) -> bool {
        self.set.contains(part)
    }
}

impl FromIterator<Part> for PartList {
    fn from_iter<I: IntoIterator<Item = Part>>(parts: I) -> Self {
        let mut list = Self::EMPTY;
        for part in parts {
            list.push(part);
        }
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Part; 20] = [
        Part::Scheme,
        Part::Authority,
        Part::Method,
        Part::Path,
        Part::Query,
        Part::ContentDigest,
        Part::ContentType,
        Part::CambiumVersion,
        Part::HetuNetuid,
        Part::HetuRecipient,
        Part::HetuTimeoutMs,
        Part::Status,
        Part::RequestAuthority,
        Part::RequestMethod,
        Part::RequestPath,
        Part::RequestQuery,
        Part::RequestContentDigest,
        Part::RequestHetuRecipient,
        Part::RequestSignature,
        Part::RequestSignatureInput,
    ];

    #[test]
    fn identifier_of_each_part_reads_as_that_part() {
        for part in ALL {
            let name = part.identifier().strip_suffix(";req").unwrap_or(part.identifier());
            let name = name.trim_matches('"');
            assert_eq!(Part::parse(name, part.is_of_request()), Some(part));
        }
    }

    #[test]
    fn each_kind_of_message_has_as_many_parts_as_a_list_holds() {
        for kind in [MessageKind::Request, MessageKind::Reply] {
            let parts: PartList = ALL.into_iter().filter(|part| kind.has(*part)).collect();
            assert_eq!(parts.as_slice().len(), Part::MOST);
        }
    }

    #[test]
    fn component_outside_of_the_tables_is_no_part() {
        for name in
            ["@target-uri", "@request-target", "@query-param", "host", "x", "", "@signature-params"]
        {
            assert_eq!(Part::parse(name, false), None, "{name}");
            assert_eq!(Part::parse(name, true), None, "{name}");
        }
        for (name, is_of_request) in
            [("@status", true), ("@scheme", true), ("content-type", true), ("signature", false)]
        {
            assert_eq!(Part::parse(name, is_of_request), None, "{name}");
        }
    }

    #[test]
    fn part_list_takes_each_part_once() {
        let mut list = PartList::EMPTY;
        assert!(list.push(Part::Path));
        assert!(!list.push(Part::Path));
        assert_eq!(list.as_slice(), [Part::Path]);
    }
}
