//! The signatures that a message carries.

use http::{HeaderMap, HeaderName};
use sfv::{Dictionary, Key, KeyRef, ListEntry, Parameters, Parser};

use super::canonical;
use super::input::{InvalidSignatureInput, Parameter, SignatureInput};
use crate::{fields, limits};

/// The fields `Signature-Input` and `Signature` of one message, parsed once.
#[derive(Debug)]
pub(crate) struct SignatureFields {
    inputs: Inputs,
    signatures: Signatures,
}

#[derive(Debug)]
enum Inputs {
    Canonical(Vec<(Key, SignatureInput)>),
    Structured(Dictionary),
}

#[derive(Debug)]
enum Signatures {
    Canonical(Vec<(Key, Vec<u8>)>),
    Structured(Dictionary),
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
        let inputs =
            match canonical_line(headers, &fields::SIGNATURE_INPUT).and_then(canonical::inputs) {
                Some(inputs) => Inputs::Canonical(inputs),
                None => Inputs::Structured(parse_dictionary(headers, &fields::SIGNATURE_INPUT)?),
            };
        let signatures =
            match canonical_line(headers, &fields::SIGNATURE).and_then(canonical::signatures) {
                Some(signatures) => Signatures::Canonical(signatures),
                None => Signatures::Structured(parse_dictionary(headers, &fields::SIGNATURE)?),
            };
        Ok(Self { inputs, signatures })
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
        let known: Vec<(K, Key, Result<SignatureInput, CandidateError>)> = match inputs {
            Inputs::Canonical(inputs) => inputs
                .into_iter()
                .filter_map(|(label, input)| Some((kind(Labels::of(&input))?, label, Ok(input))))
                .collect(),
            Inputs::Structured(inputs) => inputs
                .into_iter()
                .filter_map(|(label, entry)| {
                    Some((kind(Labels::of_entry(&entry))?, label, read_input(entry)))
                })
                .collect(),
        };
        if known.len() > limits::CANDIDATES {
            return Err(SignatureFieldsError::TooLarge);
        }
        let read = |(kind, label, input)| (kind, Candidate::read(input, signatures.take(&label)));
        Ok(known.into_iter().map(read).collect())
    }
}

impl Signatures {
    fn take(&mut self, label: &Key) -> Option<Vec<u8>> {
        match self {
            Self::Canonical(signatures) => {
                let found = signatures.iter_mut().find(|(known, _)| known == label);
                found.map(|(_, bytes)| std::mem::take(bytes))
            }
            Self::Structured(signatures) => signatures.get_mut::<Key>(label).and_then(take_bytes),
        }
    }
}

impl Candidate {
    fn read(
        input: Result<SignatureInput, CandidateError>,
        signature: Option<Vec<u8>>,
    ) -> Result<Self, CandidateError> {
        let signature = signature.ok_or(CandidateError::Uncorrelated)?;
        if signature.len() > limits::SIGNATURE_BYTES {
            return Err(CandidateError::TooLarge);
        }
        Ok(Self { input: input?, signature })
    }
}

fn read_input(entry: ListEntry) -> Result<SignatureInput, CandidateError> {
    let ListEntry::InnerList(list) = entry else {
        return Err(CandidateError::Malformed);
    };
    SignatureInput::from_inner_list(list).map_err(|error| match error {
        InvalidSignatureInput::TooLarge => CandidateError::TooLarge,
        _ => CandidateError::Malformed,
    })
}

/// The parameters by which one kind of signature is told from another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Labels<'a> {
    pub(crate) tag: Option<&'a str>,
    pub(crate) keyid: Option<&'a str>,
}

impl<'a> Labels<'a> {
    fn of(input: &'a SignatureInput) -> Self {
        let text = |name| match input.parameter(name) {
            Parameter::Absent => None,
            Parameter::String(text) => Some(text),
            // A parameter that is there but no string is not the same as none.
            Parameter::Integer(_) | Parameter::Other => Some(""),
        };
        Self { tag: text("tag"), keyid: text("keyid") }
    }

    fn of_entry(entry: &'a ListEntry) -> Self {
        let parameters: &Parameters = match entry {
            ListEntry::Item(item) => &item.params,
            ListEntry::InnerList(list) => &list.params,
        };
        let text = |name| {
            let value = parameters.get(KeyRef::constant(name))?;
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

/// A field that has one line, of a length that is allowed and nothing but ASCII.
fn canonical_line<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut lines = headers.get_all(name).iter();
    let line = lines.next().filter(|line| line.len() <= limits::FIELD_BYTES)?;
    if lines.next().is_some() { None } else { line.to_str().ok() }
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
