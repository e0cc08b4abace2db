//! The signatures that a message carries.

use http::{HeaderMap, HeaderName};
use sfv::{Dictionary, KeyRef, ListEntry, Parameters, Parser};

use super::input::{InvalidSignatureInput, SignatureInput};
use crate::{fields, limits};

/// The fields `Signature-Input` and `Signature` of one message, parsed once.
#[derive(Debug)]
pub(crate) struct SignatureFields {
    inputs: Dictionary,
    signatures: Dictionary,
}

/// One signature of the wanted kind, well-formed and within limits, but not yet verified.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    pub(crate) input: SignatureInput,
    pub(crate) signature: Vec<u8>,
}

/// A signature of a kind that is known, unless it cannot be used.
type Found<K> = (K, Result<Candidate, CandidateError>);

/// Why the signature fields as a whole cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SignatureFieldsError {
    Missing,
    Malformed,
    TooLarge,
}

/// Why one signature cannot be used, although others beside it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CandidateError {
    Uncorrelated,
    TooLarge,
    Malformed,
}

impl SignatureFields {
    pub(crate) fn parse(headers: &HeaderMap) -> Result<Self, SignatureFieldsError> {
        Ok(Self {
            inputs: parse_dictionary(headers, &fields::SIGNATURE_INPUT)?,
            signatures: parse_dictionary(headers, &fields::SIGNATURE)?,
        })
    }

    /// The signatures of which `kind` is known, in the order of `Signature-Input`.
    ///
    /// # Errors
    /// [`SignatureFieldsError::TooLarge`] if there are more than a verifier should look at.
    pub(crate) fn candidates<K>(
        self,
        kind: impl Fn(Labels<'_>) -> Option<K>,
    ) -> Result<Vec<Found<K>>, SignatureFieldsError> {
        let Self { inputs, mut signatures } = self;
        let known: Vec<_> = inputs
            .into_iter()
            .filter_map(|(label, entry)| Some((kind(Labels::of(&entry))?, label, entry)))
            .collect();
        if known.len() > limits::CANDIDATES {
            return Err(SignatureFieldsError::TooLarge);
        }
        let read = |(kind, label, entry)| {
            let signature = signatures.get_mut::<sfv::Key>(&label).and_then(take_bytes);
            (kind, Candidate::read(entry, signature))
        };
        Ok(known.into_iter().map(read).collect())
    }
}

impl Candidate {
    fn read(entry: ListEntry, signature: Option<Vec<u8>>) -> Result<Self, CandidateError> {
        let signature = signature.ok_or(CandidateError::Uncorrelated)?;
        if signature.len() > limits::SIGNATURE_BYTES {
            return Err(CandidateError::TooLarge);
        }
        let ListEntry::InnerList(list) = entry else {
            return Err(CandidateError::Malformed);
        };
        match SignatureInput::from_inner_list(list) {
            Ok(input) => Ok(Self { input, signature }),
            Err(InvalidSignatureInput::TooLarge) => Err(CandidateError::TooLarge),
            Err(_) => Err(CandidateError::Malformed),
        }
    }
}

/// The parameters by which one kind of signature is told from another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Labels<'a> {
    pub(crate) tag: Option<&'a str>,
    pub(crate) keyid: Option<&'a str>,
}

impl<'a> Labels<'a> {
    fn of(entry: &'a ListEntry) -> Self {
        let parameters: &Parameters = match entry {
            ListEntry::Item(item) => &item.params,
            ListEntry::InnerList(list) => &list.params,
        };
        let text = |name| {
            let value = parameters.get(KeyRef::constant(name))?;
            // A parameter that is there but no string is not the same as none.
            Some(value.as_string().map_or("", |text| text.as_str()))
        };
        Self { tag: text("tag"), keyid: text("keyid") }
    }
}

fn take_bytes(entry: &mut ListEntry) -> Option<Vec<u8>> {
    match entry {
        ListEntry::Item(sfv::Item { bare_item: sfv::BareItem::ByteSequence(bytes), .. }) => {
            Some(std::mem::take(bytes))
        }
        _ => None,
    }
}

fn parse_dictionary(
    headers: &HeaderMap,
    name: &HeaderName,
) -> Result<Dictionary, SignatureFieldsError> {
    let lines = headers.get_all(name);
    let count = lines.iter().count();
    if count == 0 {
        return Err(SignatureFieldsError::Missing);
    }
    let length: usize = lines.iter().map(http::HeaderValue::len).sum();
    // Lines are joined by a comma and a space.
    if length + 2 * (count - 1) > limits::FIELD_BYTES {
        return Err(SignatureFieldsError::TooLarge);
    }
    lines.iter().try_fold(Dictionary::new(), |dictionary, line| {
        Parser::new(line.as_bytes())
            .parse_dictionary_with_visitor(dictionary)
            .map_err(|_| SignatureFieldsError::Malformed)
    })
}
