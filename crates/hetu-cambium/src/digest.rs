//! Digests of the content (RFC 9530).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderValue};
use sfv::{Dictionary, KeyRef, ListEntry, Parser};
use sha2::{Digest, Sha256, Sha512};

use crate::{WorkCount, fields, limits};

const SHA_256: &KeyRef = sfv::key_ref("sha-256");
const SHA_512: &KeyRef = sfv::key_ref("sha-512");

/// Returns the `Content-Digest` of `content`, by SHA-256.
pub fn content_digest(content: &[u8]) -> HeaderValue {
    let text = format!("sha-256=:{}:", STANDARD.encode(Sha256::digest(content)));
    #[expect(clippy::expect_used, reason = "base64 is visible ASCII")]
    HeaderValue::try_from(text).expect("a field value")
}

/// Checks the `Content-Digest` in `headers` against the content as it was received.
///
/// Every SHA-256 and SHA-512 digest in the field must match, and there must be at least one. Other
/// algorithms are ignored (ERC-8128, section 3.1.3).
///
/// # Errors
/// [`InvalidContentDigest`] names the fault.
pub fn verify_content_digest(
    headers: &HeaderMap,
    content: &[u8],
) -> Result<(), InvalidContentDigest> {
    verify_counted(headers, content, &mut WorkCount::default())
}

/// Checks the same as [`verify_content_digest`]. The field is parsed before the content is hashed,
/// at most once by each algorithm.
pub(crate) fn verify_counted(
    headers: &HeaderMap,
    content: &[u8],
    work: &mut WorkCount,
) -> Result<(), InvalidContentDigest> {
    let mut lines = headers.get_all(fields::CONTENT_DIGEST).iter();
    if let (Some(line), None) = (lines.next(), lines.next())
        && let Some(digest) = canonical_digest(line.as_bytes())
    {
        work.bytes_parsed += line.len();
        work.bytes_hashed += content.len();
        let is_equal = Sha256::digest(content)[..] == digest;
        return if is_equal { Ok(()) } else { Err(InvalidContentDigest::Mismatch) };
    }
    verify_any_digest(headers, content, work)
}

/// Returns the digest of a field in the form that almost all clients write.
fn canonical_digest(line: &[u8]) -> Option<[u8; 32]> {
    let encoded = line.strip_prefix(b"sha-256=:")?.strip_suffix(b":")?;
    let mut digest = [0; 32];
    // Decoding into a slice needs room for the padding too.
    let mut room = [0; 33];
    let is_whole = encoded.len() == 44 && STANDARD.decode_slice(encoded, &mut room) == Ok(32);
    digest.copy_from_slice(&room[..32]);
    is_whole.then_some(digest)
}

/// Checks digests in any form, and more than one.
fn verify_any_digest(
    headers: &HeaderMap,
    content: &[u8],
    work: &mut WorkCount,
) -> Result<(), InvalidContentDigest> {
    let dictionary = parse(headers, work)?;
    let mut is_supported = false;
    let mut check = |name: &KeyRef, digest: &dyn Fn() -> Vec<u8>| {
        let Some(entry) = dictionary.get(name) else { return Ok(()) };
        is_supported = true;
        let ListEntry::Item(item) = entry else {
            return Err(InvalidContentDigest::Malformed);
        };
        work.bytes_hashed += content.len();
        if item.bare_item.as_byte_sequence() == Some(&digest()[..]) {
            Ok(())
        } else {
            Err(InvalidContentDigest::Mismatch)
        }
    };
    check(SHA_256, &|| Sha256::digest(content).to_vec())?;
    check(SHA_512, &|| Sha512::digest(content).to_vec())?;
    if is_supported { Ok(()) } else { Err(InvalidContentDigest::Unsupported) }
}

fn parse(headers: &HeaderMap, work: &mut WorkCount) -> Result<Dictionary, InvalidContentDigest> {
    let lines = headers.get_all(fields::CONTENT_DIGEST);
    let mut lines = lines.iter().peekable();
    if lines.peek().is_none() {
        return Err(InvalidContentDigest::Missing);
    }
    let mut dictionary = Dictionary::new();
    let mut length = 0;
    for line in lines {
        // Lines are joined by a comma and a space.
        length += line.len() + 2;
        if length > limits::FIELD_BYTES {
            return Err(InvalidContentDigest::Malformed);
        }
        work.bytes_parsed += line.len();
        dictionary = Parser::new(line.as_bytes())
            .parse_dictionary_with_visitor(dictionary)
            .map_err(|_| InvalidContentDigest::Malformed)?;
    }
    Ok(dictionary)
}

/// A reason why a `Content-Digest` does not prove the content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidContentDigest {
    /// A missing field.
    #[error("the content has no digest")]
    Missing,
    /// A field that is not a dictionary of byte sequences.
    #[error("the content digest cannot be read")]
    Malformed,
    /// A field without a digest by SHA-256 or SHA-512.
    #[error("the content digest is by an unknown algorithm: sha-256 or sha-512 is expected")]
    Unsupported,
    /// A digest that does not match the content.
    #[error("the content does not match its digest")]
    Mismatch,
}
