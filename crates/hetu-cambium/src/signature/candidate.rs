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

    /// The signatures with this `tag`, in the order of `Signature-Input`.
    ///
    /// # Errors
    /// [`SignatureFieldsError::TooLarge`] if there are more than a verifier should look at.
    pub(crate) fn candidates(
        self,
        tag: &str,
    ) -> Result<Vec<Result<Candidate, CandidateError>>, SignatureFieldsError> {
        let Self { mut inputs, mut signatures } = self;
        inputs.retain(|_, entry| has_tag(entry, tag));
        if inputs.len() > limits::CANDIDATES {
            return Err(SignatureFieldsError::TooLarge);
        }
        let candidates = inputs.into_iter().map(|(label, entry)| {
            let signature = match signatures.get_mut(&label) {
                Some(ListEntry::Item(item)) => match &mut item.bare_item {
                    sfv::BareItem::ByteSequence(signature) => std::mem::take(signature),
                    _ => return Err(CandidateError::Uncorrelated),
                },
                _ => return Err(CandidateError::Uncorrelated),
            };
            if signature.len() > limits::SIGNATURE_BYTES {
                return Err(CandidateError::TooLarge);
            }
            let ListEntry::InnerList(list) = entry else {
                return Err(CandidateError::Malformed);
            };
            match SignatureInput::from_inner_list(list) {
                Ok(input) => Ok(Candidate { input, signature }),
                Err(InvalidSignatureInput::TooLarge) => Err(CandidateError::TooLarge),
                Err(_) => Err(CandidateError::Malformed),
            }
        });
        Ok(candidates.collect())
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

fn has_tag(entry: &ListEntry, tag: &str) -> bool {
    let parameters: &Parameters = match entry {
        ListEntry::Item(item) => &item.params,
        ListEntry::InnerList(list) => &list.params,
    };
    parameters
        .get(KeyRef::constant("tag"))
        .and_then(sfv::BareItem::as_string)
        .is_some_and(|value| value.as_str() == tag)
}
