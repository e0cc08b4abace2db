//! The signature bases of RFC 9421.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hetu_cambium::{
    Authority, BaseError, Component, Message, RequestView, Scheme, SignatureInput, signature_base,
};
use hmac::{Hmac, Mac};
use http::{HeaderMap, HeaderName, Method, StatusCode, Uri};
use serde::Deserialize;
use sha2::Sha256;

#[derive(Deserialize)]
struct Vectors {
    request: RequestVector,
    bases: Vec<BaseVector>,
}

#[derive(Clone, Deserialize)]
struct RequestVector {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
}

#[derive(Deserialize)]
struct ResponseVector {
    status: u16,
    headers: Vec<(String, String)>,
}

#[derive(Deserialize)]
struct BaseVector {
    name: String,
    request: Option<RequestVector>,
    response: Option<ResponseVector>,
    input: String,
    base: String,
    hmac_key: Option<String>,
    hmac: Option<String>,
}

fn header_map(lines: &[(String, String)]) -> HeaderMap {
    let parse = |(name, value): &(String, String)| {
        (name.parse::<HeaderName>().unwrap(), value.parse().unwrap())
    };
    lines.iter().map(parse).collect()
}

#[test]
fn bases_are_those_of_the_rfc() {
    let vectors: Vectors =
        serde_json::from_str(include_str!("../../vectors/rfc9421.json")).unwrap();
    for vector in vectors.bases {
        let request = vector.request.as_ref().unwrap_or(&vectors.request);
        let (method, uri): (Method, Uri) =
            (request.method.parse().unwrap(), request.target.parse().unwrap());
        let headers = header_map(&request.headers);
        let host = headers["host"].to_str().unwrap();
        let authority = Authority::parse(host, Scheme::Https).unwrap();
        let request = RequestView {
            method: &method,
            scheme: Scheme::Https,
            authority: &authority,
            uri: &uri,
            headers: &headers,
        };
        let response = vector.response.map(|response| {
            (StatusCode::from_u16(response.status).unwrap(), header_map(&response.headers))
        });
        let message = match &response {
            None => Message::Request(request),
            Some((status, headers)) => Message::Reply { status: *status, headers, request },
        };
        let input = SignatureInput::parse(&vector.input).unwrap();
        assert_eq!(signature_base(&input, &message).unwrap(), vector.base, "{}", vector.name);

        if let (Some(key), Some(expected)) = (vector.hmac_key, vector.hmac) {
            let key = STANDARD.decode(key).unwrap();
            let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
            mac.update(vector.base.as_bytes());
            assert_eq!(STANDARD.encode(mac.finalize().into_bytes()), expected);
        }
    }
}

fn base_of(input: &str, lines: &[(&str, &[u8])]) -> Result<String, BaseError> {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        let name: HeaderName = name.parse().unwrap();
        headers.append(name, http::HeaderValue::from_bytes(value).unwrap());
    }
    let authority = Authority::parse("Example.com:80", Scheme::Http).unwrap();
    let request = RequestView {
        method: &Method::GET,
        scheme: Scheme::Http,
        authority: &authority,
        uri: &Uri::from_static("http://ignored.example"),
        headers: &headers,
    };
    signature_base(&SignatureInput::parse(input).unwrap(), &Message::Request(request))
}

#[test]
fn an_empty_path_is_a_slash_and_an_absent_query_a_question_mark() {
    let base = base_of("(\"@scheme\" \"@authority\" \"@path\" \"@query\")", &[]).unwrap();
    let expected = "\"@scheme\": http\n\"@authority\": example.com\n\"@path\": /\n\"@query\": ?\n\
        \"@signature-params\": (\"@scheme\" \"@authority\" \"@path\" \"@query\")";
    assert_eq!(base, expected);
}

#[test]
fn a_base_needs_every_component() {
    assert_eq!(base_of("(\"date\")", &[]), Err(BaseError::MissingField));
    assert_eq!(base_of("(\"@status\")", &[]), Err(BaseError::Inapplicable));
    assert_eq!(base_of("(\"@method\";req)", &[]), Err(BaseError::Inapplicable));
    let latin = [("x-name", &b"caf\xe9"[..])];
    assert_eq!(base_of("(\"x-name\")", &latin), Err(BaseError::NotAscii));
}

#[test]
fn an_input_that_is_built_is_one_that_is_read() {
    let components = [Component::METHOD, Component::STATUS.of_request()];
    let built = SignatureInput::new(components)
        .with_integer("created", 1_700_000_000)
        .with_string("nonce", "a \"quoted\" \\ text");
    assert_eq!(SignatureInput::parse(&built.to_string()), Ok(built));
}
