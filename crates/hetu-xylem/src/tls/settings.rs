//! Where the certificate comes from.

use std::path::PathBuf;

/// The certificate that a miner shows when it is called over TLS.
///
/// Its SHA-256 fingerprint is in the discovery document, which the miner signs for those who ask
/// it to: they need no authority that issued the certificate. Both kinds are read anew every
/// minute, and shown from then on if they are different and can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsSettings(pub(super) CertificateSource);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum CertificateSource {
    Files { certificates: PathBuf, key: PathBuf },
    SelfSigned { folder: PathBuf },
}

impl TlsSettings {
    /// Files in PEM, as certificate authorities and their clients write them: the certificate of
    /// the miner with those that lead to its issuer behind it, and its private key (PKCS#8, PKCS#1
    /// or SEC 1).
    pub fn files(certificates: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        Self(CertificateSource::Files { certificates: certificates.into(), key: key.into() })
    }

    /// A certificate that the miner makes for itself at its first start and keeps in `folder`, so
    /// that it is the same after a restart. Its file is `tls.pem`, readable for its owner alone.
    ///
    /// Callers take it because its fingerprint is in the signed discovery document.
    pub fn self_signed(folder: impl Into<PathBuf>) -> Self {
        Self(CertificateSource::SelfSigned { folder: folder.into() })
    }
}
