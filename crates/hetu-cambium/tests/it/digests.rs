//! Digests of RFC 9530.

use hetu_cambium::{InvalidContentDigest, content_digest, verify_content_digest};
use http::HeaderMap;
use serde::Deserialize;

#[derive(Deserialize)]
struct Vectors {
    digests: Vec<Vector>,
}

#[derive(Deserialize)]
struct Vector {
    content: String,
    sha256: String,
    sha512: String,
}

fn verify(lines: &[&str], content: &str) -> Result<(), InvalidContentDigest> {
    let mut headers = HeaderMap::new();
    for line in lines {
        headers.append("content-digest", line.parse().unwrap());
    }
    verify_content_digest(&headers, content.as_bytes())
}

#[test]
fn digests_are_those_of_the_rfc() {
    let vectors: Vectors =
        serde_json::from_str(include_str!("../../vectors/rfc9530.json")).unwrap();
    for Vector { content, sha256, sha512 } in vectors.digests {
        let short = format!("sha-256=:{sha256}:");
        let long = format!("sha-512=:{sha512}:");
        assert_eq!(content_digest(content.as_bytes()), short.as_str());
        for lines in [&[&*short][..], &[&*long], &[&*short, &*long], &["md5=:AAAA:", &*short]] {
            assert_eq!(verify(lines, &content), Ok(()), "{lines:?}");
            let other = format!("{content} ");
            assert_eq!(verify(lines, &other), Err(InvalidContentDigest::Mismatch), "{lines:?}");
        }
    }
}

#[test]
fn every_supported_digest_must_match() {
    let right = content_digest(b"right");
    let right = right.to_str().unwrap();
    let wrong = "sha-512=:AAAA:";
    assert_eq!(verify(&[right], "right"), Ok(()));
    assert_eq!(verify(&[right, wrong], "right"), Err(InvalidContentDigest::Mismatch));
    // The last of two digests by one algorithm counts (RFC 9651, section 4.2.2).
    assert_eq!(verify(&["sha-256=:AAAA:", right], "right"), Ok(()));
    assert_eq!(verify(&[right, "sha-256=:AAAA:"], "right"), Err(InvalidContentDigest::Mismatch));
}

#[test]
fn what_is_no_digest_is_told_apart() {
    assert_eq!(verify(&[], ""), Err(InvalidContentDigest::Missing));
    for line in ["", "md5=:AAAA:", "unixsum=:AAAA:"] {
        assert_eq!(verify(&[line], ""), Err(InvalidContentDigest::Unsupported), "{line}");
    }
    for line in ["%", "sha-256=:A", "sha-256=(a)"] {
        assert_eq!(verify(&[line], ""), Err(InvalidContentDigest::Malformed), "{line}");
    }
    for line in ["sha-256", "sha-256=\"x\"", "sha-256=:AAAA:"] {
        assert_eq!(verify(&[line], ""), Err(InvalidContentDigest::Mismatch), "{line}");
    }
    let endless = format!("x=:{}:", "A".repeat(16 * 1024));
    assert_eq!(verify(&[&endless], ""), Err(InvalidContentDigest::Malformed));
}
