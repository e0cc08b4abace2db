//! Digests of the content (RFC 9530).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderValue};
use sfv::{Dictionary, ListEntry, Parser};
use sha2::{Digest, Sha256, Sha512};

use crate::{fields, limits};

/// The `Content-Digest` of `content`, by SHA-256.
pub fn content_digest(content: &[u8]) -> HeaderValue {
    let text = format!("sha-256=:{}:", STANDARD.encode(Sha256::digest(content)));
    #[expect(clippy::expect_used, reason = "base64 is visible ASCII")]
    HeaderValue::try_from(text).expect("a field value")
}

/// Checks the `Content-Digest` in `headers` against the content as it was received.
///
/// Every SHA-256 and SHA-512 digest in the field must match and at least one must be there; other
/// algorithms are ignored (ERC-8128, section 3.1.3).
///
/// # Errors
/// [`InvalidContentDigest`] says what is wrong.
pub fn verify_content_digest(
    headers: &HeaderMap,
    content: &[u8],
) -> Result<(), InvalidContentDigest> {
    let mut lines = headers.get_all(fields::CONTENT_DIGEST).iter();
    // Nearly all write it in this form.
    if let (Some(line), None) = (lines.next(), lines.next())
        && *line == content_digest(content)
    {
        return Ok(());
    }
    verify_any_digest(headers, content)
}

/// The same for digests in any form, and more than one.
fn verify_any_digest(headers: &HeaderMap, content: &[u8]) -> Result<(), InvalidContentDigest> {
    let mut dictionary = Dictionary::new();
    let mut length = 0;
    let mut lines = headers.get_all(fields::CONTENT_DIGEST).iter().peekable();
    if lines.peek().is_none() {
        return Err(InvalidContentDigest::Missing);
    }
    for line in lines {
        length += line.len();
        if length > limits::FIELD_BYTES {
            return Err(InvalidContentDigest::Malformed);
        }
        dictionary = Parser::new(line.as_bytes())
            .parse_dictionary_with_visitor(dictionary)
            .map_err(|_| InvalidContentDigest::Malformed)?;
    }

    let mut is_supported = false;
    for (algorithm, entry) in &dictionary {
        let digest = match algorithm.as_str() {
            "sha-256" => Sha256::digest(content).to_vec(),
            "sha-512" => Sha512::digest(content).to_vec(),
            _ => continue,
        };
        is_supported = true;
        let ListEntry::Item(item) = entry else {
            return Err(InvalidContentDigest::Malformed);
        };
        if item.bare_item.as_byte_sequence() != Some(&digest[..]) {
            return Err(InvalidContentDigest::Mismatch);
        }
    }
    if is_supported { Ok(()) } else { Err(InvalidContentDigest::Unsupported) }
}

/// Why a `Content-Digest` does not prove the content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidContentDigest {
    /// The field is absent.
    #[error("the content has no digest")]
    Missing,
    /// The field is not a dictionary of byte sequences.
    #[error("the content digest cannot be read")]
    Malformed,
    /// No digest by SHA-256 or SHA-512 is in the field.
    #[error("the content digest is by an unknown algorithm: sha-256 or sha-512 is expected")]
    Unsupported,
    /// The content is not what the digest was made of.
    #[error("the content does not match its digest")]
    Mismatch,
}
