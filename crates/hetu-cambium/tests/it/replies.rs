//! A reply is bound to its miner and to one request.

use std::sync::Arc;
use std::time::Duration;

use hetu_cambium::{
    Authority, InvalidContentDigest, Problem, Reason, ReplyRefusal, ReplySigner, RequestVerifier,
    Scheme, WorkCount, fields,
};
use hetu_chain::ChainId;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};

use crate::support::{CHAIN, Peers, Sent, now, wallet};

const CONTENT: &[u8] = br#"{"result":8.0}"#;

/// Returns a served request and its reply.
fn exchange() -> (Peers, Sent, HeaderMap) {
    let peers = Peers::new();
    let sent = peers.send();
    let request = peers.receive(&sent).unwrap();
    let headers = peers.reply(&request, CONTENT);
    (peers, sent, headers)
}

fn verify(
    peers: &Peers,
    sent: &Sent,
    status: u16,
    headers: &HeaderMap,
    content: &[u8],
) -> Result<(), ReplyRefusal> {
    let status = StatusCode::from_u16(status).unwrap();
    sent.pending.verify(status, headers, content, &*peers.clock)
}

#[test]
fn a_reply_verifies_as_it_was_signed() {
    let (peers, sent, headers) = exchange();
    assert_eq!(verify(&peers, &sent, 200, &headers, CONTENT), Ok(()));
    // Intermediaries may add fields that are not part of the protocol.
    let mut more = headers.clone();
    more.insert("via", "1.1 proxy".parse().unwrap());
    assert_eq!(verify(&peers, &sent, 200, &more, CONTENT), Ok(()));
}

#[test]
fn the_signature_covers_status_content_and_request() {
    let (.., headers) = exchange();
    let input = headers[&fields::SIGNATURE_INPUT].to_str().unwrap();
    let expected = "hetu=(\"@status\" \"content-digest\" \"content-type\" \"@method\";req \
        \"@authority\";req \"@path\";req \"@query\";req \"content-digest\";req \
        \"hetu-recipient\";req \"signature\";req \"signature-input\";req);created=1700000000;expires=1700000060;nonce=\"";
    assert!(input.starts_with(expected), "{input}");
    let keyid = wallet(2).address().to_lower_hex();
    assert!(input.ends_with(&format!(";keyid=\"eip155:560000:{keyid}\";tag=\"hetu-cambium\"")));
}

#[test]
fn every_change_of_a_reply_is_noticed() {
    let (peers, sent, headers) = exchange();
    assert_eq!(verify(&peers, &sent, 201, &headers, CONTENT), Err(ReplyRefusal::BadSignature));
    let mismatch = ReplyRefusal::ContentDigest(InvalidContentDigest::Mismatch);
    assert_eq!(verify(&peers, &sent, 200, &headers, b"{}"), Err(mismatch));

    let with = |name: &http::HeaderName, value: http::HeaderValue| {
        let mut headers = headers.clone();
        headers.insert(name, value);
        headers
    };
    let digest = with(&fields::CONTENT_DIGEST, hetu_cambium::content_digest(b"{}"));
    assert_eq!(verify(&peers, &sent, 200, &digest, b"{}"), Err(ReplyRefusal::BadSignature));
    let kind = with(&CONTENT_TYPE, "text/html".parse().unwrap());
    assert_eq!(verify(&peers, &sent, 200, &kind, CONTENT), Err(ReplyRefusal::BadSignature));

    let input = headers[&fields::SIGNATURE_INPUT].to_str().unwrap().to_owned();
    for (from, to, refusal) in [
        ("created=1700000000", "created=1700000001", ReplyRefusal::BadSignature),
        ("expires=1700000060", "expires=1700000061", ReplyRefusal::WrongTime),
        ("nonce=\"", "nonce=\"x", ReplyRefusal::WrongNonce),
        (" \"@path\";req", "", ReplyRefusal::InsufficientCoverage),
        (" \"content-type\"", "", ReplyRefusal::InsufficientCoverage),
        ("\"@status\" ", "", ReplyRefusal::InsufficientCoverage),
        (" \"hetu-recipient\";req", "", ReplyRefusal::InsufficientCoverage),
        (" \"signature\";req", "", ReplyRefusal::InsufficientCoverage),
        (" \"signature-input\";req", "", ReplyRefusal::InsufficientCoverage),
        (";req", "", ReplyRefusal::Malformed),
        ("tag=\"hetu-cambium\"", "tag=\"erc8128\"", ReplyRefusal::Unsigned),
        (";tag=", ";alg=\"hmac-sha256\";tag=", ReplyRefusal::Malformed),
        ("eip155:560000:", "eip155:01:", ReplyRefusal::Malformed),
    ] {
        assert!(input.contains(from), "{input}");
        let changed = with(&fields::SIGNATURE_INPUT, input.replace(from, to).parse().unwrap());
        assert_eq!(verify(&peers, &sent, 200, &changed, CONTENT), Err(refusal), "{from} -> {to}");
    }
}

#[test]
fn a_reply_without_signature_or_digest_is_nobodys_word() {
    let (peers, sent, headers) = exchange();
    for (name, refusal) in [
        (fields::SIGNATURE, ReplyRefusal::Unsigned),
        (fields::SIGNATURE_INPUT, ReplyRefusal::Unsigned),
        (fields::CONTENT_DIGEST, ReplyRefusal::ContentDigest(InvalidContentDigest::Missing)),
    ] {
        let mut less = headers.clone();
        less.remove(&name);
        assert_eq!(verify(&peers, &sent, 200, &less, CONTENT), Err(refusal), "{name}");
    }
}

#[test]
fn nobody_else_can_answer() {
    let peers = Peers::new();
    let sent = peers.send();
    let request = peers.receive(&sent).unwrap();
    let answer = |signer: &ReplySigner| {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, "application/json".parse().unwrap());
        now(signer.sign(&request, StatusCode::OK, &mut headers, CONTENT)).unwrap();
        verify(&peers, &sent, 200, &headers, CONTENT)
    };
    let relay = ReplySigner::new(Arc::new(wallet(3)), CHAIN).with_clock(peers.clock.clone());
    assert!(matches!(answer(&relay), Err(ReplyRefusal::WrongSigner { .. })));
    let elsewhere = ReplySigner::new(Arc::new(peers.miner.clone()), ChainId::new(1))
        .with_clock(peers.clock.clone());
    assert!(matches!(answer(&elsewhere), Err(ReplyRefusal::WrongSigner { .. })));
    assert_eq!(answer(&peers.replies), Ok(()));
}

#[test]
fn the_reply_to_one_request_is_no_reply_to_another() {
    let (peers, first, headers) = exchange();
    let second = peers.send();
    assert_eq!(verify(&peers, &second, 200, &headers, CONTENT), Err(ReplyRefusal::WrongNonce));
    assert_eq!(verify(&peers, &first, 200, &headers, CONTENT), Ok(()));
}

#[test]
fn a_reply_is_fresh() {
    let (peers, sent, headers) = exchange();
    peers.clock.advance(Duration::from_secs(90));
    assert_eq!(verify(&peers, &sent, 200, &headers, CONTENT), Ok(()));
    peers.clock.advance(Duration::from_secs(1));
    let late = verify(&peers, &sent, 200, &headers, CONTENT);
    assert_eq!(late, Err(ReplyRefusal::WrongTime));
}

/// Verifies that a second signature is refused: it would cost another recovery, and the sender
/// could choose the one that counts.
#[test]
fn reply_with_second_signature_is_malformed() {
    let (peers, sent, headers) = exchange();
    for (input, signature) in [
        ("b=(\"@status\");tag=\"x\"", "b=:AAAA:"),
        ("b=(\"@status\");tag=\"hetu-cambium\"", ""),
        ("", "b=:AAAA:"),
    ] {
        let mut more = headers.clone();
        for (name, member) in [(fields::SIGNATURE_INPUT, input), (fields::SIGNATURE, signature)] {
            if !member.is_empty() {
                let own = more[&name].to_str().unwrap().to_owned();
                more.insert(name, format!("{own}, {member}").parse().unwrap());
            }
        }
        let refusal = verify(&peers, &sent, 200, &more, CONTENT);
        assert_eq!(refusal, Err(ReplyRefusal::Malformed), "{input} {signature}");
    }
}

/// Verifies the limits on a head that the miner chooses and the validator reads.
#[test]
fn reply_head_over_the_limits_is_refused_unread() {
    let (peers, sent, headers) = exchange();
    let mut work = WorkCount::default();
    let many = (0..100).map(|number| (format!("x-{number}"), String::new()));
    let long = std::iter::once(("x".to_owned(), "y".repeat(64 * 1024)));
    for more in [many.collect::<Vec<_>>(), long.collect()] {
        let mut larger = headers.clone();
        for (name, value) in more {
            let name: http::HeaderName = name.parse().unwrap();
            larger.insert(name, value.parse().unwrap());
        }
        let (status, pending) = (StatusCode::OK, &sent.pending);
        let verified = pending.verify_counted(status, &larger, CONTENT, &*peers.clock, &mut work);
        assert_eq!(verified, Err(ReplyRefusal::HeadTooLarge));
    }
    assert_eq!(work, WorkCount::default());
}

#[test]
fn a_refusal_of_a_verified_request_is_signed_too() {
    let peers = Peers::new();
    let sent = peers.send();
    let request = peers.receive(&sent).unwrap();
    let problem = Problem::new(Reason::UndecodableContent, "the content is no such call");
    let (mut parts, content) = problem.to_response().into_parts();
    now(peers.replies.sign(&request, parts.status, &mut parts.headers, &content)).unwrap();
    assert_eq!(verify(&peers, &sent, 422, &parts.headers, &content), Ok(()));
    assert_eq!(Problem::parse(&parts.headers, &content), Some(problem));
}

#[test]
fn replies_without_content_are_signed_too() {
    let peers = Peers::new();
    let sent = peers.send();
    let request = peers.receive(&sent).unwrap();
    let mut headers = HeaderMap::new();
    now(peers.replies.sign(&request, StatusCode::NO_CONTENT, &mut headers, b"")).unwrap();
    assert_eq!(verify(&peers, &sent, 204, &headers, b""), Ok(()));
    // An unsigned content type is not accepted.
    headers.insert(CONTENT_TYPE, "application/json".parse().unwrap());
    let refusal = verify(&peers, &sent, 204, &headers, b"");
    assert_eq!(refusal, Err(ReplyRefusal::InsufficientCoverage));
}

#[test]
fn a_plain_client_gets_a_reply_bound_to_what_it_sent() {
    use base64::Engine;
    use hetu_cambium::AccountId;
    use hetu_cambium::rfc9421::{Component, Message, RequestView, SignatureInput, signature_base};

    let peers = Peers::new();
    let authority = Authority::parse("miner.example", Scheme::Http).unwrap();
    let (mut parts, ()) =
        http::Request::get("http://miner.example/echo").body(()).unwrap().into_parts();
    let account = AccountId::new(CHAIN, peers.caller.address());
    let input = SignatureInput::new([
        Component::AUTHORITY,
        Component::SCHEME,
        Component::PATH,
        Component::QUERY,
        Component::METHOD,
    ])
    .with_string("tag", "erc8128")
    .with_string("keyid", &account.to_string())
    .with_string("nonce", "plain")
    .with_integer("expires", 1_700_000_010)
    .with_integer("created", 1_700_000_000);
    let view = RequestView {
        method: &parts.method,
        scheme: Scheme::Http,
        authority: &authority,
        uri: &parts.uri,
        headers: &parts.headers,
    };
    let base = signature_base(&input, &Message::Request(view)).unwrap();
    let signature = peers.caller.sign_message_sync(base.as_bytes());
    let encoded = base64::engine::general_purpose::STANDARD.encode(signature.as_bytes());
    let signature = format!("x=:{encoded}:").parse().unwrap();
    parts.headers.insert(fields::SIGNATURE_INPUT, format!("x={input}").parse().unwrap());
    parts.headers.insert(fields::SIGNATURE, signature);

    // The request names no recipient, so the miner must know the host as its own.
    let stranger = peers.verifier.examine(&parts).unwrap_err();
    assert_eq!(stranger.reason(), Reason::WrongAuthority);
    let verifier: RequestVerifier = peers.verifier.clone().with_authority(authority);
    let claim = verifier.examine(&parts).unwrap().bind().unwrap();
    let request = now(verifier.verify(claim, b"", &peers.guard)).unwrap();
    assert_eq!((request.timeout(), request.nonce().as_str()), (None, "plain"));

    let headers = peers.reply(&request, CONTENT);
    let input = headers[&fields::SIGNATURE_INPUT].to_str().unwrap();
    let end = "\"@query\";req \"signature\";req \"signature-input\";req);created";
    assert!(input.contains(end), "{input}");
}
