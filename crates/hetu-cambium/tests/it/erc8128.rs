//! The test cases of ERC-8128 and further ones, from `vectors/erc8128.json`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hetu_cambium::rfc9421::{Message, RequestView, SignatureInput, signature_base};
use hetu_cambium::{
    Authority, Problem, Reason, Refusal, ReplayGuard, ReplayLimits, RequestVerifier, Scheme,
    VerifiedRequest,
};
use hetu_chain::clock::ManualClock;
use hetu_chain::identity::personal_message_hash;
use hetu_chain::{ChainId, NetUid, Wallet};
use http::request::Parts;
use http::{HeaderName, Request};
use serde::Deserialize;

use crate::support::{guard, now, wallet};

#[derive(Deserialize)]
struct Vectors {
    private_key: String,
    account: String,
    authority: String,
    now: u64,
    positive: Vec<Positive>,
    accepted: Vec<Mutation>,
    refused: Vec<Mutation>,
}

#[derive(Clone, Deserialize)]
struct Positive {
    name: String,
    method: String,
    target: String,
    headers: BTreeMap<String, String>,
    content: String,
    base: String,
    base_length: usize,
    hash: String,
    signature: String,
}

#[derive(Deserialize)]
struct Mutation {
    name: String,
    #[serde(default)]
    set: BTreeMap<String, Option<String>>,
    #[serde(default)]
    headers_added: BTreeMap<String, String>,
    method: Option<String>,
    target: Option<String>,
    content: Option<String>,
    now: Option<u64>,
    reason: Option<String>,
    status: Option<u16>,
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("../../vectors/erc8128.json")).unwrap()
}

fn parts(vector: &Positive) -> Parts {
    let mut request = Request::builder().method(&*vector.method).uri(&*vector.target);
    for (name, value) in &vector.headers {
        request = request.header(name, value);
    }
    request.body(()).unwrap().into_parts().0
}

/// A verifier as the ERC describes it, which started a while ago.
struct Verifier {
    clock: Arc<ManualClock>,
    verifier: RequestVerifier,
    guard: ReplayGuard,
}

impl Verifier {
    fn new(vectors: &Vectors) -> Self {
        let clock = Arc::new(ManualClock::at(Duration::from_secs(vectors.now - 1_000)));
        let guard = guard(ReplayLimits::default(), &clock);
        clock.set(Duration::from_secs(vectors.now));
        let authority = Authority::parse(&vectors.authority, Scheme::Https).unwrap();
        // The vectors name no recipient, so the miner's own address does not matter.
        let verifier = RequestVerifier::new(ChainId::new(1), NetUid::new(1), wallet(2).address())
            .with_scheme(Scheme::Https)
            .with_authority(authority)
            .with_clock(clock.clone());
        Self { clock, verifier, guard }
    }

    fn verify(&self, parts: &Parts, content: &str) -> Result<VerifiedRequest, Refusal> {
        let claim = self.verifier.examine(parts)?.bind()?;
        now(self.verifier.verify(claim, content.as_bytes(), &self.guard))
    }
}

fn apply(mutation: &Mutation, vector: &mut Positive) -> Parts {
    for (name, value) in &mutation.set {
        match value {
            Some(value) => vector.headers.insert(name.clone(), value.clone()),
            None => vector.headers.remove(name),
        };
    }
    vector.method = mutation.method.clone().unwrap_or(vector.method.clone());
    vector.target = mutation.target.clone().unwrap_or(vector.target.clone());
    vector.content = mutation.content.clone().unwrap_or(vector.content.clone());
    let mut parts = parts(vector);
    for (name, value) in &mutation.headers_added {
        parts.headers.append(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
    }
    parts
}

#[test]
fn the_positive_vectors_hold_bit_for_bit() {
    let vectors = vectors();
    let key: Wallet = vectors.private_key.parse().unwrap();
    for vector in &vectors.positive {
        let parts = parts(vector);
        let authority = Authority::parse(&vectors.authority, Scheme::Https).unwrap();
        let request = RequestView {
            method: &parts.method,
            scheme: Scheme::Https,
            authority: &authority,
            uri: &parts.uri,
            headers: &parts.headers,
        };
        let (_, input) = vector.headers["signature-input"].split_once('=').unwrap();
        let input = SignatureInput::parse(input).unwrap();
        let base = signature_base(&input, &Message::Request(request)).unwrap();
        assert_eq!(base, vector.base, "{}", vector.name);
        assert_eq!(base.len(), vector.base_length, "{}", vector.name);
        let hash = personal_message_hash(base.as_bytes());
        let shown: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(shown, vector.hash, "{}", vector.name);
        let signature = key.sign_hash_sync(&hash);
        assert_eq!(STANDARD.encode(signature.as_bytes()), vector.signature, "{}", vector.name);

        let verified = Verifier::new(&vectors).verify(&parts, &vector.content).unwrap();
        assert_eq!(verified.account().to_string(), vectors.account);
        assert_eq!((verified.timeout(), verified.netuid()), (None, None));
    }
}

#[test]
fn harmless_variations_are_accepted() {
    let vectors = vectors();
    for mutation in &vectors.accepted {
        let mut vector = vectors.positive[0].clone();
        let parts = apply(mutation, &mut vector);
        let verified = Verifier::new(&vectors).verify(&parts, &vector.content);
        assert!(verified.is_ok(), "{}: {verified:?}", mutation.name);
    }
}

#[test]
fn every_refused_mutation_has_its_code_and_consumes_no_nonce() {
    let vectors = vectors();
    for mutation in &vectors.refused {
        let verifier = Verifier::new(&vectors);
        if let Some(now) = mutation.now {
            verifier.clock.set(Duration::from_secs(now));
        }
        let mut vector = vectors.positive[0].clone();
        let parts = apply(mutation, &mut vector);
        let refusal = verifier.verify(&parts, &vector.content).expect_err(&mutation.name);
        assert_eq!(
            Some(refusal.reason().as_str()),
            mutation.reason.as_deref(),
            "{}",
            mutation.name
        );
        assert_eq!(Some(refusal.status().as_u16()), mutation.status, "{}", mutation.name);
        assert!(verifier.guard.is_empty(), "{}", mutation.name);

        let response = Problem::from(refusal).to_response();
        let has_challenge = response.headers().contains_key("www-authenticate");
        assert_eq!(has_challenge, mutation.status == Some(401), "{}", mutation.name);
    }
}

#[test]
fn fields_and_signatures_over_the_limits_are_refused_before_cryptography() {
    let vectors = vectors();
    let padding = format!(", pad=:{}:", "A".repeat(16 * 1024));
    let long = STANDARD.encode([0; 8 * 1024 + 1]);
    let (input, signature) = {
        let headers = &vectors.positive[0].headers;
        (headers["signature-input"].clone(), headers["signature"].clone())
    };
    for (name, value) in [
        ("signature-input", format!("{input}{padding}")),
        ("signature", format!("{signature}{padding}")),
        ("signature", format!("request=:{long}:")),
    ] {
        let mut vector = vectors.positive[0].clone();
        vector.headers.insert(name.to_owned(), value);
        let verifier = Verifier::new(&vectors);
        // The examination refuses it without any cryptography.
        let refusal = verifier.verifier.examine(&parts(&vector)).unwrap_err();
        assert_eq!(refusal.reason(), Reason::SignatureTooLarge, "{name}");
        assert_eq!(refusal.status(), 400);
    }
}

#[test]
fn bad_signature_names_its_caller_before_cryptography() {
    let vectors = vectors();
    let mut vector = vectors.positive[0].clone();
    vector.headers.insert("signature".to_owned(), "request=:AAAA:".to_owned());
    let verifier = Verifier::new(&vectors);
    let parts = parts(&vector);
    let claim = verifier.verifier.examine(&parts).unwrap();
    assert_eq!(claim.claimed_caller(), wallet(1).address());
    // The signature is invalid, which shows only at its verification.
    let claim = claim.bind().unwrap();
    let refusal = now(verifier.verifier.verify(claim, vector.content.as_bytes(), &verifier.guard));
    assert_eq!(refusal.unwrap_err().reason(), Reason::BadSignature);
}

#[test]
fn of_many_copies_at_once_exactly_one_is_accepted() {
    let vectors = vectors();
    let vector = &vectors.positive[0];
    let verifier = Verifier::new(&vectors);
    let parts = parts(vector);
    let outcomes: Vec<_> = std::thread::scope(|scope| {
        let copies: Vec<_> =
            (0..50).map(|_| scope.spawn(|| verifier.verify(&parts, &vector.content))).collect();
        copies.into_iter().map(|copy| copy.join().unwrap()).collect()
    });
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    for refusal in outcomes.into_iter().filter_map(Result::err) {
        assert_eq!(refusal.reason(), Reason::NonceReused);
    }
}

/// Covers the positive vector in the form of the previous revision, created independently of this
/// code.
#[test]
fn the_vector_of_the_earlier_revision_is_taken_where_that_is_allowed() {
    const INPUT: &str = "eth=(\"@method\" \"@authority\" \"@path\" \"@query\" \
        \"content-digest\");created=1700000000;expires=1700000060;\
        nonce=\"EjRWeJCrze8BI0VniavN7w\";\
        keyid=\"erc8128:1:0x7e5f4552091a69125d5dfcb7b8c2659029395bdf\"";
    const SIGNATURE: &str = "eth=:+uzZoCVLOs4FX8FwoUmWn2on06ZkBsUJmI47uxFUibNIZYtf2M5I/l4rLHcEem\
        WCfPglQ/bzs9OBhdAel52FPxs=:";
    let vectors = vectors();
    let earlier = |change: &dyn Fn(&mut Positive)| {
        let mut vector = vectors.positive[0].clone();
        vector.headers.insert("signature-input".to_owned(), INPUT.to_owned());
        vector.headers.insert("signature".to_owned(), SIGNATURE.to_owned());
        change(&mut vector);
        let mut verifier = Verifier::new(&vectors);
        let newest_only = verifier.verify(&parts(&vector), &vector.content);
        let refusal = newest_only.unwrap_err();
        assert_eq!(refusal.reason(), Reason::NoAcceptableSignature);
        verifier.verifier = verifier.verifier.with_earlier_revision();
        let verified = verifier.verify(&parts(&vector), &vector.content);
        verified.map(|request| request.account().to_string()).map_err(|refusal| refusal.reason())
    };
    assert_eq!(earlier(&|_| {}), Ok(vectors.account.clone()));
    let input = |from: &'static str, to: &'static str| {
        move |vector: &mut Positive| {
            let input = vector.headers.get_mut("signature-input").unwrap();
            assert!(input.contains(from), "{input}");
            *input = input.replace(from, to);
        }
    };
    for (change, reason) in [
        (input(" \"@query\"", ""), Reason::InsufficientCoverage),
        (input(" \"content-digest\"", ""), Reason::InsufficientCoverage),
        (input("erc8128:1:", "erc8128:2:"), Reason::UnsupportedChain),
        (input("erc8128:1:", "erc8128:01:"), Reason::InvalidKeyid),
        (input("created", "made"), Reason::InvalidTime),
        (input("nonce", "salt"), Reason::NonceRequired),
        (input(";keyid", ";alg=\"x\";keyid"), Reason::UnsupportedAlgorithm),
        (input("0x7e5f", "0x7E5F"), Reason::InvalidKeyid),
    ] {
        assert_eq!(earlier(&change), Err(reason));
    }
    // An uncovered content type is accepted only if it is JSON.
    let bincode = |vector: &mut Positive| {
        let media_type = "application/vnd.hetu.cambium.v1+bincode".to_owned();
        vector.headers.insert("content-type".to_owned(), media_type);
    };
    assert_eq!(earlier(&bincode), Err(Reason::InsufficientCoverage));
    let query = |vector: &mut Positive| vector.target = "/items?view=none".to_owned();
    assert_eq!(earlier(&query), Err(Reason::BadSignature));
}
