//! What a signature must cover.

use http::HeaderName;
use http::header::CONTENT_TYPE;

use super::kind::SignatureKind;
use super::revision::Erc8128Revision;
use crate::signature::RequestView;
use crate::{Codec, Component, SignatureInput, fields};

/// The first component that a signature of this kind must cover and does not: the target, the
/// content, and every field that the protocol reads (ERC-8128, section 3.1.1).
pub(super) fn uncovered(
    input: &SignatureInput,
    request: RequestView<'_>,
    kind: SignatureKind,
) -> Option<Component> {
    let is_earlier = kind == SignatureKind::Wallet(Erc8128Revision::Earlier);
    let target = [
        (Component::SCHEME, !is_earlier),
        (Component::AUTHORITY, true),
        (Component::METHOD, true),
        (Component::PATH, true),
        (Component::QUERY, !is_earlier || request.uri.query().is_some()),
    ];
    let is_bound = |name: &HeaderName| {
        request.headers.contains_key(name)
            && (*name != CONTENT_TYPE || !is_earlier || says_more_than_json(request))
    };
    let received = [fields::CONTENT_DIGEST, CONTENT_TYPE]
        .into_iter()
        .chain(fields::CALL_FIELDS)
        .filter(is_bound)
        .map(Component::field);
    target
        .into_iter()
        .filter_map(|(component, is_required)| is_required.then_some(component))
        .chain(received)
        .find(|component| !input.covers(component))
}

/// The earlier revision leaves `Content-Type` uncovered. Nobody on the way may turn one codec into
/// another by it, so an uncovered one is believed only where it says what is meant anyway.
fn says_more_than_json(request: RequestView<'_>) -> bool {
    Codec::of_content(request.headers) != Ok(Codec::Json)
}
