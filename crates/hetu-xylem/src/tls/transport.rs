//! TLS handshakes with the latest certificate.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use hetu_cambium::CertificateFingerprint;
use hetu_chain::text::ForeignError;
use tokio::task::spawn_blocking;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::CryptoProvider;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;

use super::certificate::Certificate;
use super::{TlsError, TlsSettings};

/// The application protocols in order of preference (RFC 7301).
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];
/// The longest time that a certificate stays in use after it was replaced on disk.
const RELOAD_INTERVAL: Duration = Duration::from_secs(60);

/// The acceptance of TLS handshakes.
#[derive(Clone)]
pub(crate) struct TlsAcceptance {
    shown: Arc<ShownCertificate>,
    config: Arc<ServerConfig>,
}

/// The current certificate, and the source of the next one.
struct ShownCertificate {
    settings: TlsSettings,
    name: String,
    provider: Arc<CryptoProvider>,
    certificate: ArcSwap<Certificate>,
}

impl TlsAcceptance {
    /// Loads the certificate, or creates one for the host `name`.
    pub(crate) async fn open(settings: TlsSettings, name: String) -> Result<Self, TlsError> {
        let provider = Arc::new(default_provider());
        let certificate = load(settings.clone(), name.clone(), Arc::clone(&provider)).await?;
        let certificate = ArcSwap::from_pointee(certificate);
        let shown = Arc::new(ShownCertificate {
            settings,
            name,
            provider: Arc::clone(&provider),
            certificate,
        });
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| TlsError::Unusable { reason: ForeignError::new(error) })?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&shown) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).to_vec();
        Ok(Self { shown, config: Arc::new(config) })
    }

    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.config))
    }

    /// Returns the fingerprint of the current certificate.
    pub(crate) fn fingerprint(&self) -> CertificateFingerprint {
        self.shown.certificate.load().fingerprint
    }

    /// Reloads the certificate. Returns `true` if it changed. If the new one cannot be used, the
    /// current one stays.
    pub(crate) async fn reload(&self) -> Result<bool, TlsError> {
        let ShownCertificate { settings, name, provider, certificate } = &*self.shown;
        let newest = load(settings.clone(), name.clone(), Arc::clone(provider)).await?;
        let is_different = !newest.is_same_as(&certificate.load());
        if is_different {
            certificate.store(Arc::new(newest));
        }
        Ok(is_different)
    }
}

/// Reloads the certificate at an interval, and reports each change. Never returns.
pub(crate) async fn keep_fresh(
    acceptance: TlsAcceptance,
    mut changed: impl FnMut(CertificateFingerprint),
) {
    loop {
        tokio::time::sleep(RELOAD_INTERVAL).await;
        match acceptance.reload().await {
            Ok(false) => {}
            Ok(true) => {
                let fingerprint = acceptance.fingerprint();
                tracing::info!(%fingerprint, "a new certificate is shown");
                changed(fingerprint);
            }
            Err(error) => {
                tracing::warn!(%error, "the certificate on the disk cannot be used; the last one is shown");
            }
        }
    }
}

async fn load(
    settings: TlsSettings,
    name: String,
    provider: Arc<CryptoProvider>,
) -> Result<Certificate, TlsError> {
    let loading = spawn_blocking(move || Certificate::load(&settings, &name, &provider));
    loading.await.map_err(|error| TlsError::Unusable { reason: ForeignError::new(error) })?
}

impl ResolvesServerCert for ShownCertificate {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.certificate.load().key))
    }
}

impl fmt::Debug for ShownCertificate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Shown").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl fmt::Debug for TlsAcceptance {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fingerprint = self.fingerprint().to_string();
        formatter.debug_struct("TlsAcceptance").field("fingerprint", &fingerprint).finish()
    }
}
