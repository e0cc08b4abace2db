//! Rules for the coverage of signatures.

use http::HeaderMap;
use http::header::CONTENT_TYPE;
use http::request::Parts;

use super::kind::SignatureKind;
use super::revision::Erc8128Revision;
use crate::message_signature::{Part, PartList};
use crate::{Codec, fields};

/// Returns the first part that a signature of this kind must cover and does not. It must cover the
/// target, the content, and every field that the protocol reads (ERC-8128, section 3.1.1).
pub(super) fn uncovered(covered: &PartList, request: &Parts, kind: SignatureKind) -> Option<Part> {
    let is_earlier = kind == SignatureKind::Wallet(Erc8128Revision::Earlier);
    let has = |name| request.headers.contains_key(name);
    let required = [
        (Part::Scheme, !is_earlier),
        (Part::Authority, true),
        (Part::Method, true),
        (Part::Path, true),
        (Part::Query, !is_earlier || request.uri.query().is_some()),
        (Part::ContentDigest, has(fields::CONTENT_DIGEST)),
        (
            Part::ContentType,
            has(CONTENT_TYPE) && (!is_earlier || says_more_than_json(&request.headers)),
        ),
        (Part::CambiumVersion, has(fields::CAMBIUM_VERSION)),
        (Part::HetuNetuid, has(fields::HETU_NETUID)),
        (Part::HetuRecipient, has(fields::HETU_RECIPIENT)),
        (Part::HetuTimeoutMs, has(fields::HETU_TIMEOUT_MS)),
    ];
    required
        .into_iter()
        .find_map(|(part, is_required)| (is_required && !covered.contains(part)).then_some(part))
}

/// Returns the first field that a signature covers and the request does not have.
pub(super) fn absent(covered: &PartList, request: &Parts) -> Option<Part> {
    let is_absent = |part: &Part| match part {
        Part::ContentDigest => !request.headers.contains_key(fields::CONTENT_DIGEST),
        Part::ContentType => !request.headers.contains_key(CONTENT_TYPE),
        Part::CambiumVersion => !request.headers.contains_key(fields::CAMBIUM_VERSION),
        Part::HetuNetuid => !request.headers.contains_key(fields::HETU_NETUID),
        Part::HetuRecipient => !request.headers.contains_key(fields::HETU_RECIPIENT),
        Part::HetuTimeoutMs => !request.headers.contains_key(fields::HETU_TIMEOUT_MS),
        _ => false,
    };
    covered.as_slice().iter().copied().find(is_absent)
}

/// Returns `true` unless `Content-Type` names JSON. The earlier revision does not cover this field,
/// and a relay must not be able to change the codec with it, so an uncovered field is accepted only
/// if it names JSON.
fn says_more_than_json(headers: &HeaderMap) -> bool {
    Codec::of_content(headers) != Ok(Codec::Json)
}
