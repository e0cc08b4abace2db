//! Requests of this protocol: their contents, and the refusal of every change.

use std::sync::Arc;
use std::time::Duration;

use hetu_cambium::{
    Authority, Claim, Envelope, Reason, RequestSigner, RequestVerifier, Scheme, Service,
    SigningError, fields,
};
use hetu_chain::{ChainId, NetUid};
use http::header::{CONTENT_TYPE, HOST};
use http::{HeaderName, HeaderValue, Method, Request, Uri};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::support::{CHAIN, NETUID, Peers, Sent, now, wallet};

#[derive(Serialize, Deserialize, JsonSchema)]
struct MathSum {
    x: f64,
    y: f64,
}

impl Service for MathSum {
    const NAME: &'static str = "math-sum";
    type Request = Self;
    type Reply = f64;
}

fn set(sent: &mut Sent, name: HeaderName, value: &'static str) {
    sent.parts.headers.insert(name, HeaderValue::from_static(value));
}

#[test]
fn a_signed_request_is_accepted_and_says_who_asks_and_how_long() {
    let peers = Peers::new();
    let sent = peers.send();
    let claim = peers.verifier.examine(&sent.parts).unwrap();
    assert_eq!(claim.claimed_caller(), peers.caller.address());
    assert_eq!(claim.timeout(), Some(Duration::from_millis(1_500)));
    let claim = claim.bind().unwrap();
    let request = now(peers.verifier.verify(claim, &sent.content, &peers.guard)).unwrap();
    assert_eq!(request.caller(), peers.caller.address());
    assert_eq!(request.netuid(), Some(NETUID));
    assert_eq!(request.timeout(), Some(Duration::from_millis(1_500)));
    assert_eq!(request.account().chain, CHAIN);
}

#[test]
fn a_call_is_a_post_to_the_path_of_its_service() {
    let peers = Peers::new();
    for (endpoint, target) in [
        ("http://miner.example:8091", "http://miner.example:8091/math-sum"),
        ("http://miner.example:8091/", "http://miner.example:8091/math-sum"),
        ("https://gate.example/miner/7", "https://gate.example/miner/7/math-sum"),
    ] {
        let (endpoint, envelope) = (Uri::from_static(endpoint), peers.envelope());
        let call = MathSum { x: 5.0, y: 3.0 };
        let signed = peers.signer.call::<MathSum>(&endpoint, &call, &envelope);
        let request = now(signed).unwrap().request;
        assert_eq!((request.method(), request.uri().to_string().as_str()), (&Method::POST, target));
        assert_eq!(request.body().as_ref(), br#"{"x":5.0,"y":3.0}"#);
    }
}

#[test]
fn the_target_may_arrive_in_origin_form_with_a_host() {
    let peers = Peers::new();
    let mut sent = peers.send();
    sent.parts.uri = Uri::from_static("/math-sum?trace=no");
    assert_eq!(peers.refusal(&sent), Some(Reason::MalformedRequest));
    set(&mut sent, HOST, "MINER.example:8091");
    assert_eq!(peers.refusal(&sent), None);
}

#[test]
fn every_change_on_the_way_is_noticed() {
    type Change = (&'static str, fn(&mut Sent), Reason);
    let changes: &[Change] = &[
        ("method", |sent| sent.parts.method = Method::PUT, Reason::BadSignature),
        (
            "path",
            |sent| sent.parts.uri = Uri::from_static("http://miner.example:8091/echo?trace=no"),
            Reason::BadSignature,
        ),
        (
            "query",
            |sent| sent.parts.uri = Uri::from_static("http://miner.example:8091/math-sum"),
            Reason::BadSignature,
        ),
        (
            "authority",
            |sent| sent.parts.uri = Uri::from_static("http://miner.example/math-sum?trace=no"),
            Reason::BadSignature,
        ),
        ("content", |sent| sent.content[5] = b'6', Reason::BadContentDigest),
        ("content cut", |sent| sent.content.truncate(5), Reason::BadContentDigest),
        (
            "content and digest",
            |sent| {
                sent.content[5] = b'6';
                let digest = hetu_cambium::content_digest(&sent.content);
                sent.parts.headers.insert(fields::CONTENT_DIGEST, digest);
            },
            Reason::BadSignature,
        ),
        (
            "content type",
            |sent| set(sent, CONTENT_TYPE, "application/octet-stream"),
            Reason::BadSignature,
        ),
        ("timeout", |sent| set(sent, fields::HETU_TIMEOUT_MS, "1501"), Reason::BadSignature),
        ("netuid", |sent| set(sent, fields::HETU_NETUID, "2"), Reason::WrongNetuid),
        (
            "recipient",
            |sent| {
                let address = "0x000000000000000000000000000000000000dead";
                set(sent, fields::HETU_RECIPIENT, address);
            },
            Reason::WrongRecipient,
        ),
        ("version", |sent| set(sent, fields::CAMBIUM_VERSION, "2"), Reason::UnsupportedVersion),
        (
            "a field removed",
            |sent| drop(sent.parts.headers.remove(fields::HETU_TIMEOUT_MS)),
            Reason::SignatureInputInvalid,
        ),
        (
            "a field repeated",
            |sent| {
                let again = sent.parts.headers[&fields::HETU_NETUID].clone();
                sent.parts.headers.append(fields::HETU_NETUID, again);
            },
            Reason::MalformedRequest,
        ),
    ];
    for (what, change, reason) in changes {
        let peers = Peers::new();
        let mut sent = peers.send();
        change(&mut sent);
        assert_eq!(peers.refusal(&sent), Some(*reason), "{what}");
        assert!(peers.guard.is_empty(), "{what}");
    }
}

#[test]
fn a_change_of_what_the_signature_says_about_itself_is_noticed() {
    for (from, to, reason) in [
        ("created=1700000000", "created=1700000001", Reason::BadSignature),
        ("expires=1700000030", "expires=1700000031", Reason::BadSignature),
        ("nonce=\"", "nonce=\"x", Reason::BadSignature),
        ("eip155:560000:", "eip155:560001:", Reason::UnsupportedChain),
        (" \"hetu-timeout-ms\"", "", Reason::InsufficientCoverage),
        ("tag=\"erc8128\"", "tag=\"hetu-cambium\"", Reason::NoAcceptableSignature),
        (";tag=", ";extra;tag=", Reason::BadSignature),
    ] {
        let peers = Peers::new();
        let mut sent = peers.send();
        let input = sent.parts.headers[&fields::SIGNATURE_INPUT].to_str().unwrap();
        assert!(input.contains(from), "{input}");
        let changed = input.replace(from, to).parse().unwrap();
        sent.parts.headers.insert(fields::SIGNATURE_INPUT, changed);
        assert_eq!(peers.refusal(&sent), Some(reason), "{from} -> {to}");
    }
}

/// Verifies both refusals: capitals alone carry no checksum, and a wrong checksum is a typing
/// error.
#[test]
fn recipient_in_capitals_or_with_wrong_checksum_is_malformed() {
    let checksummed = wallet(2).address().to_string();
    let capitals = checksummed.to_uppercase().replacen('X', "x", 1);
    let swapped: String = checksummed
        .char_indices()
        .map(|(place, digit)| match digit {
            _ if place < 2 => digit,
            'a'..='f' => digit.to_ascii_uppercase(),
            _ => digit.to_ascii_lowercase(),
        })
        .collect();
    for (recipient, reason) in [
        (capitals, Reason::MalformedRequest),
        (swapped, Reason::MalformedRequest),
        // The address parses, but differs from the signed one.
        (checksummed, Reason::BadSignature),
    ] {
        let peers = Peers::new();
        let mut sent = peers.send();
        sent.parts.headers.insert(fields::HETU_RECIPIENT, recipient.parse().unwrap());
        assert_eq!(peers.refusal(&sent), Some(reason), "{recipient}");
    }
}

#[test]
fn another_miner_subnet_or_chain_does_not_take_the_request() {
    let peers = Peers::new();
    let sent = peers.send();
    let verify = |chain, netuid, address| {
        let verifier = RequestVerifier::new(chain, netuid, address).with_clock(peers.clock.clone());
        verifier.examine(&sent.parts).err().map(|refusal| refusal.reason())
    };
    let miner = peers.miner.address();
    assert_eq!(verify(CHAIN, NETUID, miner), None);
    assert_eq!(verify(CHAIN, NETUID, wallet(3).address()), Some(Reason::WrongRecipient));
    assert_eq!(verify(CHAIN, NetUid::new(2), miner), Some(Reason::WrongNetuid));
    assert_eq!(verify(ChainId::new(1), NETUID, miner), Some(Reason::UnsupportedChain));
}

#[test]
fn scheme_and_authority_come_from_configuration() {
    let peers = Peers::new();
    let mut sent = peers.send();
    let verifier = peers.verifier.clone();
    let reason = |verifier: &RequestVerifier, sent: &Sent| {
        let claim = verifier.examine(&sent.parts).and_then(Claim::bind);
        let claim = claim.map_err(|refusal| refusal.reason())?;
        let verified = now(verifier.verify(claim, &sent.content, &peers.guard));
        verified.map(drop).map_err(|refusal| refusal.reason())
    };
    // A field with another scheme cannot make a signature for http valid for https.
    set(&mut sent, HeaderName::from_static("x-forwarded-proto"), "https");
    let https = verifier.clone().with_scheme(Scheme::Https);
    assert_eq!(reason(&https, &sent), Err(Reason::BadSignature));

    // A proxy that replaces the host needs configuration too.
    sent.parts.uri = Uri::from_static("/math-sum?trace=no");
    set(&mut sent, HOST, "10.0.0.7:9000");
    assert_eq!(reason(&verifier, &sent), Err(Reason::BadSignature));
    let public = Authority::parse("miner.example:8091", Scheme::Http).unwrap();
    let behind_proxy = verifier.with_fixed_authority(public);
    assert_eq!(reason(&behind_proxy, &sent), Ok(()));
}

#[test]
fn what_cannot_be_signed_is_told() {
    let peers = Peers::new();
    let sign = |uri: &str, host: Option<&str>| {
        let mut request = Request::post(uri);
        if let Some(host) = host {
            request = request.header(HOST, host);
        }
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        now(peers.signer.sign(&mut parts, b"", &peers.envelope())).map(drop)
    };
    assert_eq!(sign("/math-sum", Some("miner.example")), Err(SigningError::NotAbsolute));
    assert_eq!(sign("ftp://miner.example/", None), Err(SigningError::NotAbsolute));
    assert!(matches!(sign("http://u@miner.example/", None), Err(SigningError::Authority(_))));
    let other = sign("http://miner.example/", Some("other.example"));
    assert_eq!(other, Err(SigningError::ConflictingHost));
    assert_eq!(sign("http://miner.example/", Some("Miner.example:80")), Ok(()));
}

#[test]
fn times_and_timeouts_stay_within_what_every_miner_takes() {
    let peers = Peers::new();
    for (validity, expires) in [(0, 1), (1, 1), (60, 60), (3_600, 60)] {
        let signer = RequestSigner::new(Arc::new(peers.caller.clone()), CHAIN)
            .with_clock(peers.clock.clone())
            .with_validity(Duration::from_secs(validity));
        let sent = peers.send_by(&signer, peers.envelope());
        let input = sent.parts.headers[&fields::SIGNATURE_INPUT].to_str().unwrap().to_owned();
        assert!(input.contains(&format!(";expires={};", 1_700_000_000 + expires)), "{input}");
        assert_eq!(peers.refusal(&sent), None);
    }
    for (timeout, field) in [
        (Duration::ZERO, "1"),
        (Duration::from_micros(1_999), "1"),
        (Duration::from_secs(5), "5000"),
        (Duration::MAX, "4294967295"),
    ] {
        let envelope = Envelope::new(NETUID, peers.miner.address(), timeout);
        let sent = peers.send_by(&peers.signer, envelope);
        assert_eq!(sent.parts.headers[&fields::HETU_TIMEOUT_MS], field);
        assert_eq!(peers.refusal(&sent), None);
    }
}
