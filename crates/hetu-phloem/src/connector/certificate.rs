//! The rules for certificates of miners.

use std::sync::{Arc, OnceLock};

use hetu_cambium::CertificateFingerprint;
use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};

/// HTTP/2 if the miner speaks it, else HTTP/1.1 (RFC 7301).
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// The rule for the certificates of one miner, once it is known.
///
/// Until then any certificate is accepted if its key made the handshake: the document that names
/// the right one arrives over such a connection, and only the wallet's signature authenticates it.
pub(crate) type CertificateTrust = Arc<OnceLock<TrustAnchor>>;

/// The requirement on a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TrustAnchor {
    /// A certificate that is issued for the host by an authority that browsers trust.
    WebPki,
    /// The certificate that the miner's wallet signed for, with any issuer.
    Pinned(CertificateFingerprint),
}

/// The certificate of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SeenCertificate {
    pub(crate) fingerprint: CertificateFingerprint,
    /// `true` if the certificate satisfies [`TrustAnchor::WebPki`].
    pub(crate) is_of_web_pki: bool,
}

/// A verifier of certificates by the web authorities.
#[derive(Clone, Debug)]
pub(crate) struct WebPki {
    verifier: Arc<WebPkiServerVerifier>,
    provider: Arc<CryptoProvider>,
}

impl WebPki {
    pub(super) fn new() -> Self {
        Self::trusting(RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() })
    }

    fn trusting(roots: RootCertStore) -> Self {
        let provider = Arc::new(ring::default_provider());
        let verifier =
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
        #[expect(clippy::expect_used, reason = "it fails for want of roots alone")]
        let verifier = verifier.build().expect("the roots of the web");
        Self { verifier, provider }
    }

    /// Returns the TLS configuration for a miner with the rule `trust`.
    pub(super) fn client_config(&self, trust: CertificateTrust) -> Arc<ClientConfig> {
        let builder = ClientConfig::builder_with_provider(Arc::clone(&self.provider));
        #[expect(clippy::expect_used, reason = "ring has the suites of TLS 1.2 and 1.3")]
        let builder = builder.with_safe_default_protocol_versions().expect("versions of TLS");
        let verifier = MinerVerifier { web: Arc::clone(&self.verifier), trust };
        let mut config = builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        config.alpn_protocols = PROTOCOLS.iter().map(|protocol| protocol.to_vec()).collect();
        Arc::new(config)
    }

    /// Inspects the `chain` of certificates of a connection to `host`.
    pub(super) fn look_at(
        &self,
        chain: &[CertificateDer<'_>],
        host: &ServerName<'_>,
    ) -> Option<SeenCertificate> {
        let (leaf, intermediates) = chain.split_first()?;
        let judged =
            self.verifier.verify_server_cert(leaf, intermediates, host, &[], UnixTime::now());
        Some(SeenCertificate {
            fingerprint: CertificateFingerprint::of_der(leaf),
            is_of_web_pki: judged.is_ok(),
        })
    }
}

#[derive(Debug)]
struct MinerVerifier {
    web: Arc<WebPkiServerVerifier>,
    trust: CertificateTrust,
}

impl ServerCertVerifier for MinerVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match self.trust.get() {
            None => Ok(ServerCertVerified::assertion()),
            Some(TrustAnchor::WebPki) => self.web.verify_server_cert(
                end_entity,
                intermediates,
                server_name,
                ocsp_response,
                now,
            ),
            Some(TrustAnchor::Pinned(pinned))
                if *pinned == CertificateFingerprint::of_der(end_entity) =>
            {
                Ok(ServerCertVerified::assertion())
            }
            Some(TrustAnchor::Pinned(_)) => {
                Err(CertificateError::ApplicationVerificationFailure.into())
            }
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.web.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.web.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.web.supported_verify_schemes()
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

    use super::*;

    /// Returns a certificate for `host` by an authority, and the roots that hold the authority.
    fn issued(host: &str) -> (CertificateDer<'static>, RootCertStore) {
        let authority_key = KeyPair::generate().unwrap();
        let mut authority = CertificateParams::new(Vec::new()).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root = authority.self_signed(&authority_key).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(root.der().clone()).unwrap();
        let issuer = Issuer::new(authority, authority_key);
        let key = KeyPair::generate().unwrap();
        let leaf = CertificateParams::new(vec![host.to_owned()]).unwrap();
        (leaf.signed_by(&key, &issuer).unwrap().der().clone(), roots)
    }

    fn judge(trust: Option<TrustAnchor>, web: &WebPki, leaf: &CertificateDer<'_>) -> bool {
        let cell = OnceLock::new();
        if let Some(anchor) = trust {
            cell.set(anchor).unwrap();
        }
        let verifier = MinerVerifier { web: Arc::clone(&web.verifier), trust: Arc::new(cell) };
        let host = ServerName::try_from("miner.example").unwrap();
        verifier.verify_server_cert(leaf, &[], &host, &[], UnixTime::now()).is_ok()
    }

    #[test]
    fn an_authority_vouches_for_its_host_alone() {
        let (leaf, roots) = issued("miner.example");
        let (web, host) = (WebPki::trusting(roots), "miner.example".try_into().unwrap());
        let seen = web.look_at(std::slice::from_ref(&leaf), &host).unwrap();
        assert!(seen.is_of_web_pki);
        assert_eq!(seen.fingerprint, CertificateFingerprint::of_der(&leaf));
        let other = "other.example".try_into().unwrap();
        assert!(!web.look_at(std::slice::from_ref(&leaf), &other).unwrap().is_of_web_pki);
        assert!(!WebPki::new().look_at(&[leaf], &host).unwrap().is_of_web_pki);
        assert_eq!(web.look_at(&[], &host), None);
    }

    #[test]
    fn certificates_are_judged_by_what_is_known_of_the_miner() {
        let (leaf, roots) = issued("miner.example");
        let (other, _) = issued("miner.example");
        let web = WebPki::trusting(roots);
        let pinned = TrustAnchor::Pinned(CertificateFingerprint::of_der(&other));
        for (trust, takes_leaf, takes_other) in [
            (None, true, true),
            (Some(TrustAnchor::WebPki), true, false),
            (Some(pinned), false, true),
        ] {
            assert_eq!(judge(trust, &web, &leaf), takes_leaf, "{trust:?}");
            assert_eq!(judge(trust, &web, &other), takes_other, "{trust:?}");
        }
    }
}
