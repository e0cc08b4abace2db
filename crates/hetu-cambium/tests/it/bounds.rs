//! The bound on the work before the verification of a signature: the size of the message.

use hetu_cambium::{
    HeadLimits, Reason, ReplyRefusal, SessionLimits, WorkCount, content_digest, fields,
};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode, Uri};

use crate::sessions;
use crate::support::{Peers, Sent, now};

/// The limit of the specification, section 3.
const FIELD_BYTES: usize = 16 * 1024;
const BASE_BYTES: usize = 64 * 1024;

/// Judges a request and counts the work.
fn judge(peers: &Peers, sent: &Sent) -> (Option<Reason>, WorkCount) {
    let mut work = WorkCount::default();
    let guard = &peers.guard;
    let outcome = now(peers.verifier.receive(&sent.parts, &sent.content, guard, &mut work));
    (outcome.err().map(|refusal| refusal.reason()), work)
}

/// Replaces the list of covered components, and copies the signature under `labels` labels.
fn covering(sent: &mut Sent, components: &str, labels: usize) {
    let input = sent.parts.headers[&fields::SIGNATURE_INPUT].to_str().unwrap().to_owned();
    let (list, parameters) = input.split_once(')').unwrap();
    let list = list.strip_prefix("hetu=").unwrap();
    let member = |label: usize| format!("s{label}={list} {components}){parameters}");
    let inputs: Vec<_> = (0..labels).map(member).collect();
    let bytes: Vec<_> = (0..labels).map(|label| format!("s{label}=:AAAA:")).collect();
    for (name, text) in [(fields::SIGNATURE_INPUT, inputs), (fields::SIGNATURE, bytes)] {
        sent.parts.headers.insert(name, text.join(", ").parse().unwrap());
    }
}

#[test]
fn honest_request_costs_one_recovery_and_two_hashes() {
    let peers = Peers::new();
    let sent = peers.send();
    let (reason, work) = judge(&peers, &sent);
    assert_eq!(reason, None);
    assert_eq!((work.components, work.recoveries), (11, 1));
    assert!(work.bytes_hashed < 1_200 + sent.content.len(), "{work:?}");
    assert!(work.bytes_parsed < 1_000, "{work:?}");
}

/// Regression test: each `"@query-param"` parsed the query again, and each `;key=` its whole
/// dictionary, for each of eight signatures. A head of 61 KB took a quarter of a second.
#[test]
fn components_with_parameters_are_refused_before_query_and_dictionaries_are_parsed() {
    let query = format!("a&{}", "p=1&".repeat(14_000));
    let members = "k,".repeat(14_000);
    for (component, labels, expected) in [
        ("\"@query-param\";name=\"p\"", 1, Reason::SignatureInputInvalid),
        ("\"x\";key=\"k\"", 1, Reason::SignatureInputInvalid),
        ("\"x\";sf", 1, Reason::SignatureInputInvalid),
        ("\"x\";bs", 1, Reason::SignatureInputInvalid),
        ("\"x\"", 1, Reason::SignatureInputInvalid),
        ("\"@query-param\";name=\"p\"", 8, Reason::SignatureTooLarge),
        ("\"x\";key=\"k\"", 8, Reason::SignatureTooLarge),
    ] {
        let peers = Peers::new();
        let mut sent = peers.send();
        sent.parts.uri = format!("http://miner.example:8091/math-sum?{query}").parse().unwrap();
        sent.parts.headers.insert("x", members.parse().unwrap());
        covering(&mut sent, &vec![component; 20].join(" "), labels);
        let (reason, work) = judge(&peers, &sent);
        assert_eq!(reason, Some(expected), "{component}");
        assert_eq!((work.bytes_hashed, work.recoveries), (0, 0), "{component}");
        assert!(work.bytes_parsed <= 2 * FIELD_BYTES, "{component}: {work:?}");
    }
}

/// Regression test: a request with several signatures had a base for each of them, and all were
/// kept until its content arrived.
#[test]
fn claim_of_a_long_request_retains_no_base() {
    let peers = Peers::new();
    let mut sent = peers.send();
    let long = format!("http://miner.example:8091/math-sum?{}", "q".repeat(60_000));
    sent.parts.uri = long.parse().unwrap();
    let claim = peers.verifier.examine(&sent.parts).unwrap();
    assert!(claim.retained_bytes() < 200, "{}", claim.retained_bytes());
    let bound = claim.bind().unwrap();
    assert!(bound.retained_bytes() < 200, "{}", bound.retained_bytes());
}

#[test]
fn claim_in_a_session_retains_neither_base_nor_code() {
    let (peers, _) = sessions::with_sessions(SessionLimits::default());
    let session = sessions::open(&peers, None);
    let sent = sessions::send(&peers, &session);
    let bound = peers.verifier.examine(&sent.parts).unwrap().bind().unwrap();
    assert!(bound.retained_bytes() < 30, "{}", bound.retained_bytes());
}

/// Verifies that the role of a caller is known from `keyid`, so no hash is computed for a caller
/// without a role.
#[test]
fn examination_names_the_caller_before_anything_is_hashed() {
    let peers = Peers::new();
    let mut sent = peers.send();
    // This value cannot be part of a base, which shows only when the base is made.
    let latin = HeaderValue::from_bytes(b"application/json; \xe9").unwrap();
    sent.parts.headers.insert(CONTENT_TYPE, latin);
    let claim = peers.verifier.examine(&sent.parts).unwrap();
    assert_eq!(claim.claimed_caller(), peers.caller.address());
    let refusal = claim.bind().unwrap_err();
    assert_eq!(refusal.reason(), Reason::SignatureInputInvalid);
}

#[test]
fn base_over_the_limit_is_refused_unhashed() {
    let peers = Peers::new();
    let mut sent = peers.send();
    let long = format!("application/json;{}", "x".repeat(BASE_BYTES));
    sent.parts.headers.insert(CONTENT_TYPE, long.parse().unwrap());
    let (reason, work) = judge(&peers, &sent);
    assert_eq!(reason, Some(Reason::SignatureTooLarge));
    assert_eq!((work.bytes_hashed, work.recoveries), (0, 0));
}

#[test]
fn longest_request_is_hashed_once() {
    let peers = Peers::new();
    let mut sent = peers.send();
    let long = format!("http://miner.example:8091/math-sum?{}", "q".repeat(60_000));
    sent.parts.uri = long.parse::<Uri>().unwrap();
    let (reason, work) = judge(&peers, &sent);
    assert_eq!((reason, work.recoveries), (Some(Reason::BadSignature), 1));
    assert!(work.bytes_hashed <= BASE_BYTES + sent.content.len(), "{work:?}");
}

/// Verifies that many digests of one content cost one hash by each algorithm.
#[test]
fn content_is_hashed_at_most_once_by_each_algorithm() {
    let peers = Peers::new();
    let mut sent = peers.send();
    let own = content_digest(&sent.content).to_str().unwrap().to_owned();
    let zeros = "A".repeat(86);
    let many = format!("{own}, sha-512=:{zeros}==:, ").repeat(50) + &own;
    sent.parts.headers.insert(fields::CONTENT_DIGEST, many.parse().unwrap());
    let (reason, work) = judge(&peers, &sent);
    assert_eq!(reason, Some(Reason::BadContentDigest));
    let base = BASE_BYTES;
    assert!(work.bytes_hashed <= base + 2 * sent.content.len(), "{work:?}");
    assert_eq!(work.recoveries, 0);
}

#[test]
fn second_signature_is_refused_whatever_it_is() {
    for (input, signature) in [
        ("b=()", ""),
        ("", "b=:AAAA:"),
        ("b=();tag=\"proxy\"", "b=:AAAA:"),
        ("hetu=()", "hetu=:AAAA:"),
    ] {
        let peers = Peers::new();
        let mut sent = peers.send();
        for (name, member) in [(fields::SIGNATURE_INPUT, input), (fields::SIGNATURE, signature)] {
            if !member.is_empty() {
                sent.parts.headers.append(name, member.parse().unwrap());
            }
        }
        let (reason, work) = judge(&peers, &sent);
        assert_eq!(reason, Some(Reason::SignatureTooLarge), "{input} {signature}");
        assert_eq!((work.bytes_hashed, work.recoveries), (0, 0));
    }
}

/// Regression test: a miner could choose the number of times that its validator parsed a dictionary
/// of its reply.
#[test]
fn reply_that_covers_members_of_a_field_is_malformed_and_costs_no_hash() {
    let peers = Peers::new();
    let sent = peers.send();
    let mut headers = peers.reply(&peers.receive(&sent).unwrap(), b"{}");
    headers.insert("x", "k,".repeat(14_000).parse().unwrap());
    let input = headers[&fields::SIGNATURE_INPUT].to_str().unwrap().to_owned();
    let members = "(\"x\";key=\"k\" \"@status\"";
    headers
        .insert(fields::SIGNATURE_INPUT, input.replace("(\"@status\"", members).parse().unwrap());
    let mut work = WorkCount::default();
    let refusal =
        sent.pending.verify_counted(StatusCode::OK, &headers, b"{}", &*peers.clock, &mut work);
    assert_eq!(refusal, Err(ReplyRefusal::Malformed));
    assert_eq!((work.bytes_hashed, work.recoveries), (0, 0));
    assert!(work.bytes_parsed <= 2 * FIELD_BYTES, "{work:?}");
}

#[test]
fn honest_reply_costs_one_recovery() {
    let peers = Peers::new();
    let sent = peers.send();
    let headers = peers.reply(&peers.receive(&sent).unwrap(), b"{}");
    let mut work = WorkCount::default();
    sent.pending.verify_counted(StatusCode::OK, &headers, b"{}", &*peers.clock, &mut work).unwrap();
    assert_eq!((work.components, work.recoveries), (11, 1));
    assert!(work.bytes_hashed < 2_000, "{work:?}");
}

#[test]
fn head_limits_count_fields_and_bytes_of_the_target() {
    let limits = HeadLimits::default().with_fields(2).with_bytes(10);
    let mut headers = http::HeaderMap::new();
    headers.insert("a", "1234".parse().unwrap());
    assert!(limits.admit(&headers, 5));
    assert!(!limits.admit(&headers, 6));
    headers.append("a", "".parse().unwrap());
    assert!(limits.admit(&headers, 4));
    headers.append("a", "".parse().unwrap());
    assert!(!limits.admit(&headers, 0));
}
