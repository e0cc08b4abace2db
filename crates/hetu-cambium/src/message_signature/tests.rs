//! Comparisons of the two readers of signature fields, and of the base with that of the general
//! library.

use http::{HeaderMap, Method, Uri};
use proptest::prelude::*;

use super::*;
use crate::signature::{Authority, Message, RequestView, Scheme, SignatureInput, signature_base};
use crate::{WorkCount, fields};

const INPUT: &str = "hetu=(\"@method\" \"@path\" \"content-digest\" \"content-type\");created=17;\
    keyid=\"eip155:1:0xab\";nonce=\"a b\";tag=\"erc8128\"";

fn headers(input: &str, signature: &str) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    headers.insert(fields::SIGNATURE_INPUT, input.parse().ok()?);
    headers.insert(fields::SIGNATURE, signature.parse().ok()?);
    headers.insert(fields::CONTENT_DIGEST, "sha-256=:AAAA:".parse().ok()?);
    headers.append(http::header::CONTENT_TYPE, " application/json\t".parse().ok()?);
    headers.append(http::header::CONTENT_TYPE, "b".parse().ok()?);
    Some(headers)
}

type Read<'a> = Result<Result<SignatureMember<'a>, MemberError>, FieldsError>;

fn read(headers: &HeaderMap) -> Read<'_> {
    let mut work = WorkCount::default();
    let all = |_: Labels<'_>| Some(());
    SignatureMember::read(headers, MessageKind::Request, all, &mut work).map(|((), read)| read)
}

/// Returns the fields with white space that sends them to the structured reader.
fn spaced(text: &str) -> String {
    text.replacen('(', "( ", 1)
}

#[test]
fn canonical_and_structured_reader_read_the_same() {
    let headers = [INPUT.to_owned(), spaced(INPUT)].map(|input| headers(&input, "hetu=:AAEC:"));
    let [canonical, structured] = headers.each_ref().map(|headers| {
        let read = read(headers.as_ref().unwrap()).unwrap().unwrap();
        (read.text.clone().into_owned(), read.parts, read.parameters.clone(), read.signature)
    });
    assert_eq!(canonical, structured);
    assert_eq!(canonical.0, INPUT.split_once('=').unwrap().1);
    assert_eq!(canonical.3, [0, 1, 2]);
}

#[test]
fn second_member_is_too_large() {
    for (input, signature) in [
        (format!("{INPUT}, b=()"), "hetu=:AAEC:"),
        (format!("b=(), {INPUT}"), "hetu=:AAEC:"),
        (format!("{INPUT}, hetu=()"), "hetu=:AAEC:"),
        (INPUT.to_owned(), "hetu=:AAEC:, b=:AAEC:"),
        (INPUT.to_owned(), "hetu=:AAEC:, hetu=:AAEC:"),
    ] {
        let headers = headers(&input, signature).unwrap();
        assert_eq!(read(&headers).err(), Some(FieldsError::TooLarge), "{input} {signature}");
    }
}

#[test]
fn second_member_in_another_line_is_too_large() {
    let mut headers = headers(INPUT, "hetu=:AAEC:").unwrap();
    headers.append(fields::SIGNATURE_INPUT, "b=()".parse().unwrap());
    assert_eq!(read(&headers).err(), Some(FieldsError::TooLarge));
}

#[test]
fn component_outside_of_the_closed_set_is_malformed() {
    for component in [
        "\"@target-uri\"",
        "\"@request-target\"",
        "\"@query-param\";name=\"a\"",
        "\"x\";key=\"a\"",
        "\"x\";bs",
        "\"content-digest\";sf",
        "\"content-digest\";req",
        "\"content-digest\";req;sf",
        "\"@path\";tr",
        "\"@status\"",
        "\"host\"",
        "\"date\"",
        "\"@method\"",
        "1",
        "token",
    ] {
        for first in ["(", "( "] {
            let input = INPUT.replacen('(', &format!("{first}{component} "), 1);
            let headers = headers(&input, "hetu=:AAEC:").unwrap();
            let outcome = read(&headers).unwrap().err();
            assert_eq!(outcome, Some(MemberError::Malformed), "{input}");
        }
    }
}

/// Returns the base by the general library, and the one by this module.
fn bases(headers: &HeaderMap, input: &str) -> [Option<Vec<u8>>; 2] {
    let authority = Authority::parse("Miner.example:80", Scheme::Http).unwrap();
    let uri = Uri::from_static("/a%20b?c");
    let view = RequestView {
        method: &Method::POST,
        scheme: Scheme::Http,
        authority: &authority,
        uri: &uri,
        headers,
    };
    let message = Message::Request(view);
    let general = SignatureInput::parse(input.split_once('=').unwrap().1).ok();
    let general = general.and_then(|input| signature_base(&input, &message).ok());
    let member = read(headers).ok().and_then(Result::ok);
    let own = member.and_then(|member| {
        Base::new(message, &member.parts, &member.text).ok().map(Base::to_bytes)
    });
    [general.map(String::into_bytes), own]
}

#[test]
fn base_of_a_message_is_that_of_the_general_library() {
    for input in [INPUT.to_owned(), spaced(INPUT)] {
        let headers = headers(&input, "hetu=:AAEC:").unwrap();
        let [general, own] = bases(&headers, &input);
        assert_eq!(own, general);
        let text = String::from_utf8(own.unwrap()).unwrap();
        assert!(text.contains("\"content-type\": application/json, b\n"), "{text}");
    }
}

#[test]
fn measured_length_is_that_of_the_written_base() {
    let headers = headers(INPUT, "hetu=:AAEC:").unwrap();
    let member = read(&headers).unwrap().unwrap();
    let authority = Authority::parse("miner.example", Scheme::Http).unwrap();
    let uri = Uri::from_static("/a?b");
    let view = RequestView {
        method: &Method::POST,
        scheme: Scheme::Http,
        authority: &authority,
        uri: &uri,
        headers: &headers,
    };
    let base = Base::new(Message::Request(view), &member.parts, &member.text).unwrap();
    let text = base.to_bytes();
    assert_eq!(base.len(), text.len());
    let mut work = WorkCount::default();
    let hash = base.personal_message_hash(&mut work);
    assert_eq!(hash, hetu_chain::identity::personal_message_hash(&text));
    assert_eq!(work.bytes_hashed, text.len());
}

#[test]
fn base_over_the_limit_is_not_hashed() {
    let mut headers = headers(INPUT, "hetu=:AAEC:").unwrap();
    let long = "x".repeat(crate::limits::BASE_BYTES);
    headers.insert(http::header::CONTENT_TYPE, long.parse().unwrap());
    let member = read(&headers).unwrap().unwrap();
    let authority = Authority::parse("miner.example", Scheme::Http).unwrap();
    let uri = Uri::from_static("/a?b");
    let view = RequestView {
        method: &Method::POST,
        scheme: Scheme::Http,
        authority: &authority,
        uri: &uri,
        headers: &headers,
    };
    let base = Base::new(Message::Request(view), &member.parts, &member.text);
    assert_eq!(base.err(), Some(UnusableBase::TooLong));
}

proptest! {
    /// Asserts that the general library reads the same from every field that the canonical reader
    /// accepts.
    #[test]
    fn accepted_input_has_the_base_of_the_general_library(
        input in prop_oneof![
            "[a-c]=\\((\"(@method|@query|content-type|date|@path)\"(;req)?( )?){0,4}\\)(;[a-c](=([0-9]{1,3}|\"[ -~]{0,4}\"))?){0,3}(, [a-c]=\\(\\))?",
            "[a-c]=[ -~]{0,40}",
        ],
    ) {
        let label = &input[..1];
        let Some(headers) = headers(&input, &format!("{label}=:AAEC:")) else { return Ok(()) };
        let [general, own] = bases(&headers, &input);
        if own.is_some() {
            prop_assert_eq!(own, general);
        }
    }

    #[test]
    fn changed_character_is_read_as_by_the_general_library(
        place in 5..INPUT.len(),
        character in any::<char>(),
    ) {
        let input = format!("{}{character}{}", &INPUT[..place], &INPUT[place + 1..]);
        let Some(headers) = headers(&input, "hetu=:AAEC:") else { return Ok(()) };
        let [general, own] = bases(&headers, &input);
        if own.is_some() {
            prop_assert_eq!(own, general);
        }
    }

    #[test]
    fn drafted_signature_is_read_as_it_was_written(nonce in "[ -~]{0,40}", created in 0_u64..1 << 40) {
        let parts: PartList = [Part::Method, Part::Path, Part::ContentDigest].into_iter().collect();
        let draft = SignatureDraft::new(parts)
            .with_integer("created", created)
            .with_string("nonce", &nonce)
            .with_string("tag", "erc8128");
        let mut made = headers(INPUT, "hetu=:AAEC:").unwrap();
        draft.finish(&[1, 2, 3], &mut made);
        let member = read(&made).unwrap().unwrap();
        prop_assert_eq!(member.parts, parts);
        prop_assert!(member.parameters.nonce.is(&nonce));
        prop_assert_eq!(member.parameters.created.unix_time(), Some(created));
        prop_assert_eq!(member.signature, [1, 2, 3]);
    }
}
