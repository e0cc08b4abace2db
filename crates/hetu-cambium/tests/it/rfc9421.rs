//! The signature bases of RFC 9421.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hetu_cambium::rfc9421::{
    Component, Message, RequestView, SignatureInput, StructuredType, signature_base,
};
use hetu_cambium::{Authority, BaseError, Scheme};
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

/// The fields of section 2.1. Line folding is undone before fields are parsed here.
const FIELDS: [(&str, &[u8]); 4] = [
    ("cache-control", b"max-age=60"),
    ("cache-control", b"   must-revalidate"),
    ("example-dict", b"  a=1,    b=2;x=1;y=2,   c=(a   b   c), d"),
    ("content-digest", b"sha-256=:AAAA:;x,   other=( 1  2 )"),
];

#[test]
fn fields_are_covered_by_member_and_byte_by_byte() {
    let value = |identifier: &str| {
        let base = base_of(&format!("({identifier})"), &FIELDS)?;
        let (line, _) = base.split_once('\n').unwrap();
        Ok(line.strip_prefix(&format!("{identifier}: ")).unwrap().to_owned())
    };
    for (identifier, expected) in [
        ("\"cache-control\"", "max-age=60, must-revalidate"),
        ("\"example-dict\"", "a=1,    b=2;x=1;y=2,   c=(a   b   c), d"),
        ("\"example-dict\";key=\"a\"", "1"),
        ("\"example-dict\";key=\"d\"", "?1"),
        ("\"example-dict\";key=\"b\"", "2;x=1;y=2"),
        ("\"example-dict\";key=\"c\"", "(a b c)"),
        ("\"cache-control\";bs", ":bWF4LWFnZT02MA==:, :bXVzdC1yZXZhbGlkYXRl:"),
        ("\"content-digest\";sf", "sha-256=:AAAA:;x, other=(1 2)"),
    ] {
        assert_eq!(value(identifier), Ok(expected.to_owned()), "{identifier}");
    }
    for (identifier, error) in [
        ("\"example-dict\";key=\"e\"", BaseError::MissingField),
        ("\"example-dict\";key=\"A\"", BaseError::MissingField),
        ("\"x\";key=\"a\"", BaseError::MissingField),
        ("\"x\";bs", BaseError::MissingField),
        ("\"priority\";sf", BaseError::MissingField),
    ] {
        assert_eq!(value(identifier), Err(error), "{identifier}");
    }
    let broken = [("priority", &b"u=1,,"[..])];
    assert_eq!(base_of("(\"priority\";sf)", &broken), Err(BaseError::NotStructured));
}

#[test]
fn a_field_whose_type_the_application_knows_is_written_strictly() {
    let mut headers = HeaderMap::new();
    for (name, value) in FIELDS {
        headers.append(name, http::HeaderValue::from_bytes(value).unwrap());
    }
    let name = HeaderName::from_static("example-dict");
    let component = Component::structured(name, StructuredType::Dictionary);
    let authority = Authority::parse("example.com", Scheme::Http).unwrap();
    let request = RequestView {
        method: &Method::GET,
        scheme: Scheme::Http,
        authority: &authority,
        uri: &Uri::from_static("/"),
        headers: &headers,
    };
    let base = signature_base(&SignatureInput::new([component]), &Message::Request(request));
    let expected = "\"example-dict\";sf: a=1, b=2;x=1;y=2, c=(a b c), d\n";
    assert!(base.unwrap().starts_with(expected));
}

#[test]
fn targets_and_parameters_of_queries_are_covered() {
    let authority = Authority::parse("www.example.com", Scheme::Https).unwrap();
    let value = |target: &'static str, identifier: &str| {
        let request = RequestView {
            method: &Method::POST,
            scheme: Scheme::Https,
            authority: &authority,
            uri: &Uri::from_static(target),
            headers: &HeaderMap::new(),
        };
        let input = SignatureInput::parse(&format!("({identifier})")).unwrap();
        let base = signature_base(&input, &Message::Request(request))?;
        let (line, _) = base.split_once('\n').unwrap();
        Ok(line.strip_prefix(&format!("{identifier}: ")).unwrap().to_owned())
    };
    // The expected values are from sections 2.2.2, 2.2.5 and 2.2.8.
    let plain = "/path?param=value&foo=bar&baz=batman&qux=";
    let odd = "/parameters?var=this%20is%20a%20big%0Amultiline%20value&\
        bar=with+plus+whitespace&fa%C3%A7ade%22%3A%20=something";
    for (target, identifier, expected) in [
        ("/path?param=value", "\"@target-uri\"", "https://www.example.com/path?param=value"),
        ("/path?param=value", "\"@request-target\"", "/path?param=value"),
        (plain, "\"@query-param\";name=\"baz\"", "batman"),
        (plain, "\"@query-param\";name=\"qux\"", ""),
        (plain, "\"@query-param\";name=\"param\"", "value"),
        (odd, "\"@query-param\";name=\"var\"", "this%20is%20a%20big%0Amultiline%20value"),
        (odd, "\"@query-param\";name=\"bar\"", "with%20plus%20whitespace"),
        (odd, "\"@query-param\";name=\"fa%C3%A7ade%22%3A%20\"", "something"),
    ] {
        assert_eq!(value(target, identifier), Ok(expected.to_owned()), "{identifier}");
    }
    let absent = value(plain, "\"@query-param\";name=\"none\"");
    assert_eq!(absent, Err(BaseError::MissingField));
    let repeated = value("/?a=1&a=2", "\"@query-param\";name=\"a\"");
    assert_eq!(repeated, Err(BaseError::RepeatedParameter));
}

fn recorded_base(name: &str) -> String {
    let vectors: Vectors =
        serde_json::from_str(include_str!("../../vectors/rfc9421.json")).unwrap();
    vectors.bases.into_iter().find(|vector| vector.name == name).unwrap().base
}

#[test]
fn the_ed25519_signature_of_the_rfc_is_over_our_base() {
    use ed25519_dalek::{Signer, SigningKey, Verifier};

    let base = recorded_base("B.2.6, ed25519");
    let seed = URL_SAFE_NO_PAD.decode("n4Ni-HpISpVObnQMW0wOhCKROaIKqKtW_2ZYb2p9KcU").unwrap();
    let key = SigningKey::from_bytes(&seed.try_into().unwrap());
    let public = URL_SAFE_NO_PAD.encode(key.verifying_key().as_bytes());
    assert_eq!(public, "JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs");
    let signature = key.sign(base.as_bytes());
    assert_eq!(
        STANDARD.encode(signature.to_bytes()),
        "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw=="
    );
    assert!(key.verifying_key().verify(base.replace("foo", "fou").as_bytes(), &signature).is_err());
}

#[test]
fn the_p256_signatures_of_the_rfc_are_over_our_bases() {
    use p256::EncodedPoint;
    use p256::ecdsa::signature::Verifier;
    use p256::ecdsa::{Signature, VerifyingKey};

    let coordinate = |text| URL_SAFE_NO_PAD.decode(text).unwrap();
    let point = EncodedPoint::from_affine_coordinates(
        coordinate("qIVYZVLCrPZHGHjP17CTW0_-D9Lfw0EkjqF7xB4FivA")[..].into(),
        coordinate("Mc4nN9LTDOBhfoUeg8Ye9WedFRhnZXZJA12Qp0zZ6F0")[..].into(),
        false,
    );
    let key = VerifyingKey::from_encoded_point(&point).unwrap();
    for (name, signature) in [
        (
            "B.2.4, a response",
            "wNmSUAhwb5LxtOtOpNa6W5xj067m5hFrj0XQ4fvpaCLx0NKocgPquLgyahnzDnDAUy5eCdlYUEkLIj+\
             32oiasw==",
        ),
        (
            "2.4, a response bound to its request",
            "dMT/A/76ehrdBTD/2Xx8QuKV6FoyzEP/I9hdzKN8LQJLNgzU4W767HK05rx1i8meNQQgQPgQp8wq2ive3\
             tV5Ag==",
        ),
        (
            "2.4, a response bound to more of its request",
            "C73J41GVKc+TYXbSobvZf0CmNcptRiWN+NY1Or0A36ISg6ymdRN6ZgR2QfrtopFNzqAyv+CeWrMsNbcV2\
             Ojsgg==",
        ),
    ] {
        let base = recorded_base(name);
        let signature = Signature::from_slice(&STANDARD.decode(signature).unwrap()).unwrap();
        assert!(key.verify(base.as_bytes(), &signature).is_ok(), "{name}");
        assert!(key.verify(&base.as_bytes()[1..], &signature).is_err(), "{name}");
    }
}
