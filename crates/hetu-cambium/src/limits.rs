//! Sizes that are checked before any cryptography (ERC-8128, section 3.5).

/// Bytes of a combined `Signature-Input`, `Signature` or `Content-Digest` field.
pub(crate) const FIELD_BYTES: usize = 16 * 1024;

/// Bytes of one decoded signature.
pub(crate) const SIGNATURE_BYTES: usize = 8 * 1024;

/// Signatures with the wanted tag that one message may carry.
pub(crate) const CANDIDATES: usize = 8;

/// Covered components of one signature.
pub(crate) const COMPONENTS: usize = 32;

/// Parameters of one signature.
pub(crate) const PARAMETERS: usize = 16;

/// Characters of a nonce.
pub(crate) const NONCE_BYTES: usize = 128;
