//! Which certificates of miners are believed.

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

/// HTTP/2 where the miner speaks it, else HTTP/1.1 (RFC 7301).
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// By what the certificates of one miner are judged, once that is known.
///
/// Until then every certificate is taken whose key made the handshake: the document that says which
/// one is right comes over such a connection, and it is believed for the wallet's signature alone.
pub(crate) type CertificateTrust = Arc<OnceLock<TrustAnchor>>;

/// What a certificate has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TrustAnchor {
    /// Issued for the host by an authority that browsers trust.
    WebPki,
    /// The very one that the miner's wallet signed for, whoever issued it.
    Pinned(CertificateFingerprint),
}

/// The certificate of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SeenCertificate {
    pub(crate) fingerprint: CertificateFingerprint,
    /// Whether [`TrustAnchor::WebPki`] would do.
    pub(crate) is_of_web_pki: bool,
}

/// Judges certificates by the authorities of the web.
#[derive(Clone, Debug)]
pub(crate) struct WebPki {
    verifier: Arc<WebPkiServerVerifier>,
    provider: Arc<CryptoProvider>,
}

impl WebPki {
    pub(super) fn new() -> Self {
        let provider = Arc::new(ring::default_provider());
        let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let verifier =
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
        #[expect(clippy::expect_used, reason = "it fails for want of roots alone")]
        let verifier = verifier.build().expect("the roots of the web");
        Self { verifier, provider }
    }

    /// How to speak TLS with a miner that is judged by `trust`.
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

    /// Looks at the `chain` of certificates of a connection to `host`.
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
