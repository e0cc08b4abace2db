//! Receipts prove signed contents to any verifier, and no other contents.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hetu_cambium::rfc9421::{Message, RequestView, SignatureInput, signature_base};
use hetu_cambium::{
    AccountId, Authority, Erc8128Revision, InvalidReceipt, Reason, Receipt, ReplyRefusal, Scheme,
    fields,
};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use crate::support::{CHAIN, NETUID, Peers, Sent, wallet};

const REPLY: &[u8] = br#"{"result":8.0}"#;

fn receipt(peers: &Peers, sent: &Sent) -> Receipt {
    let headers = peers.reply(&peers.receive(sent).unwrap(), REPLY);
    sent.pending.receipt(StatusCode::OK, &headers).unwrap()
}

#[test]
fn a_receipt_says_who_asked_whom_for_what_and_when() {
    let peers = Peers::new();
    let sent = peers.send();
    let receipt = receipt(&peers, &sent).with_contents(&sent.content, REPLY);
    // The receipt is stored and read by another party.
    let receipt = Receipt::from_json(receipt.to_json().as_bytes()).unwrap();
    let testimony = receipt.verify().unwrap();
    assert_eq!(testimony.caller, AccountId::new(CHAIN, peers.caller.address()));
    assert_eq!(testimony.miner, AccountId::new(CHAIN, peers.miner.address()));
    assert_eq!((testimony.netuid, testimony.status.as_u16()), (NETUID, 200));
    assert_eq!(testimony.target, "http://miner.example:8091/math-sum?trace=no");
    assert_eq!((testimony.requested_at, testimony.replied_at), (1_700_000_000, 1_700_000_000));
    assert_eq!(testimony.request_content.as_deref(), Some(&sent.content[..]));
    assert_eq!(testimony.reply_content.as_deref(), Some(REPLY));
}

#[test]
fn callers_and_miners_keep_the_same_receipt() {
    let peers = Peers::new();
    let sent = peers.send();
    let headers = peers.reply(&peers.receive(&sent).unwrap(), REPLY);
    let by_caller = sent.pending.receipt(StatusCode::OK, &headers).unwrap();
    let mut received = sent.parts.clone();
    received.uri = http::Uri::from_static("/math-sum?trace=no");
    let authority = Authority::parse("miner.example:8091", Scheme::Http).unwrap();
    let by_miner =
        Receipt::new(&received, Scheme::Http, &authority, StatusCode::OK, &headers).unwrap();
    assert_eq!(by_miner, by_caller);
    let testimony = by_miner.verify().unwrap();
    assert_eq!((testimony.request_content, testimony.reply_content), (None, None));
}

#[test]
fn a_request_that_leaves_the_scheme_open_proves_no_target() {
    let mut peers = Peers::new();
    peers.verifier = peers.verifier.clone().with_earlier_revision();
    let signer = peers.signer.clone().with_revision(Erc8128Revision::Earlier);
    let sent = peers.send_by(&signer, peers.envelope());
    let InvalidReceipt::Request(refusal) = receipt(&peers, &sent).verify().unwrap_err() else {
        panic!("the request is what proves too little");
    };
    assert_eq!(refusal.reason(), Reason::InsufficientCoverage);
}

/// Collects the path of every string and number of a document.
fn leaves(value: &Value, place: String, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => members
            .iter()
            .for_each(|(name, member)| leaves(member, format!("{place}/{name}"), found)),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .for_each(|(number, item)| leaves(item, format!("{place}/{number}"), found)),
        _ => found.push(place),
    }
}

#[test]
fn no_character_of_a_receipt_can_be_changed() {
    let peers = Peers::new();
    let sent = peers.send();
    let receipt = receipt(&peers, &sent).with_contents(&sent.content, REPLY);
    let testimony = receipt.verify().unwrap();
    let document: Value = serde_json::from_str(&receipt.to_json()).unwrap();
    let mut places = Vec::new();
    leaves(&document, String::new(), &mut places);
    assert!(places.len() > 25, "{places:?}");
    let mut changes = 0;
    for place in places {
        let leaf = document.pointer(&place).unwrap();
        let changed: Vec<Value> = match leaf {
            Value::Number(number) => vec![json!(number.as_u64().unwrap() + 1)],
            Value::String(text) => (0..text.len())
                .map(|position| {
                    let mut bytes = text.clone().into_bytes();
                    bytes[position] = if bytes[position] == b'a' { b'b' } else { b'a' };
                    json!(String::from_utf8(bytes).unwrap())
                })
                .collect(),
            other => panic!("{place}: {other}"),
        };
        for value in changed {
            let mut document = document.clone();
            let what = format!("{place}: {value}");
            *document.pointer_mut(&place).unwrap() = value;
            let read = Receipt::from_json(document.to_string().as_bytes());
            match read.and_then(|receipt| receipt.verify()) {
                Err(_) => changes += 1,
                // Labels and the case of names have no meaning.
                Ok(same) => assert_eq!(same, testimony, "{what}"),
            }
        }
    }
    assert!(changes > 1_000, "{changes}");
}

/// Signs the request of `model` as another caller, with the same nonce and contents.
fn signed_by_another(model: &Sent) -> Sent {
    let caller = wallet(3);
    let mut sent = model.clone();
    let input = model.parts.headers[&fields::SIGNATURE_INPUT].to_str().unwrap();
    let own = wallet(1).address().to_lower_hex();
    let input = input.replace(&own, &caller.address().to_lower_hex());
    let parsed = SignatureInput::parse(input.strip_prefix("hetu=").unwrap()).unwrap();
    let authority = Authority::parse("miner.example:8091", Scheme::Http).unwrap();
    let view = RequestView {
        method: &sent.parts.method,
        scheme: Scheme::Http,
        authority: &authority,
        uri: &sent.parts.uri,
        headers: &sent.parts.headers,
    };
    let base = signature_base(&parsed, &Message::Request(view)).unwrap();
    let signature = STANDARD.encode(caller.sign_message_sync(base.as_bytes()).as_bytes());
    sent.parts.headers.insert(fields::SIGNATURE_INPUT, input.parse().unwrap());
    sent.parts.headers.insert(fields::SIGNATURE, format!("hetu=:{signature}:").parse().unwrap());
    sent
}

fn receipt_of(sent: &Sent, reply: &HeaderMap) -> Receipt {
    let authority = Authority::parse("miner.example:8091", Scheme::Http).unwrap();
    Receipt::new(&sent.parts, Scheme::Http, &authority, StatusCode::OK, reply).unwrap()
}

/// Regression test: a reply covered neither the caller nor its signature, so another account could
/// claim a copied receipt.
#[test]
fn receipt_of_another_caller_for_a_seen_reply_is_refused() {
    let peers = Peers::new();
    let sent = peers.send();
    let headers = peers.reply(&peers.receive(&sent).unwrap(), REPLY);
    assert!(receipt_of(&sent, &headers).verify().is_ok());
    let claimed = receipt_of(&signed_by_another(&sent), &headers).verify();
    assert_eq!(claimed, Err(InvalidReceipt::Reply(ReplyRefusal::BadSignature)));
}

/// Regression test: nonces are unique for a caller, not for all. With two callers of one nonce, two
/// honest answers looked like two answers to one request.
#[test]
fn replies_to_two_callers_with_one_nonce_belong_to_their_own_requests() {
    let peers = Peers::new();
    let first = peers.send();
    let second = signed_by_another(&first);
    let to_first = peers.reply(&peers.receive(&first).unwrap(), REPLY);
    let to_second = peers.reply(&peers.receive(&second).unwrap(), b"{\"result\":8.00}");
    assert!(receipt_of(&first, &to_first).verify().is_ok());
    assert!(receipt_of(&second, &to_second).verify().is_ok());
    for (request, reply) in [(&first, &to_second), (&second, &to_first)] {
        let mixed = receipt_of(request, reply).verify();
        assert_eq!(mixed, Err(InvalidReceipt::Reply(ReplyRefusal::BadSignature)));
    }
}

/// Covers a reply in the form before callers were bound: signed by the miner, without the signature
/// of the request.
#[test]
fn receipt_whose_reply_does_not_cover_the_request_signature_is_refused() {
    let peers = Peers::new();
    let sent = peers.send();
    let mut headers = peers.reply(&peers.receive(&sent).unwrap(), REPLY);
    for component in [" \"signature\";req", " \"signature-input\";req"] {
        let input = headers[&fields::SIGNATURE_INPUT].to_str().unwrap().replace(component, "");
        headers.insert(fields::SIGNATURE_INPUT, input.parse().unwrap());
        let refusal = receipt_of(&sent, &headers).verify();
        assert_eq!(refusal, Err(InvalidReceipt::Reply(ReplyRefusal::InsufficientCoverage)));
    }
}

/// Regression test: a map of fields has a maximum size of its own, at which it panics.
#[test]
fn receipt_with_too_many_fields_is_refused_without_a_panic() {
    let peers = Peers::new();
    let document: Value = serde_json::from_str(&receipt(&peers, &peers.send()).to_json()).unwrap();
    for message in ["request", "reply"] {
        for (count, length) in [(101, 1), (40_000, 1), (1, 64 * 1024), (90, 1_000)] {
            let mut document = document.clone();
            let line = |number: usize| json!([format!("x-{number}"), "y".repeat(length)]);
            document[message]["fields"] = (0..count).map(line).collect();
            let read = Receipt::from_json(document.to_string().as_bytes());
            let refusal = read.and_then(|receipt| receipt.verify()).unwrap_err();
            // Too many lines are not parsed, and lines that are too long do not reach the map.
            let is_right = match refusal {
                InvalidReceipt::Malformed { .. } => count > 100,
                InvalidReceipt::HeadTooLarge { fields: 100, .. } => count <= 100,
                _ => false,
            };
            assert!(is_right, "{message}: {count} fields of {length}");
        }
    }
    let mut document = document.clone();
    document["request"]["method"] = json!("P".repeat(70_000));
    let read = Receipt::from_json(document.to_string().as_bytes()).unwrap();
    assert!(matches!(read.verify(), Err(InvalidReceipt::HeadTooLarge { .. })));
}

#[test]
fn halves_of_different_exchanges_make_no_receipt() {
    let peers = Peers::new();
    let (first, second) = (peers.send(), peers.send());
    let headers = peers.reply(&peers.receive(&second).unwrap(), REPLY);
    let mixed = first.pending.receipt(StatusCode::OK, &headers).unwrap();
    assert_eq!(mixed.verify(), Err(InvalidReceipt::Reply(ReplyRefusal::WrongNonce)));
}

#[test]
fn what_is_no_receipt_is_told() {
    let peers = Peers::new();
    let sent = peers.send();
    let document: Value = serde_json::from_str(&receipt(&peers, &sent).to_json()).unwrap();
    let read = |change: &dyn Fn(&mut Value)| {
        let mut document = document.clone();
        change(&mut document);
        Receipt::from_json(document.to_string().as_bytes()).and_then(|receipt| receipt.verify())
    };
    assert!(read(&|_| {}).is_ok());
    for change in [
        &(|document: &mut Value| document["receipt_version"] = json!(2)) as &dyn Fn(&mut Value),
        &|document| document["more"] = json!(1),
        &|document| document["request"]["method"] = json!("not a method"),
        &|document| document["request"]["target"] = json!("/relative"),
        &|document| document["request"]["target"] = json!("ftp://miner.example/"),
        &|document| document["reply"]["status"] = json!(99),
        &|document| document["reply"]["content"] = json!("not base64"),
    ] {
        assert!(matches!(read(change), Err(InvalidReceipt::Malformed { .. })));
    }
    let other = |document: &mut Value| document["reply"]["content"] = json!("e30=");
    assert!(matches!(read(&other), Err(InvalidReceipt::Reply(ReplyRefusal::ContentDigest(_)))));
    let other = |document: &mut Value| document["request"]["content"] = json!("e30=");
    assert!(matches!(read(&other), Err(InvalidReceipt::RequestContent(_))));
    let unsigned = |document: &mut Value| document["request"]["fields"] = json!([]);
    let refusal = read(&unsigned).unwrap_err();
    let InvalidReceipt::Request(refusal) = refusal else { panic!("{refusal}") };
    assert_eq!(refusal.reason(), Reason::MalformedRequest);
    assert!(Receipt::from_json(b"[]").is_err());
}
