//! The signature base (RFC 9421, section 2.5) of a message of the protocol, written piece by piece.

use hetu_chain::identity::PersonalMessageHasher;
use http::{HeaderMap, HeaderName};
use sha2::{Digest, Sha256};

use super::part::{Part, PartList, Source};
use crate::signature::{BaseError, Message, RequestView};
use crate::{WorkCount, limits};

/// The beginning of the last line of a base.
const PARAMETERS_LINE: &[u8] = b"\"@signature-params\": ";

/// A signature base that is not stored as text: its message, the covered parts and its length.
///
/// The sender controls the length of the text of an unverified message. The base is therefore
/// hashed while it is read, and only the hash is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Base<'a> {
    message: Message<'a>,
    parts: &'a PartList,
    parameters: &'a str,
    length: usize,
}

/// A receiver of the pieces of a base.
pub(crate) trait BaseSink {
    fn write(&mut self, piece: &[u8]);
}

impl BaseSink for Vec<u8> {
    fn write(&mut self, piece: &[u8]) {
        self.extend_from_slice(piece);
    }
}

impl BaseSink for Sha256 {
    fn write(&mut self, piece: &[u8]) {
        self.update(piece);
    }
}

impl BaseSink for PersonalMessageHasher {
    fn write(&mut self, piece: &[u8]) {
        self.update(piece);
    }
}

/// The reason why a signature base cannot be built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UnusableBase {
    /// A covered part that is missing or not printable ASCII.
    Component(BaseError),
    /// A base that is longer than [`limits::BASE_BYTES`].
    TooLong,
}

impl<'a> Base<'a> {
    /// Measures and checks the base of `message` for a signature over `parts`. `parameters` is its
    /// member of `Signature-Input`.
    ///
    /// ERC-191 hashes the length first, so there are two passes. This one reads every byte once and
    /// writes none.
    pub(crate) fn new(
        message: Message<'a>,
        parts: &'a PartList,
        parameters: &'a str,
    ) -> Result<Self, UnusableBase> {
        let mut base = Self { message, parts, parameters, length: 0 };
        let mut measure = Measure { length: 0, is_printable: true };
        for part in parts.as_slice() {
            measure.length += part.identifier().len() + b": \n".len();
            base.write_value(*part, &mut measure).map_err(UnusableBase::Component)?;
            if measure.length > limits::BASE_BYTES {
                return Err(UnusableBase::TooLong);
            }
            if !measure.is_printable {
                return Err(UnusableBase::Component(BaseError::NotAscii));
            }
        }
        measure.length += PARAMETERS_LINE.len() + parameters.len();
        if measure.length > limits::BASE_BYTES {
            return Err(UnusableBase::TooLong);
        }
        base.length = measure.length;
        Ok(base)
    }

    /// Writes the base into `sink`.
    pub(crate) fn write(&self, sink: &mut impl BaseSink) {
        for part in self.parts.as_slice() {
            sink.write(part.identifier().as_bytes());
            sink.write(b": ");
            // The part exists, because the first pass measured it.
            let _ = self.write_value(*part, sink);
            sink.write(b"\n");
        }
        sink.write(PARAMETERS_LINE);
        sink.write(self.parameters.as_bytes());
    }

    /// Returns the text of a base, for a signer. It must not be used for a message of a peer.
    pub(crate) fn to_bytes(self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.length);
        self.write(&mut bytes);
        bytes
    }

    /// Returns the hash that a wallet signs (ERC-191, version 0x45).
    pub(crate) fn personal_message_hash(&self, work: &mut WorkCount) -> [u8; 32] {
        work.bytes_hashed += self.length;
        let mut hasher = PersonalMessageHasher::new(self.length);
        self.write(&mut hasher);
        hasher.finalize()
    }

    pub(crate) const fn len(&self) -> usize {
        self.length
    }

    fn write_value(&self, part: Part, sink: &mut impl BaseSink) -> Result<(), BaseError> {
        match self.message {
            Message::Request(request) if !part.is_of_request() => {
                write_of_request(request, &part.source(), sink)
            }
            Message::Reply { request, .. } if part.is_of_request() => {
                write_of_request(request, &part.source(), sink)
            }
            Message::Reply { status, headers, .. } => match part.source() {
                Source::Status => {
                    sink.write(status.as_str().as_bytes());
                    Ok(())
                }
                Source::Field(name) => write_field(headers, &name, sink),
                _ => Err(BaseError::Inapplicable),
            },
            Message::Request(_) => Err(BaseError::Inapplicable),
        }
    }
}

fn write_of_request(
    request: RequestView<'_>,
    source: &Source,
    sink: &mut impl BaseSink,
) -> Result<(), BaseError> {
    match source {
        Source::Scheme => sink.write(request.scheme.as_str().as_bytes()),
        Source::Authority => sink.write(request.authority.as_str().as_bytes()),
        Source::Method => sink.write(request.method.as_str().as_bytes()),
        Source::Path => sink.write(request.path().as_bytes()),
        Source::Query => {
            sink.write(b"?");
            sink.write(request.uri.query().unwrap_or_default().as_bytes());
        }
        Source::Status => return Err(BaseError::Inapplicable),
        Source::Field(name) => return write_field(request.headers, name, sink),
    }
    Ok(())
}

/// Writes the lines of a field, stripped of white space and joined by `, ` (RFC 9421, section 2.1).
fn write_field(
    headers: &HeaderMap,
    name: &HeaderName,
    sink: &mut impl BaseSink,
) -> Result<(), BaseError> {
    let mut lines = headers.get_all(name).iter();
    let first = lines.next().ok_or(BaseError::MissingField)?;
    sink.write(trimmed(first.as_bytes()));
    for line in lines {
        sink.write(b", ");
        sink.write(trimmed(line.as_bytes()));
    }
    Ok(())
}

fn trimmed(mut line: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = line {
        line = rest;
    }
    line
}

/// A sink that counts the bytes of values and records whether all of them are printable.
struct Measure {
    length: usize,
    is_printable: bool,
}

impl BaseSink for Measure {
    fn write(&mut self, piece: &[u8]) {
        self.length = self.length.saturating_add(piece.len());
        self.is_printable &= piece.iter().all(|byte| matches!(byte, b' '..=b'~' | b'\t'));
    }
}
