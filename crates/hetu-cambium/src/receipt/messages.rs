//! The two messages of a receipt, in their stored form.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::{CONTENT_TYPE, HOST};
use http::request::Parts;
use http::{HeaderMap, Method, Request, StatusCode};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::InvalidReceipt;
use super::kept_fields::KeptFields;
use crate::fields;

/// A request as it was signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeptRequest {
    method: String,
    /// The absolute target, with scheme and authority.
    pub(super) target: String,
    fields: KeptFields,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) content: Option<KeptContent>,
}

/// A reply as it was signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeptReply {
    status: u16,
    fields: KeptFields,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) content: Option<KeptContent>,
}

/// Content in base64.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KeptContent(pub(super) Vec<u8>);

impl Serialize for KeptContent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for KeptContent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        STANDARD.decode(text).map(Self).map_err(serde::de::Error::custom)
    }
}

impl KeptRequest {
    /// Keeps the fields of `headers` that a signature of the protocol covers, and the signatures.
    pub(super) fn new(method: &Method, target: String, headers: &HeaderMap) -> Self {
        let names = [fields::CONTENT_DIGEST, CONTENT_TYPE]
            .into_iter()
            .chain(fields::CALL_FIELDS)
            .chain([fields::SIGNATURE_INPUT, fields::SIGNATURE]);
        Self {
            method: method.to_string(),
            target,
            fields: KeptFields::of(names, headers),
            content: None,
        }
    }

    pub(super) fn parts(&self) -> Result<Parts, InvalidReceipt> {
        self.fields.check(self.method.len().saturating_add(self.target.len()))?;
        let request = Request::builder().method(&*self.method).uri(&*self.target).body(());
        let (mut parts, ()) = request.map_err(InvalidReceipt::malformed)?.into_parts();
        parts.headers = self.fields.header_map()?;
        // The target is the only source of the host.
        parts.headers.remove(HOST);
        Ok(parts)
    }
}

impl KeptReply {
    pub(super) fn new(status: StatusCode, headers: &HeaderMap) -> Self {
        let names =
            [fields::CONTENT_DIGEST, CONTENT_TYPE, fields::SIGNATURE_INPUT, fields::SIGNATURE];
        Self {
            status: status.as_u16(),
            fields: KeptFields::of(names.into_iter(), headers),
            content: None,
        }
    }

    pub(super) fn parts(&self) -> Result<(StatusCode, HeaderMap), InvalidReceipt> {
        self.fields.check(0)?;
        let status = StatusCode::from_u16(self.status).map_err(InvalidReceipt::malformed)?;
        Ok((status, self.fields.header_map()?))
    }
}
