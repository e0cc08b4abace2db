//! Size limits that are checked before any cryptography (ERC-8128, section 3.5).

use http::HeaderMap;

/// Maximum bytes of a combined `Signature-Input`, `Signature` or `Content-Digest` field.
pub(crate) const FIELD_BYTES: usize = 16 * 1024;

/// Maximum bytes of one decoded signature.
pub(crate) const SIGNATURE_BYTES: usize = 8 * 1024;

/// Maximum number of covered components of one signature. The closed set has fewer, so a longer
/// list is refused without reading it.
pub(crate) const COMPONENTS: usize = 32;

/// Maximum number of parameters of one signature.
pub(crate) const PARAMETERS: usize = 16;

/// Maximum characters of a nonce.
pub(crate) const NONCE_BYTES: usize = 128;

/// Maximum bytes of a signature base that are hashed.
pub(crate) const BASE_BYTES: usize = 64 * 1024;

/// The maximum size of the head of a message.
///
/// HTTP libraries have their own limits, which differ between versions of HTTP. This one counts the
/// decoded fields, so that it also bounds a compressed head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeadLimits {
    /// Maximum number of field lines.
    pub(crate) fields: usize,
    /// Maximum bytes in names and values of fields, and in the target.
    pub(crate) bytes: usize,
}

impl Default for HeadLimits {
    /// Returns 100 fields and 64 KiB.
    fn default() -> Self {
        Self { fields: 100, bytes: 64 * 1024 }
    }
}

impl HeadLimits {
    /// Sets the maximum number of field lines.
    #[must_use]
    pub const fn with_fields(mut self, fields: usize) -> Self {
        self.fields = fields;
        self
    }

    /// Sets the maximum number of bytes in names and values of fields, and in the target.
    #[must_use]
    pub const fn with_bytes(mut self, bytes: usize) -> Self {
        self.bytes = bytes;
        self
    }

    /// Returns `true` if a head with these fields and a target of `target_bytes` is within the
    /// limits.
    pub fn admit(&self, headers: &HeaderMap, target_bytes: usize) -> bool {
        if headers.len() > self.fields {
            return false;
        }
        let sizes = headers.iter().map(|(name, value)| name.as_str().len() + value.len());
        let bytes = sizes.fold(target_bytes, usize::saturating_add);
        bytes <= self.bytes
    }
}
