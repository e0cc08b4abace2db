//! Reading and creating certificates with their keys.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use hetu_cambium::CertificateFingerprint;
use hetu_chain::durable_file;
use hetu_chain::text::ForeignError;
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};
use tokio_rustls::rustls::crypto::CryptoProvider;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::sign::CertifiedKey;
use zeroize::Zeroizing;

use super::TlsError;
use super::settings::{CertificateSource, TlsSettings};

/// Maximum size of the file in bytes. A certificate chain is much shorter.
const LONGEST: u64 = 256 * 1024;
/// The byte order mark that some editors write before UTF-8 text.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// The file of a self-signed certificate and its key.
const OWN_FILE: &str = "tls.pem";

/// A usable certificate.
#[derive(Clone, Debug)]
pub(super) struct Certificate {
    pub(super) key: Arc<CertifiedKey>,
    pub(super) fingerprint: CertificateFingerprint,
}

impl Certificate {
    /// Returns `true` if the key and the whole certificate chain are the same, so that peers notice
    /// no difference.
    pub(super) fn is_same_as(&self, other: &Self) -> bool {
        let (this, other) = (&self.key, &other.key);
        this.cert == other.cert && this.key.public_key() == other.key.public_key()
    }

    /// Loads the certificate, or creates a missing self-signed one for `name`. Blocks on disk
    /// access.
    pub(super) fn load(
        settings: &TlsSettings,
        name: &str,
        provider: &CryptoProvider,
    ) -> Result<Self, TlsError> {
        match &settings.0 {
            CertificateSource::Files { certificates, key } => {
                Self::read(certificates, key, provider)
            }
            CertificateSource::SelfSigned { folder } => {
                let path = folder.join(OWN_FILE);
                if !path.exists() {
                    make(folder, &path, name)?;
                }
                Self::read(&path, &path, provider)
            }
        }
    }

    fn read(chain: &Path, key: &Path, provider: &CryptoProvider) -> Result<Self, TlsError> {
        let text = read_bounded(chain)?;
        let certificates = CertificateDer::pem_slice_iter(&text).collect::<Result<Vec<_>, _>>();
        let certificates = certificates.ok().filter(|found| !found.is_empty());
        let certificates = certificates.ok_or_else(|| malformed(chain, "a certificate"))?;
        let fingerprint = CertificateFingerprint::of_der(&certificates[0]);
        let key = PrivateKeyDer::from_pem_slice(&read_bounded(key)?)
            .map_err(|_| malformed(key, "a private key"))?;
        let key = CertifiedKey::from_der(certificates, key, provider)
            .map_err(|error| TlsError::Unusable { reason: ForeignError::new(error) })?;
        Ok(Self { key: Arc::new(key), fingerprint })
    }
}

fn make(folder: &Path, path: &Path, name: &str) -> Result<(), TlsError> {
    let not_made = |error: rcgen::Error| TlsError::NotMade {
        name: name.to_owned(),
        reason: ForeignError::new(error),
    };
    let mut parameters = CertificateParams::new([name.to_owned()]).map_err(not_made)?;
    parameters.distinguished_name = DistinguishedName::new();
    parameters.distinguished_name.push(DnType::CommonName, "hetu xylem");
    let key = KeyPair::generate().map_err(not_made)?;
    let certificate = parameters.self_signed(&key).map_err(not_made)?;
    let (shown, secret) = (certificate.pem(), Zeroizing::new(key.serialize_pem()));
    // The full capacity is allocated first, because a growing string leaves copies of the key in
    // memory.
    let mut text = Zeroizing::new(String::with_capacity(shown.len() + secret.len()));
    text.push_str(&shown);
    text.push_str(&secret);
    write_private(folder, path, &text)
        .map_err(|source| TlsError::Unwritable { path: path.to_owned(), source })
}

/// Writes the file atomically, readable only by its owner from the start. If another process was
/// faster, its file stays.
fn write_private(folder: &Path, path: &Path, text: &str) -> io::Result<()> {
    durable_file::create_private_folder(folder)?;
    match durable_file::create(path, text.as_bytes()) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        written => written,
    }
}

/// Reads a file that may hold a key, into memory that is cleared when it is dropped.
fn read_bounded(path: &Path) -> Result<Zeroizing<Vec<u8>>, TlsError> {
    let unreadable = |source| TlsError::Unreadable { path: path.to_owned(), source };
    // To open a pipe would wait for its writer, so the file type is checked first.
    if !fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(malformed(path, "anything"));
    }
    let file = File::open(path).map_err(unreadable)?;
    let length = file.metadata().map_err(unreadable)?.len().min(LONGEST) as usize;
    // The full capacity is allocated first, because a growing buffer leaves copies of the key in
    // memory. A read to the end needs slightly more than the size of the file.
    let mut content = Zeroizing::new(Vec::with_capacity(length + 64));
    file.take(LONGEST + 1).read_to_end(&mut content).map_err(unreadable)?;
    if content.len() as u64 > LONGEST {
        return Err(malformed(path, "a certificate or key of usual length"));
    }
    // The PEM parser recognizes a mark only at the start of a line. Comments need not be UTF-8.
    if content.starts_with(BYTE_ORDER_MARK) {
        content.drain(..BYTE_ORDER_MARK.len());
    }
    Ok(content)
}

fn malformed(path: &Path, expected: &'static str) -> TlsError {
    TlsError::Malformed { path: path.to_owned(), expected }
}
