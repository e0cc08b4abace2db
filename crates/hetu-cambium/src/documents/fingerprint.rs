//! Fingerprints of certificates.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The SHA-256 digest of the DER certificate that the miner itself presents in a TLS handshake.
/// Written as 64 lower-case hexadecimal digits.
///
/// In a signed discovery document it states that the holder of the miner's key also holds the key
/// of the certificate, independent of the issuer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CertificateFingerprint([u8; 32]);

/// A text that is not a fingerprint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is not the SHA-256 digest of a certificate: 64 lower-case hexadecimal digits")]
pub struct InvalidFingerprint;

impl CertificateFingerprint {
    /// Returns the fingerprint of a certificate in DER.
    pub fn of_der(certificate: &[u8]) -> Self {
        Self(Sha256::digest(certificate).into())
    }

    /// Returns the digest.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl FromStr for CertificateFingerprint {
    type Err = InvalidFingerprint;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut digest = [0; 32];
        if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(InvalidFingerprint);
        }
        hex::decode_to_slice(text, &mut digest).map_err(|_| InvalidFingerprint)?;
        Ok(Self(digest))
    }
}

impl TryFrom<String> for CertificateFingerprint {
    type Error = InvalidFingerprint;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<CertificateFingerprint> for String {
    fn from(fingerprint: CertificateFingerprint) -> Self {
        fingerprint.to_string()
    }
}

impl fmt::Display for CertificateFingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&hex::encode(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_has_one_text() {
        // SHA-256 of the empty string.
        let text = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let fingerprint = CertificateFingerprint::of_der(b"");
        assert_eq!(fingerprint.to_string(), text);
        assert_eq!(text.parse(), Ok(fingerprint));
        let json = format!("\"{text}\"");
        assert_eq!(serde_json::to_string(&fingerprint).unwrap(), json);
        assert_eq!(serde_json::from_str::<CertificateFingerprint>(&json).unwrap(), fingerprint);
        for other in
            [&text.to_uppercase(), &text[2..], "", &format!("0x{text}"), &text.replace('e', "g")]
        {
            assert_eq!(other.parse::<CertificateFingerprint>(), Err(InvalidFingerprint), "{other}");
        }
    }
}
