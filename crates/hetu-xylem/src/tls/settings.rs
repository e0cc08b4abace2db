//! The source of the certificate.

use std::path::PathBuf;

/// The certificate of a miner that serves over TLS.
///
/// Its SHA-256 fingerprint is in the discovery document, which the miner signs on request. Callers
/// that verify the signature need no certificate authority. The miner reloads certificates of both
/// kinds every minute, and uses a changed certificate if it is valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsSettings(pub(super) CertificateSource);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum CertificateSource {
    Files { certificates: PathBuf, key: PathBuf },
    SelfSigned { folder: PathBuf },
}

impl TlsSettings {
    /// Uses PEM files as written by certificate authorities and their clients: the certificate of
    /// the miner followed by its intermediate certificates, and its private key (PKCS#8, PKCS#1 or
    /// SEC 1).
    pub fn files(certificates: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        Self(CertificateSource::Files { certificates: certificates.into(), key: key.into() })
    }

    /// Uses a self-signed certificate. The miner creates it at its first start and keeps it in
    /// `folder`, so that it is the same after a restart. Its file is `tls.pem`, readable only by
    /// its owner.
    ///
    /// Callers accept it because its fingerprint is in the signed discovery document.
    pub fn self_signed(folder: impl Into<PathBuf>) -> Self {
        Self(CertificateSource::SelfSigned { folder: folder.into() })
    }
}
