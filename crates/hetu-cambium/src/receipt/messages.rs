//! The two messages of a receipt, in the shape in which they are kept.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::{CONTENT_TYPE, HOST};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::InvalidReceipt;
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
    pub(super) content: Option<Content>,
}

/// A reply as it was signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeptReply {
    status: u16,
    fields: KeptFields,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) content: Option<Content>,
}

/// Lines of fields, name and value, in order.
type KeptFields = Vec<(String, String)>;

/// Content as base64.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Content(pub(super) Vec<u8>);

impl Serialize for Content {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        STANDARD.decode(text).map(Self).map_err(serde::de::Error::custom)
    }
}

impl KeptRequest {
    /// Keeps of `headers` what a signature of the protocol covers, and the signatures.
    pub(super) fn new(method: &Method, target: String, headers: &HeaderMap) -> Self {
        let names = [fields::CONTENT_DIGEST, CONTENT_TYPE]
            .into_iter()
            .chain(fields::CALL_FIELDS)
            .chain([fields::SIGNATURE_INPUT, fields::SIGNATURE]);
        Self { method: method.to_string(), target, fields: kept(names, headers), content: None }
    }

    pub(super) fn parts(&self) -> Result<Parts, InvalidReceipt> {
        let request = Request::builder().method(&*self.method).uri(&*self.target).body(());
        let (mut parts, ()) = request.map_err(|error| malformed(&error))?.into_parts();
        parts.headers = header_map(&self.fields)?;
        // The target says it, and nothing else may.
        parts.headers.remove(HOST);
        Ok(parts)
    }
}

impl KeptReply {
    pub(super) fn new(status: StatusCode, headers: &HeaderMap) -> Self {
        let names =
            [fields::CONTENT_DIGEST, CONTENT_TYPE, fields::SIGNATURE_INPUT, fields::SIGNATURE];
        Self { status: status.as_u16(), fields: kept(names.into_iter(), headers), content: None }
    }

    pub(super) fn parts(&self) -> Result<(StatusCode, HeaderMap), InvalidReceipt> {
        let status = StatusCode::from_u16(self.status).map_err(|error| malformed(&error))?;
        Ok((status, header_map(&self.fields)?))
    }
}

fn kept(names: impl Iterator<Item = HeaderName>, headers: &HeaderMap) -> KeptFields {
    names
        .flat_map(|name| {
            let lines = headers.get_all(&name).iter();
            lines
                .filter_map(|line| Some((name.to_string(), line.to_str().ok()?.to_owned())))
                .collect::<Vec<_>>()
        })
        .collect()
}

fn header_map(lines: &KeptFields) -> Result<HeaderMap, InvalidReceipt> {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        let name: HeaderName = name.parse().map_err(|error| malformed(&error))?;
        let value: HeaderValue = value.parse().map_err(|error| malformed(&error))?;
        headers.append(name, value);
    }
    Ok(headers)
}

pub(super) fn malformed(error: &dyn std::fmt::Display) -> InvalidReceipt {
    InvalidReceipt::Malformed { reason: error.to_string() }
}
