//! Self-signed TLS certificates.

use rcgen::{CertificateParams, KeyPair};

/// A certificate with its private key, in both encodings.
#[derive(Clone, Debug)]
pub struct SelfSigned {
    /// The certificate in PEM.
    pub certificate_pem: String,
    /// The certificate in DER.
    pub certificate_der: Vec<u8>,
    /// The private key in PEM.
    pub key_pem: String,
    /// The private key in DER (PKCS #8).
    pub key_der: Vec<u8>,
}

/// Generates a key and a self-signed certificate for `name`.
///
/// # Panics
///
/// Panics if `name` is not a host or an address.
pub fn self_signed(name: &str) -> SelfSigned {
    let key = KeyPair::generate().unwrap();
    let parameters = CertificateParams::new([name.to_owned()]).unwrap();
    let certificate = parameters.self_signed(&key).unwrap();
    SelfSigned {
        certificate_pem: certificate.pem(),
        certificate_der: certificate.der().to_vec(),
        key_pem: key.serialize_pem(),
        key_der: key.serialize_der(),
    }
}
