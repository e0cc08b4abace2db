//! Parsed values of fields, and the signature base.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hetu_cambium::rfc9421::{
    Component, Message as Signed, RequestView, SignatureInput, signature_base,
};
use hetu_cambium::{
    AccountId, Authority, Codec, Nonce, Scheme, SessionId, content_digest, fields,
    verify_content_digest,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use crate::message::{Message, split};
use crate::peers::authority;
use crate::signature_fields::check_input;

/// Runs the target. The first line is the list of covered components, the rest is a request.
pub fn run(text: &[u8]) {
    let (input, rest) = split(text, b'\n');
    let message = Message::of(rest);
    let headers = message.headers(&[]);
    check_digests(&headers, message.content);
    for value in headers.values().filter_map(|value| value.to_str().ok()) {
        check_names(value);
    }
    let _ = Codec::of_content(&headers);
    if let Ok(codec) = Codec::of_reply(&headers, Codec::Bincode) {
        assert!(Codec::ALL.contains(&codec));
    }

    let input = std::str::from_utf8(input).ok().and_then(check_input);
    let (Some(input), Some(parts)) = (input, message.request(&[])) else { return };
    let authority = authority();
    let request = RequestView {
        method: &parts.method,
        scheme: Scheme::Http,
        authority: &authority,
        uri: &parts.uri,
        headers: &parts.headers,
    };
    let status = StatusCode::OK;
    for signed in [Signed::Request(request), Signed::Reply { status, headers: &headers, request }] {
        check_base(&input, &signed, &headers);
    }
}

/// Verifies that every component has one line, and that no received value adds another.
fn check_base(input: &SignatureInput, signed: &Signed<'_>, headers: &HeaderMap) {
    let Ok(base) = signature_base(input, signed) else { return };
    let lines: Vec<_> = base.split('\n').collect();
    assert_eq!(lines.len(), input.components().len() + 1, "{base}");
    assert!(base.bytes().all(|byte| byte.is_ascii() && (byte >= b' ' || b"\t\n".contains(&byte))));
    for (component, line) in input.components().iter().zip(&lines) {
        let value = line.strip_prefix(&format!("{component}: "));
        let value = value.unwrap_or_else(|| panic!("{line} is not that of {component}"));
        assert!(input.covers(component));
        check_value(component, value, headers);
    }
    assert_eq!(lines.last(), Some(&&*format!("\"@signature-params\": {input}")));
}

/// Verifies that a field value, sent again in the form of the base, has the same line.
fn check_value(component: &Component, value: &str, headers: &HeaderMap) {
    let identifier = component.to_string();
    let Some((name, parameters)) = identifier[1..].split_once('"') else { unreachable!() };
    let Ok(name) = name.parse::<HeaderName>() else { return };
    let parameters = parameters.replace(";req", "");
    if parameters == ";bs" {
        let lines: Vec<_> = value.split(", ").collect();
        assert_eq!(lines.len(), headers.get_all(&name).iter().count());
        for (line, sent) in lines.iter().zip(headers.get_all(&name)) {
            let bytes = line.strip_prefix(':').and_then(|line| line.strip_suffix(':'));
            assert_eq!(STANDARD.decode(bytes.unwrap()).unwrap(), sent.as_bytes().trim_ascii());
        }
        return;
    }
    if value != value.trim_matches([' ', '\t']) {
        // An empty first or last line leaves a space that a single line would lose.
        return;
    }
    let sent = match parameters.strip_prefix(";key=\"") {
        Some(key) => format!("{}={value}", key.trim_end_matches('"')),
        None => value.to_owned(),
    };
    let again = HeaderMap::from_iter([(name, HeaderValue::try_from(sent).unwrap())]);
    let authority = authority();
    let uri = http::Uri::from_static("/");
    let view = RequestView {
        method: &http::Method::POST,
        scheme: Scheme::Http,
        authority: &authority,
        uri: &uri,
        headers: &again,
    };
    let input = SignatureInput::new([component.clone()]);
    // A component of the request is looked up in the request, regardless of its previous source.
    let signed = match identifier.contains(";req") {
        true => Signed::Reply { status: StatusCode::OK, headers: &again, request: view },
        false => Signed::Request(view),
    };
    let base = signature_base(&input, &signed).unwrap();
    assert_eq!(base.split('\n').next(), Some(&*format!("{component}: {value}")));
}

/// Verifies that a valid digest is that of this content and of no other.
fn check_digests(headers: &HeaderMap, content: &[u8]) {
    let longer = [content, b"."].concat();
    if verify_content_digest(headers, content).is_ok() {
        assert!(verify_content_digest(headers, &longer).is_err());
        let mut lines = headers.get_all(fields::CONTENT_DIGEST).iter();
        assert!(lines.any(|line| line.as_bytes().windows(8).any(|name| name.starts_with(b"sha-"))));
    }
    let made = HeaderMap::from_iter([(fields::CONTENT_DIGEST, content_digest(content))]);
    assert_eq!(verify_content_digest(&made, content), Ok(()));
    assert!(verify_content_digest(&made, &longer).is_err());
}

/// Verifies that each name has one written form.
fn check_names(text: &str) {
    if let Ok(account) = text.parse::<AccountId>() {
        assert_eq!(account.to_string(), text);
    }
    if let Ok(id) = text.parse::<SessionId>() {
        assert_eq!(id.to_string(), text);
    }
    if let Some(nonce) = Nonce::parse(text) {
        assert!(nonce.as_str() == text && text.len() <= 128);
        assert!(text.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
    }
    for scheme in [Scheme::Http, Scheme::Https] {
        let Ok(authority) = Authority::parse(text, scheme) else { continue };
        let written = authority.as_str();
        assert_eq!(Authority::parse(written, scheme).as_ref(), Ok(&authority), "{text}");
        assert!(!written.bytes().any(|byte| byte.is_ascii_uppercase() || b"@/?# ".contains(&byte)));
        // A host is followed by the end, or by a colon and digits.
        let port = text.get(text.rfind(']').unwrap_or(0)..).and_then(|end| end.split_once(':'));
        let digits = port.map_or("", |(_, port)| port);
        assert!(digits.bytes().all(|byte| byte.is_ascii_digit()), "{text} is {written}");
    }
}
