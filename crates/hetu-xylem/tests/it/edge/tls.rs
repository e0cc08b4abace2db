//! Calls over TLS, with certificates of both kinds.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hetu_cambium::{CertificateFingerprint, RequestSigner};
use hetu_chain::{Retryability, Retryable};
use hetu_testkit::certificate::self_signed;
use hetu_xylem::{ServerLimits, TlsError, TlsSettings, XylemError};
use http::{Request, Uri};
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::crypto::{verify_tls12_signature, verify_tls13_signature};
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, SignatureScheme,
};

use super::http2::{http2_over, send_http2};
use crate::support::{CHAIN, MathSum, Scene, builder, clock, send_over, validator};

/// A verifier that accepts only the certificate with this fingerprint, as a caller does after it
/// read the signed discovery document.
#[derive(Debug)]
struct Pinned(CertificateFingerprint);

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if CertificateFingerprint::of_der(certificate) == self.0 {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(CertificateError::ApplicationVerificationFailure.into())
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = default_provider().signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, &algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = default_provider().signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, &algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        default_provider().signature_verification_algorithms.supported_schemes()
    }
}

async fn shake_hands(
    address: SocketAddr,
    fingerprint: CertificateFingerprint,
    protocols: &[&str],
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Pinned(fingerprint)))
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
    let stream = TcpStream::connect(address).await?;
    let name = ServerName::from(address.ip());
    TlsConnector::from(Arc::new(config)).connect(name, stream).await
}

async fn secure_scene(folder: &Path, limits: ServerLimits) -> Scene {
    let settings = TlsSettings::self_signed(folder);
    Scene::with(|builder| builder.limits(limits).tls(settings)).await
}

async fn sign_secure_sum(scene: &Scene) -> hetu_cambium::SignedRequest {
    let endpoint: Uri = format!("https://{}", scene.address()).parse().unwrap();
    let signer = RequestSigner::new(Arc::new(validator()), CHAIN).with_clock(scene.clock.clone());
    let call = MathSum { x: 5.0, y: 3.0 };
    signer.call::<MathSum>(&endpoint, &call, &scene.envelope()).await.unwrap()
}

/// Writes a certificate for this machine to `folder`, as the client of a certificate authority
/// does.
fn write_certificate(folder: &Path) -> CertificateFingerprint {
    let made = self_signed("127.0.0.1");
    fs::write(folder.join("chain.pem"), made.certificate_pem).unwrap();
    fs::write(folder.join("key.pem"), made.key_pem).unwrap();
    CertificateFingerprint::of_der(&made.certificate_der)
}

fn files(folder: &Path) -> TlsSettings {
    TlsSettings::files(folder.join("chain.pem"), folder.join("key.pem"))
}

#[tokio::test]
async fn calls_are_served_over_tls_in_both_versions_of_http() {
    let folder = TempDir::new().unwrap();
    let scene = secure_scene(folder.path(), ServerLimits::default()).await;
    let fingerprint = scene.miner.certificate().unwrap();

    let stream = shake_hands(scene.address(), fingerprint, &["h2", "http/1.1"]).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let mut http2 = http2_over(stream).await;
    let signed = sign_secure_sum(&scene).await;
    let reply = send_http2(&mut http2, signed.request).await.unwrap();
    assert_eq!((reply.status.as_u16(), scene.verify(&signed.pending, &reply)), (200, Ok(())));

    for protocols in [&["http/1.1"][..], &[]] {
        let stream = shake_hands(scene.address(), fingerprint, protocols).await.unwrap();
        let (mut http1, connection) =
            http1::handshake::<_, Full<Bytes>>(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let signed = sign_secure_sum(&scene).await;
        let reply = send_over(&mut http1, signed.request).await.unwrap();
        assert_eq!((reply.status.as_u16(), scene.verify(&signed.pending, &reply)), (200, Ok(())));
    }
}

#[tokio::test]
async fn the_signed_discovery_document_names_the_certificate_which_survives_a_restart() {
    let folder = TempDir::new().unwrap();
    let mut seen = Vec::new();
    for _ in 0..2 {
        let scene = secure_scene(folder.path(), ServerLimits::default()).await;
        let fingerprint = scene.miner.certificate().unwrap();
        let stream = shake_hands(scene.address(), fingerprint, &["h2"]).await.unwrap();
        let uri: Uri = format!("https://{}/.well-known/hetu", scene.address()).parse().unwrap();
        let (mut parts, ()) = Request::get(uri).body(()).unwrap().into_parts();
        let signer =
            RequestSigner::new(Arc::new(validator()), CHAIN).with_clock(scene.clock.clone());
        let pending = signer.sign(&mut parts, &[], &scene.envelope()).await.unwrap();
        let request = Request::from_parts(parts, Bytes::new());
        let reply = send_http2(&mut http2_over(stream).await, request).await.unwrap();
        assert_eq!(scene.verify(&pending, &reply), Ok(()));
        assert_eq!(reply.json()["tls_certificate_sha256"], fingerprint.to_string());
        seen.push(fingerprint);
        scene.miner.stop().await;
    }
    assert_eq!(seen[0], seen[1]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(folder.path().join("tls.pem")).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0);
    }
}

#[tokio::test]
async fn a_certificate_that_was_replaced_is_shown_and_one_that_is_broken_is_not() {
    let folder = TempDir::new().unwrap();
    let first = write_certificate(folder.path());
    let scene = Scene::with(|builder| builder.tls(files(folder.path()))).await;
    assert_eq!(scene.miner.certificate(), Some(first));
    assert!(!scene.miner.reload_certificate().await.unwrap());

    fs::write(folder.path().join("key.pem"), self_signed("127.0.0.1").key_pem).unwrap();
    let error = scene.miner.reload_certificate().await.unwrap_err();
    assert!(matches!(error, TlsError::Unusable { .. }), "{error}");
    assert!(shake_hands(scene.address(), first, &["h2"]).await.is_ok());

    let second = write_certificate(folder.path());
    assert!(scene.miner.reload_certificate().await.unwrap());
    assert_eq!(scene.miner.certificate(), Some(second));
    assert!(shake_hands(scene.address(), first, &["h2"]).await.is_err());
    let stream = shake_hands(scene.address(), second, &["h2"]).await.unwrap();
    let discovery = Request::get(format!("https://{}/.well-known/hetu", scene.address()));
    let discovery = discovery.body(Bytes::new()).unwrap();
    let reply = send_http2(&mut http2_over(stream).await, discovery).await.unwrap();
    assert_eq!(reply.json()["tls_certificate_sha256"], second.to_string());
}

#[tokio::test]
async fn a_chain_that_was_replaced_behind_the_same_certificate_is_shown() {
    let folder = TempDir::new().unwrap();
    let fingerprint = write_certificate(folder.path());
    let scene = Scene::with(|builder| builder.tls(files(folder.path()))).await;
    let shown = async || {
        let stream = shake_hands(scene.address(), fingerprint, &["h2"]).await.unwrap();
        stream.get_ref().1.peer_certificates().unwrap().len()
    };
    assert_eq!(shown().await, 1);
    let chain = folder.path().join("chain.pem");
    let issuer = self_signed("issuer").certificate_pem;
    fs::write(&chain, fs::read_to_string(&chain).unwrap() + &issuer).unwrap();
    assert!(scene.miner.reload_certificate().await.unwrap());
    assert_eq!(shown().await, 2);
    assert!(!scene.miner.reload_certificate().await.unwrap());
}

#[tokio::test]
async fn a_proxy_may_have_all_handshakes() {
    let folder = TempDir::new().unwrap();
    let limits = ServerLimits::default().with_handshakes(8);
    let settings = TlsSettings::self_signed(folder.path());
    let scene = Scene::with(|builder| builder.limits(limits).tls(settings).behind_proxy()).await;
    let mut begun = Vec::new();
    for _ in 0..7 {
        begun.push(TcpStream::connect(scene.address()).await.unwrap());
    }
    let fingerprint = scene.miner.certificate().unwrap();
    assert!(shake_hands(scene.address(), fingerprint, &["h2"]).await.is_ok());
}

#[tokio::test]
async fn unusable_certificates_and_endpoints_in_clear_keep_a_miner_from_starting() {
    let folder = TempDir::new().unwrap();
    let start = |settings| builder(&clock()).tls(settings).start();
    let error = start(files(folder.path())).await.unwrap_err();
    assert!(matches!(error, XylemError::Tls(TlsError::Unreadable { .. })), "{error}");
    assert_eq!(error.retryability(), Retryability::Final);

    write_certificate(folder.path());
    fs::write(folder.path().join("chain.pem"), "nothing of the kind").unwrap();
    let error = start(files(folder.path())).await.unwrap_err();
    assert!(matches!(error, XylemError::Tls(TlsError::Malformed { .. })), "{error}");

    fs::write(folder.path().join("chain.pem"), vec![b'-'; 300 * 1024]).unwrap();
    let error = start(files(folder.path())).await.unwrap_err();
    assert!(matches!(error, XylemError::Tls(TlsError::Malformed { .. })), "{error}");

    let settings = TlsSettings::self_signed(folder.path());
    let clear = builder(&clock()).tls(settings).advertise("http://miner.example", 443);
    let error = clear.start().await.unwrap_err();
    assert!(matches!(error, XylemError::ClearEndpoint), "{error}");
}

#[tokio::test]
async fn what_is_no_handshake_is_counted_and_nobody_waits_for_it() {
    let folder = TempDir::new().unwrap();
    let limits = ServerLimits::default()
        .with_handshakes(8)
        .with_handshake_timeout(Duration::from_millis(100));
    let scene = secure_scene(folder.path(), limits).await;
    let fingerprint = scene.miner.certificate().unwrap();

    let mut garbage = TcpStream::connect(scene.address()).await.unwrap();
    garbage.write_all(b"GET /ping HTTP/1.1\r\nhost: miner\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    let _ = garbage.read_to_end(&mut answer).await;
    assert!(!answer.starts_with(b"HTTP"), "{answer:?}");

    // The client starts a TLS handshake and stops. Another handshake from the same address has no
    // slot beside it.
    let mut hanging = TcpStream::connect(scene.address()).await.unwrap();
    hanging.write_all(&[0x16, 0x03, 0x01]).await.unwrap();
    let mut end = Vec::new();
    let _ = hanging.read_to_end(&mut end).await;
    assert!(shake_hands(scene.address(), fingerprint, &["h2"]).await.is_ok());
    let metrics = scene.miner.render_metrics();
    for cause in ["refused", "timeout"] {
        let line = format!("hetu_xylem_tls_handshakes_failed_total{{cause=\"{cause}\"}} 1\n");
        assert!(metrics.contains(&line), "{metrics}");
    }
}
