//! TLS and versions of HTTP.

use std::sync::Arc;

use hetu_cambium::{CertificateFingerprint, DiscoveryDocument};
use hetu_phloem::{BroadcastOptions, IdentityRefusal, Phloem, ProofPolicy, QueryError, Target};
use hetu_xylem::TlsSettings;

use crate::foreign::{Foreign, Setup};
use crate::scene::{QUESTION, Scene, Sum};

type Change = fn(DiscoveryDocument) -> DiscoveryDocument;

/// Starts a miner that uses TLS with a self-signed certificate.
async fn secure(scene: &Scene, document: Option<Change>) -> (Foreign, Target) {
    let setup = Setup { is_secure: true, document, ..Setup::of(2) };
    let foreign = Foreign::start(scene, setup).await;
    let target = scene.registered(2, "https://127.0.0.1", foreign.address.port()).await;
    assert_eq!(target.endpoint.scheme(), "https");
    (foreign, target)
}

async fn identity(phloem: &Phloem, target: &Target) -> IdentityRefusal {
    match phloem.query(target, QUESTION).await.unwrap_err() {
        QueryError::WrongIdentity(refusal) => refusal,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_certificate_that_the_miner_signed_for_is_enough_and_all_calls_share_a_connection() {
    let scene = Scene::open().await;
    let (foreign, target) = secure(&scene, Some(|document| document)).await;
    let phloem = scene.validator().await;
    for outcome in phloem.broadcast(&vec![target; 64], QUESTION, BroadcastOptions::default()).await
    {
        assert_eq!(outcome.unwrap().reply, Sum { result: 8.0 });
    }
    assert_eq!((foreign.calls(), foreign.connections()), (64, 1), "HTTP/2 was agreed on");
}

#[tokio::test]
async fn a_xylem_is_called_over_tls_with_the_certificate_that_it_made_for_itself() {
    let scene = Scene::open().await;
    let folder = tempfile::tempdir().unwrap();
    let xylem = scene.detached_as(Arc::new(scene.wallet(2)));
    let xylem = xylem.tls(TlsSettings::self_signed(folder.path())).start().await.unwrap();
    let target = scene.registered(2, "https://127.0.0.1", xylem.local_addr().port()).await;
    let phloem = scene.validator().await;
    let document = phloem.prove(&target).await.unwrap().unwrap();
    assert!(document.tls_certificate_sha256.is_some() && !document.http2_in_clear);
    for outcome in phloem.broadcast(&vec![target; 32], QUESTION, BroadcastOptions::default()).await
    {
        assert_eq!(outcome.unwrap().reply, Sum { result: 8.0 });
    }
}

#[tokio::test]
async fn a_xylem_is_called_over_http2_in_clear() {
    let scene = Scene::open().await;
    let _miner = scene.miner(2, 200).await;
    let phloem = scene.builder_as(1).await.http2_in_clear().start().await.unwrap();
    assert!(phloem.prove(&scene.target(2)).await.unwrap().unwrap().http2_in_clear);
    for outcome in
        phloem.broadcast(&vec![scene.target(2); 32], QUESTION, BroadcastOptions::default()).await
    {
        assert_eq!(outcome.unwrap().reply, Sum { result: 8.0 });
    }
}

#[tokio::test]
async fn another_certificate_than_the_one_signed_for_gets_no_call() {
    let scene = Scene::open().await;
    let other: Change = |document| {
        document.with_tls_certificate(CertificateFingerprint::of_der(b"another certificate"))
    };
    let (foreign, target) = secure(&scene, Some(other)).await;
    let phloem = scene.validator().await;
    assert_eq!(identity(&phloem, &target).await, IdentityRefusal::OtherCertificate);
    assert_eq!(foreign.calls(), 0);
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_gets_no_call() {
    let scene = Scene::open().await;
    let silent: Change = |mut document| {
        document.tls_certificate_sha256 = None;
        document
    };
    for document in [Some(silent), None] {
        let (foreign, target) = secure(&scene, document).await;
        let builder = scene.builder_as(1).await.proof_policy(ProofPolicy::FirstReply);
        let phloem = builder.start().await.unwrap();
        assert_eq!(identity(&phloem, &target).await, IdentityRefusal::UnknownCertificate);
        assert_eq!(foreign.calls(), 0);
    }
}

#[tokio::test]
async fn a_certificate_that_changes_gets_no_call_until_the_miner_signs_for_it() {
    let scene = Scene::open().await;
    let (foreign, target) = secure(&scene, Some(|document| document)).await;
    let phloem = scene.validator().await;
    phloem.query(&target, QUESTION).await.unwrap();
    let document = foreign.document();
    foreign.change_certificate();
    let error = phloem.query(&target, QUESTION).await.unwrap_err();
    assert!(
        matches!(error, QueryError::Unreachable { .. } | QueryError::ConnectionLost { .. }),
        "{error}"
    );
    let mut error = phloem.query(&target, QUESTION).await.unwrap_err();
    if matches!(error, QueryError::Unreachable { .. }) {
        error = phloem.query(&target, QUESTION).await.unwrap_err();
    }
    let expected = IdentityRefusal::OtherCertificate;
    assert!(matches!(&error, QueryError::WrongIdentity(told) if *told == expected), "{error}");
    assert_eq!(foreign.calls(), 1);

    foreign.publish(document.with_tls_certificate(foreign.fingerprint()));
    let another = scene.validator().await;
    another.query(&target, QUESTION).await.unwrap();
}

#[tokio::test]
async fn http2_is_spoken_in_clear_where_both_sides_want_it() {
    let scene = Scene::open().await;
    let takes: Change = |document| document.with_http2_in_clear();
    for (document, is_one) in [(takes, true), ((|document| document) as Change, false)] {
        let setup = Setup { document: Some(document), ..Setup::of(2) };
        let foreign = Foreign::start(&scene, setup).await;
        let target = scene.registered_at(2, foreign.address.port()).await;
        let phloem = scene.builder_as(1).await.http2_in_clear().start().await.unwrap();
        for outcome in
            phloem.broadcast(&vec![target; 64], QUESTION, BroadcastOptions::default()).await
        {
            assert_eq!(outcome.unwrap().reply, Sum { result: 8.0 });
        }
        // The proof uses one of the connections.
        assert_eq!(foreign.connections() == 2, is_one, "{}", foreign.connections());
    }
}
