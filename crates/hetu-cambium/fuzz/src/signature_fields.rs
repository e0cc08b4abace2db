//! Untrusted requests and replies, compared with the few that were signed.

use hetu_cambium::rfc9421::SignatureInput;
use hetu_cambium::{Authority, Codec, Erc8128Revision, Reason, Scheme, fields};
use http::header::{CONTENT_TYPE, HOST};
use http::request::Parts;
use http::{HeaderMap, HeaderName};

use crate::peers::{Peers, SignedExchange, authority, now};
use crate::{Message, message};

/// Verifies that only signed messages are accepted, in any form.
pub fn run(message: &Message<'_>) {
    let peers = Peers::get();
    if let Some(status) = message.status() {
        let headers = message.headers(&peers.replaced());
        check_inputs(&headers);
        for exchange in &peers.exchanges {
            let verify = exchange.pending.verify(status, &headers, message.content, &*peers.clock);
            if verify.is_ok() {
                assert_eq!(status, 200);
                assert_eq!(message.content, exchange.reply_content);
                for name in [CONTENT_TYPE, fields::CONTENT_DIGEST] {
                    assert_eq!(value(&headers, &name), value(&exchange.reply, &name));
                }
            }
        }
    } else if let Some(request) = message.request(&peers.replaced()) {
        check_inputs(&request.headers);
        if is_proven(peers, &request, message.content) {
            let is_original =
                |exchange: &SignedExchange| is_same(exchange, &request, message.content);
            assert!(peers.exchanges.iter().any(is_original), "a forgery was accepted");
        }
    }
}

/// Returns `true` if the signature of the request is valid. All signed requests have been used
/// once.
fn is_proven(peers: &Peers, request: &Parts, content: &[u8]) -> bool {
    let claim = peers.verifier.examine(request).and_then(hetu_cambium::Claim::bind);
    let Ok(claim) = claim else { return false };
    match now(peers.verifier.verify(claim, content, &peers.guard)) {
        Ok(verified) => panic!("{:?} has signed only what was used", verified.account()),
        // The replay check is the last one, so all others have passed.
        Err(refusal) => refusal.reason() == Reason::NonceReused,
    }
}

/// Returns `true` if `request` has the meaning of the signed one.
fn is_same(exchange: &SignedExchange, request: &Parts, content: &[u8]) -> bool {
    let signed = &exchange.request;
    let host = request.uri.authority().map(|authority| authority.to_string());
    let host = host.or_else(|| value(&request.headers, &HOST)).unwrap_or_default();
    let is_earlier = exchange.revision == Some(Erc8128Revision::Earlier);
    let names = [
        fields::CONTENT_DIGEST,
        fields::CAMBIUM_VERSION,
        fields::HETU_NETUID,
        fields::HETU_RECIPIENT,
        fields::HETU_TIMEOUT_MS,
    ];
    request.method == signed.method
        && path(request) == path(signed)
        && request.uri.query().unwrap_or_default() == signed.uri.query().unwrap_or_default()
        && Authority::parse(&host, Scheme::Http) == Ok(authority())
        && content == exchange.content
        && names
            .into_iter()
            .all(|name| value(&request.headers, &name) == value(&signed.headers, &name))
        && if is_earlier {
            Codec::of_content(&request.headers) == Codec::of_content(&signed.headers)
        } else {
            value(&request.headers, &CONTENT_TYPE) == value(&signed.headers, &CONTENT_TYPE)
        }
}

fn path(request: &Parts) -> &str {
    match request.uri.path() {
        "" => "/",
        path => path,
    }
}

/// Returns the lines of a field, joined, or `None` if there is none.
fn value(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let lines = headers.get_all(name).iter();
    let lines: Vec<_> =
        lines.map(|line| String::from_utf8_lossy(line.as_bytes()).trim().to_owned()).collect();
    (!lines.is_empty()).then(|| lines.join(", "))
}

/// Verifies that a parsed `Signature-Input` has one written form.
fn check_inputs(headers: &HeaderMap) {
    for line in headers.get_all(fields::SIGNATURE_INPUT) {
        let (_, member) = message::split(line.as_bytes(), b'=');
        let Ok(member) = std::str::from_utf8(member) else { continue };
        check_input(member);
    }
}

pub(crate) fn check_input(text: &str) -> Option<SignatureInput> {
    let input = SignatureInput::parse(text).ok()?;
    let written = input.to_string();
    let again = SignatureInput::parse(&written);
    assert_eq!(again.as_ref(), Ok(&input), "{written}");
    assert_eq!(again.map(|input| input.to_string()).as_ref(), Ok(&written));
    // The order is preserved, as by a parser of the syntax alone.
    let list: sfv::List = sfv::Parser::new(text).parse().unwrap();
    assert_eq!(sfv::FieldType::serialize(&list).as_ref(), Some(&written));
    assert!(written.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{written}");
    Some(input)
}
