//! Property tests: a signed message verifies, and a changed one does not.

use std::time::Duration;

use hetu_cambium::{Envelope, PendingReply, fields};
use hetu_chain::NetUid;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Uri};
use proptest::prelude::*;
use proptest::sample::Index;

use crate::support::{NETUID, Peers, Sent, now};

/// Generates any request with any content that a client can send.
fn request() -> impl Strategy<Value = (Method, String, Vec<u8>, u64)> {
    let method = prop_oneof![
        Just("POST".to_owned()),
        Just("GET".to_owned()),
        "[A-Z][A-Z0-9!#$&.^_|~-]{0,8}"
    ]
    .prop_map(|text| text.parse().unwrap());
    let target = "/[a-zA-Z0-9._~!$&'()*+,;=:@/-]{0,40}(%[0-9A-Fa-f]{2}){0,3}";
    let query = "(\\?[a-zA-Z0-9._~!$&'()*+,;=:@/?%-]{0,40})?";
    let content = prop::collection::vec(any::<u8>(), 0..200);
    let target = (target, query).prop_map(|(path, query)| format!("{path}{query}"));
    (method, target, content, 0_u64..100_000)
}

fn send(
    peers: &Peers,
    (method, target, content, timeout): &(Method, String, Vec<u8>, u64),
) -> Sent {
    let request = Request::builder()
        .method(method)
        .uri(format!("http://miner.example:8091{target}"))
        .body(());
    let (mut parts, ()) = request.unwrap().into_parts();
    let timeout = Duration::from_millis(*timeout);
    let envelope = Envelope::new(NETUID, peers.miner.address(), timeout);
    let pending: PendingReply = now(peers.signer.sign(&mut parts, content, &envelope)).unwrap();
    Sent { parts, content: content.clone(), pending }
}

/// Returns `text` with one byte replaced.
fn replaced(text: &[u8], position: Index, byte: u8) -> Option<Vec<u8>> {
    let mut changed = text.to_vec();
    let position = position.index(text.len().max(1));
    let place = changed.get_mut(position)?;
    (*place != byte).then(|| *place = byte)?;
    Some(changed)
}

/// Replaces one byte of the part of the request that `part` chooses. Returns `None` if the result
/// cannot be sent or has the same meaning.
fn tamper(sent: &Sent, part: usize, position: Index, byte: u8) -> Option<Sent> {
    const FIELDS: [HeaderName; 6] = [
        fields::CONTENT_DIGEST,
        CONTENT_TYPE,
        fields::CAMBIUM_VERSION,
        fields::HETU_NETUID,
        fields::HETU_RECIPIENT,
        fields::HETU_TIMEOUT_MS,
    ];
    let mut tampered = sent.clone();
    match part {
        0 => {
            let method = sent.parts.method.as_str();
            tampered.parts.method =
                Method::from_bytes(&replaced(method.as_bytes(), position, byte)?).ok()?;
        }
        1 => {
            let target = sent.parts.uri.path_and_query()?.as_str();
            let target = replaced(target.as_bytes(), position, byte)?;
            let target = format!("http://miner.example:8091{}", String::from_utf8(target).ok()?);
            let uri: Uri = target.parse().ok()?;
            // The targets "/a?" and "/a" are equal, and a fragment is not sent.
            let same = (uri.path(), uri.query().unwrap_or_default())
                == (sent.parts.uri.path(), sent.parts.uri.query().unwrap_or_default());
            if same || uri.authority() != sent.parts.uri.authority() {
                return None;
            }
            tampered.parts.uri = uri;
        }
        2 => tampered.content = replaced(&sent.content, position, byte)?,
        3 => tampered.content.push(byte),
        part => {
            let name = &FIELDS[part % FIELDS.len()];
            let value = sent.parts.headers[name].as_bytes();
            let changed = replaced(value, position, byte)?;
            // White space around a value is not part of it.
            if changed.trim_ascii() == value {
                return None;
            }
            tampered.parts.headers.insert(name, HeaderValue::from_bytes(&changed).ok()?);
        }
    }
    Some(tampered)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn every_request_that_is_signed_verifies_once(request in request()) {
        let peers = Peers::new();
        let sent = send(&peers, &request);
        let verified = peers.receive(&sent);
        prop_assert!(verified.is_ok(), "{verified:?}");
        prop_assert!(peers.receive(&sent).is_err());

        let headers = peers.reply(&verified.unwrap(), &request.2);
        let reply = sent.pending.verify(StatusCode::OK, &headers, &request.2, &*peers.clock);
        prop_assert_eq!(reply, Ok(()));
    }

    #[test]
    fn no_request_verifies_with_one_byte_changed(
        request in request(),
        part in 0_usize..10,
        position in any::<Index>(),
        byte in prop_oneof![0x21_u8..0x7f, any::<u8>()],
    ) {
        let peers = Peers::new();
        let sent = send(&peers, &request);
        if let Some(tampered) = tamper(&sent, part, position, byte) {
            prop_assert!(peers.receive(&tampered).is_err());
            prop_assert!(peers.guard.is_empty());
        }
        prop_assert!(peers.receive(&sent).is_ok());
    }

    #[test]
    fn no_reply_verifies_with_one_byte_changed(
        content in prop::collection::vec(any::<u8>(), 1..100),
        position in any::<Index>(),
        byte in any::<u8>(),
    ) {
        let peers = Peers::new();
        let sent = peers.send();
        let headers = peers.reply(&peers.receive(&sent).unwrap(), &content);
        let verify = |content: &[u8]| {
            sent.pending.verify(StatusCode::OK, &headers, content, &*peers.clock)
        };
        prop_assert_eq!(verify(&content), Ok(()));
        if let Some(changed) = replaced(&content, position, byte) {
            prop_assert!(verify(&changed).is_err());
        }
    }

    #[test]
    fn whatever_arrives_is_judged_without_a_panic(
        input in "[ -~]{0,200}",
        signature in "[ -~]{0,200}",
        digest in "[ -~]{0,60}",
        netuid in any::<u16>(),
    ) {
        let peers = Peers::new();
        let mut sent = peers.send();
        let mut headers = HeaderMap::new();
        for (name, value) in [
            (fields::SIGNATURE_INPUT, input),
            (fields::SIGNATURE, signature),
            (fields::CONTENT_DIGEST, digest),
            (fields::HETU_NETUID, NetUid::new(netuid).to_string()),
        ] {
            headers.insert(name, value.parse().unwrap());
        }
        sent.parts.headers = headers.clone();
        prop_assert!(peers.receive(&sent).is_err());
        let reply = sent.pending.verify(StatusCode::OK, &headers, b"", &*peers.clock);
        prop_assert!(reply.is_err());
    }
}
