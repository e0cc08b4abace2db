//! Digests of replies, which find equal ones without comparing all with all.

use hetu_cambium::Codec;
use serde::Serialize;
use sha2::{Digest, Sha256};

/// The digest by which replies are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ReplyDigest {
    pub(super) sha256: [u8; 32],
    /// The length of the hashed reply in bytes, on which the time of a comparison depends.
    pub(super) length: usize,
}

/// Returns the digest of `reply` as it is encoded again, or `None` if it cannot be encoded.
///
/// The digest covers the decoded reply, so that the order of members and white space in the content
/// do not matter. bincode distinguishes values that JSON does not, such as `null` and NaN; JSON is
/// for types that bincode cannot encode.
pub(super) fn digest<Reply: Serialize>(reply: &Reply) -> Option<ReplyDigest> {
    let (codec, content) = [Codec::Bincode, Codec::Json]
        .into_iter()
        .find_map(|codec| Some((codec, codec.encode(reply).ok()?)))?;
    let state = Sha256::new_with_prefix(codec.media_type());
    let sha256 = state.chain_update([0]).chain_update(&content).finalize().into();
    Some(ReplyDigest { sha256, length: content.len() })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn equal_replies_have_equal_digests_and_others_have_others() {
        assert_eq!(digest(&(1.5, "a")), digest(&(1.5, "a")));
        assert_ne!(digest(&(1.5, "a")), digest(&(1.5, "b")));
        assert_ne!(digest(&Some(f64::NAN)), digest(&None::<f64>), "both are null in JSON");
    }

    #[test]
    fn type_that_bincode_cannot_write_has_a_digest_by_json() {
        #[derive(Serialize)]
        struct Flat {
            #[serde(flatten)]
            members: BTreeMap<String, u8>,
        }
        let flat = |value| Flat { members: [("a".to_owned(), value)].into() };
        assert!(digest(&flat(1)).is_some());
        assert_eq!(digest(&flat(1)), digest(&flat(1)));
        assert_ne!(digest(&flat(1)), digest(&flat(2)));
    }
}
