//! The single signature of a message.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName};

use super::error::{FieldsError, MemberError};
use super::parameters::{Labels, Parameters};
use super::part::{MessageKind, PartList};
use super::{canonical, structured};
use crate::{WorkCount, fields, limits};

/// The only member of `Signature-Input` and of `Signature`: well-formed and within limits, but not
/// verified.
#[derive(Clone, Debug)]
pub(crate) struct SignatureMember<'a> {
    /// The strict serialisation of the member of `Signature-Input`, without its label. Borrowed
    /// from the field if the field is already in that form.
    pub(crate) text: Cow<'a, str>,
    pub(crate) parts: PartList,
    pub(crate) parameters: Parameters<'a>,
    pub(crate) signature: Vec<u8>,
}

/// A signature of a known kind, or the error that makes it unusable.
pub(crate) type Found<'a, K> = (K, Result<SignatureMember<'a>, MemberError>);

impl<'a> SignatureMember<'a> {
    /// Reads the signature of a message if `kind` recognises it. Each field is parsed once.
    pub(crate) fn read<K>(
        headers: &'a HeaderMap,
        of: MessageKind,
        kind: impl FnOnce(Labels<'_>) -> Option<K>,
        work: &mut WorkCount,
    ) -> Result<Found<'a, K>, FieldsError> {
        let input = InputField::read(headers, of, work)?;
        let bytes = SignatureField::read(headers, work)?;
        let kind = kind(input.labels()).ok_or(FieldsError::OtherKind)?;
        Ok((kind, Self::join(input, bytes, of)))
    }

    fn join(
        input: InputField<'a>,
        bytes: SignatureField<'a>,
        of: MessageKind,
    ) -> Result<Self, MemberError> {
        if input.label().is_none_or(|label| bytes.label() != Some(label)) {
            return Err(MemberError::Uncorrelated);
        }
        let signature = bytes.into_vec()?;
        if signature.len() > limits::SIGNATURE_BYTES {
            return Err(MemberError::TooLarge);
        }
        let (text, parts, parameters) = match input {
            InputField::Canonical(input) => {
                (Cow::Borrowed(input.text), input.parts, input.parameters)
            }
            InputField::Structured(member, parameters) => {
                let (_, entry) = member.ok_or(MemberError::Uncorrelated)?;
                let (parts, text) = structured::coverage(entry, of)?;
                (Cow::Owned(text), parts, parameters)
            }
        };
        Ok(Self { text, parts, parameters, signature })
    }

    /// Returns the bytes that are held in addition to the message itself.
    pub(crate) fn retained_bytes(&self) -> usize {
        let text = match &self.text {
            Cow::Borrowed(_) => 0,
            // The parameters were copied from the text, so they are at most as long.
            Cow::Owned(text) => 2 * text.len(),
        };
        text + self.signature.len()
    }
}

/// A `Signature-Input` field in one of the two forms.
enum InputField<'a> {
    Canonical(canonical::CanonicalInput<'a>),
    Structured(Option<(sfv::Key, sfv::ListEntry)>, Parameters<'static>),
}

impl<'a> InputField<'a> {
    fn read(
        headers: &'a HeaderMap,
        of: MessageKind,
        work: &mut WorkCount,
    ) -> Result<Self, FieldsError> {
        if let Some(input) = canonical_line(headers, &fields::SIGNATURE_INPUT, work)
            .and_then(|line| canonical::input(line, of))
        {
            return Ok(Self::Canonical(input));
        }
        let member = structured::only_member(headers, &fields::SIGNATURE_INPUT, work)?;
        let parameters = member.as_ref().map(|(_, entry)| structured::parameters(entry));
        Ok(Self::Structured(member, parameters.unwrap_or_default()))
    }

    fn label(&self) -> Option<&str> {
        match self {
            Self::Canonical(input) => Some(input.label),
            Self::Structured(member, _) => member.as_ref().map(|(label, _)| label.as_str()),
        }
    }

    fn labels(&self) -> Labels<'_> {
        match self {
            Self::Canonical(input) => input.parameters.labels(),
            Self::Structured(_, parameters) => parameters.labels(),
        }
    }
}

/// A `Signature` field in one of the two forms.
enum SignatureField<'a> {
    Canonical(&'a str, Vec<u8>),
    Structured(Option<(sfv::Key, sfv::ListEntry)>),
}

impl<'a> SignatureField<'a> {
    fn read(headers: &'a HeaderMap, work: &mut WorkCount) -> Result<Self, FieldsError> {
        let read = |line| {
            let (label, encoded) = canonical::signature(line)?;
            Some(Self::Canonical(label, STANDARD.decode(encoded).ok()?))
        };
        match canonical_line(headers, &fields::SIGNATURE, work).and_then(read) {
            Some(bytes) => Ok(bytes),
            None => {
                structured::only_member(headers, &fields::SIGNATURE, work).map(Self::Structured)
            }
        }
    }

    fn label(&self) -> Option<&str> {
        match self {
            Self::Canonical(label, _) => Some(label),
            Self::Structured(member) => member.as_ref().map(|(label, _)| label.as_str()),
        }
    }

    fn into_vec(self) -> Result<Vec<u8>, MemberError> {
        match self {
            Self::Canonical(_, bytes) => Ok(bytes),
            Self::Structured(member) => member
                .and_then(|(_, entry)| structured::bytes(entry))
                .ok_or(MemberError::Uncorrelated),
        }
    }
}

/// Returns a field that has one ASCII line of an allowed length, or `None`.
fn canonical_line<'a>(
    headers: &'a HeaderMap,
    name: &HeaderName,
    work: &mut WorkCount,
) -> Option<&'a str> {
    let mut lines = headers.get_all(name).iter();
    let line = lines.next().filter(|line| line.len() <= limits::FIELD_BYTES)?;
    if lines.next().is_some() {
        return None;
    }
    work.bytes_parsed += line.len();
    line.to_str().ok()
}
