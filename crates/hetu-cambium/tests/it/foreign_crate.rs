//! Interoperability with the independent crate `erc8128` for the earlier revision of the ERC: it
//! verifies our signatures, and we verify its signatures.

use std::sync::Arc;

use erc8128::eoa::{EoaSigner, EoaVerifier};
use erc8128::{
    Erc8128Error, MemoryNonceStore, RejectReplayable, SignOptions, VerifyPolicy, VerifySuccess,
    sign_request, verify_request,
};
use hetu_cambium::{Authority, Erc8128Revision, Reason, RequestSigner, Scheme};
use http::Request;
use http::request::Parts;

use crate::support::{CHAIN, Peers, START, Sent, now, wallet};

const TARGET: &str = "http://miner.example:8091/math-sum?trace=no";
const CONTENT: &[u8] = br#"{"x":5.0,"y":3.0}"#;

/// Returns peers of which the caller signs by the earlier revision, and the miner accepts it.
fn peers() -> Peers {
    let mut peers = Peers::new();
    peers.signer = peers.signer.with_revision(Erc8128Revision::Earlier);
    let authority = Authority::parse("miner.example:8091", Scheme::Http).unwrap();
    peers.verifier = peers.verifier.with_earlier_revision().with_authority(authority);
    peers
}

fn fields(parts: &Parts) -> Vec<(&str, &str)> {
    parts.headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect()
}

/// Returns the verdict of the crate on a request that is signed here.
fn judged(
    parts: &Parts,
    content: &[u8],
    store: &MemoryNonceStore,
) -> Result<VerifySuccess, Erc8128Error> {
    let url = parts.uri.to_string();
    let request = erc8128::Request {
        method: parts.method.as_str(),
        url: &url,
        headers: &fields(parts),
        body: Some(content),
    };
    let policy = VerifyPolicy { now: Some(START), ..VerifyPolicy::default() };
    now(verify_request(&request, &EoaVerifier, store, &RejectReplayable, &policy))
}

/// Signs a request to the miner of `peers` with the crate, with `components` beside those that it
/// always covers.
fn foreign(headers: &[(&str, &str)], components: &[&str]) -> (Parts, Vec<u8>) {
    let mut key = [0; 32];
    key[31] = 1;
    let signer = EoaSigner::from_slice(&key, CHAIN.get()).unwrap();
    let request = erc8128::Request { method: "POST", url: TARGET, headers, body: Some(CONTENT) };
    let options = SignOptions {
        created: Some(START),
        components: Some(components.iter().map(|name| (*name).to_owned()).collect()),
        ..SignOptions::default()
    };
    let signed = now(sign_request(&request, &signer, &options)).unwrap();
    let mut parts = Request::post(TARGET)
        .header("signature-input", signed.signature_input)
        .header("signature", signed.signature)
        .header("content-digest", signed.content_digest.unwrap());
    for (name, value) in headers {
        parts = parts.header(*name, *value);
    }
    (parts.body(()).unwrap().into_parts().0, CONTENT.to_vec())
}

fn call_fields() -> [(&'static str, String); 5] {
    [
        ("content-type", "application/json".to_owned()),
        ("cambium-version", "1".to_owned()),
        ("hetu-netuid", "1".to_owned()),
        ("hetu-recipient", wallet(2).address().to_lower_hex()),
        ("hetu-timeout-ms", "1500".to_owned()),
    ]
}

/// Returns a request of the crate with all fields of a call.
fn foreign_call() -> (Parts, Vec<u8>) {
    let fields = call_fields();
    let headers: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let names: Vec<_> = fields.iter().map(|(name, _)| *name).collect();
    foreign(&headers, &names)
}

fn refusal(peers: &Peers, parts: Parts, content: Vec<u8>) -> Option<Reason> {
    // The expected reply does not matter for the verification of the request.
    let sent = Sent { parts, content, ..peers.send() };
    peers.refusal(&sent)
}

#[test]
fn the_crate_verifies_what_is_signed_here() {
    let peers = peers();
    let Sent { parts, content, .. } = peers.send();
    let store = MemoryNonceStore::default();
    let verified = judged(&parts, &content, &store).unwrap();
    assert_eq!(verified.address.as_slice(), peers.caller.address().as_bytes());
    assert_eq!(verified.chain_id, CHAIN.get());
    assert!(!verified.replayable);
    for name in ["content-type", "cambium-version", "hetu-netuid", "hetu-recipient"] {
        assert!(verified.components.iter().any(|component| component == name), "{name}");
    }
    assert!(matches!(judged(&parts, &content, &store), Err(Erc8128Error::Replay)));
}

#[test]
fn the_crate_refuses_what_is_signed_here_and_changed() {
    let Sent { parts, content, .. } = peers().send();
    let is_refused = |parts: &Parts, content: &[u8]| {
        judged(parts, content, &MemoryNonceStore::default()).is_err()
    };
    assert!(!is_refused(&parts, &content));
    assert!(is_refused(&parts, br#"{"x":5.0,"y":4.0}"#));
    for target in [
        "http://miner.example:8091/math-sum?trace=yes",
        "http://miner.example:8091/math-sum",
        "http://miner.example:8091/math-sub?trace=no",
        "http://miner.example:8092/math-sum?trace=no",
    ] {
        let mut parts = parts.clone();
        parts.uri = target.parse().unwrap();
        assert!(is_refused(&parts, &content), "{target}");
    }
    for (name, value) in [
        ("content-type", "text/plain"),
        ("cambium-version", "2"),
        ("hetu-netuid", "2"),
        ("hetu-recipient", "0x7e5f4552091a69125d5dfcb7b8c2659029395bdf"),
        ("hetu-timeout-ms", "1501"),
    ] {
        let mut parts = parts.clone();
        parts.headers.insert(name, value.parse().unwrap());
        assert!(is_refused(&parts, &content), "{name}");
    }
    let mut later = parts;
    let input = later.headers["signature-input"].to_str().unwrap();
    let input = input.replace(&format!("expires={}", START + 30), "expires=1700000031");
    later.headers.insert("signature-input", input.parse().unwrap());
    assert!(is_refused(&later, &content));
}

#[test]
fn what_the_crate_signs_is_verified_here_once() {
    let peers = peers();
    let (parts, content) = foreign_call();
    let sent = Sent { parts, content, ..peers.send() };
    let verified = peers.receive(&sent).unwrap();
    assert_eq!(verified.account().address, peers.caller.address());
    assert_eq!(peers.refusal(&sent), Some(Reason::NonceReused));
}

#[test]
fn a_plain_request_of_the_crate_needs_an_advertised_host() {
    let (parts, content) = foreign(&[("content-type", "application/json")], &["content-type"]);
    assert_eq!(refusal(&peers(), parts.clone(), content.clone()), None);
    let elsewhere = Peers::new().verifier.with_earlier_revision();
    let elsewhere = Peers { verifier: elsewhere, ..Peers::new() };
    assert_eq!(refusal(&elsewhere, parts, content), Some(Reason::WrongAuthority));
}

#[test]
fn what_the_crate_signs_is_refused_by_who_takes_the_newest_revision_alone() {
    let (parts, content) = foreign_call();
    assert_eq!(refusal(&Peers::new(), parts, content), Some(Reason::NoAcceptableSignature));
}

#[test]
fn what_the_crate_signs_is_refused_if_it_was_changed() {
    let peers = peers();
    let refused = |change: &dyn Fn(&mut Parts, &mut Vec<u8>)| {
        let (mut parts, mut content) = foreign_call();
        change(&mut parts, &mut content);
        refusal(&peers, parts, content)
    };
    let replaced = |name: &'static str, from: &'static str, to: &'static str| {
        refused(&move |parts: &mut Parts, _: &mut Vec<u8>| {
            let value = parts.headers[name].to_str().unwrap();
            assert!(value.contains(from), "{name}: {value}");
            let value = value.replace(from, to).parse().unwrap();
            parts.headers.insert(name, value);
        })
    };
    assert_eq!(refused(&|_, _| ()), None);
    let other_content = |_: &mut Parts, content: &mut Vec<u8>| *content = b"{}".to_vec();
    assert_eq!(refused(&other_content), Some(Reason::BadContentDigest));
    for target in [
        "http://miner.example:8091/math-sum?trace=yes",
        "http://miner.example:8091/math-sub?trace=no",
        "http://miner.example:8092/math-sum?trace=no",
    ] {
        let moved = |parts: &mut Parts, _: &mut Vec<u8>| parts.uri = target.parse().unwrap();
        assert_eq!(refused(&moved), Some(Reason::BadSignature), "{target}");
    }
    let bad_signature = Some(Reason::BadSignature);
    assert_eq!(replaced("hetu-timeout-ms", "1500", "1501"), bad_signature);
    assert_eq!(replaced("content-type", "json", "json; v=1"), bad_signature);
    assert_eq!(
        replaced("signature-input", "expires=1700000060", "expires=1700000059"),
        bad_signature
    );
    assert_eq!(replaced("signature-input", "395bdf", "395bde"), bad_signature);
    assert_eq!(
        replaced("signature-input", "erc8128:560000", "erc8128:1"),
        Some(Reason::UnsupportedChain)
    );
    assert_eq!(replaced("hetu-netuid", "1", "2"), Some(Reason::WrongNetuid));
}

#[test]
fn what_the_crate_does_not_sign_is_demanded() {
    let peers = peers();
    let fields = call_fields();
    let headers: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    for left_out in ["cambium-version", "hetu-netuid", "hetu-recipient", "hetu-timeout-ms"] {
        let names = headers.iter().map(|(name, _)| *name).filter(|name| *name != left_out);
        let (parts, content) = foreign(&headers, &names.collect::<Vec<_>>());
        assert_eq!(
            refusal(&peers, parts, content),
            Some(Reason::InsufficientCoverage),
            "{left_out}"
        );
    }
}

/// Uses the same signer in both revisions.
#[test]
fn the_newest_revision_means_nothing_to_the_crate() {
    let peers = peers();
    let signer = RequestSigner::new(Arc::new(peers.caller.clone()), CHAIN);
    let signer = signer.with_clock(peers.clock.clone());
    let sent = peers.send_by(&signer, peers.envelope());
    let outcome = judged(&sent.parts, &sent.content, &MemoryNonceStore::default());
    assert!(matches!(outcome, Err(Erc8128Error::BadKeyId)), "{outcome:?}");
}
