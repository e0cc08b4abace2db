//! Servers that differ from their registration on the chain.

use std::sync::Arc;

use hetu_cambium::ReplyRefusal;
use hetu_chain::Signature;
use hetu_chain::future::ReadyOrBoxed;
use hetu_chain::identity::{SignerError, SigningRequest};
use hetu_chain::{Address, Retryable, Signer, Wallet};
use hetu_phloem::{IdentityRefusal, Phloem, PhloemBuilder, ProofPolicy, QueryError};
use hetu_xylem::RunningXylem;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::scene::{QUESTION, Scene};

/// A miner that claims to be one account and signs with the key of another.
#[derive(Debug)]
struct Impostor {
    claims: Address,
    wallet: Wallet,
}

impl Signer for Impostor {
    fn address(&self) -> Address {
        self.claims
    }

    fn sign<'request>(
        &'request self,
        request: SigningRequest<'request>,
    ) -> ReadyOrBoxed<'request, Result<Signature, SignerError>> {
        self.wallet.sign(request)
    }
}

/// Starts a server that sends `response` to every client that sends a byte.
async fn canned(response: String) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            let mut request = [0; 4_096];
            let _ = connection.read(&mut request).await;
            let _ = connection.write_all(response.as_bytes()).await;
        }
    });
    port
}

fn ok_with(body: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )
}

async fn ask(scene: &Scene, phloem: &Phloem, port: u16) -> QueryError {
    let target = scene.registered_at(2, port).await;
    phloem.query(&target, QUESTION).await.unwrap_err()
}

/// Returns a client that sends a call to a miner before it has a signed document.
async fn trusting(scene: &Scene) -> PhloemBuilder {
    scene.builder_as(1).await.proof_policy(ProofPolicy::FirstReply)
}

#[tokio::test]
async fn who_does_not_sign_its_document_is_asked_nothing() {
    let scene = Scene::open().await;
    let port = canned(ok_with(r#"{"result":8.0}"#)).await;
    let error = ask(&scene, &scene.validator().await, port).await;
    assert!(matches!(error, QueryError::Unproven(ReplyRefusal::Unsigned)), "{error}");
}

#[tokio::test]
async fn a_right_answer_without_a_signature_is_not_believed() {
    let scene = Scene::open().await;
    let port = canned(ok_with(r#"{"result":8.0}"#)).await;
    let error = ask(&scene, &trusting(&scene).await.start().await.unwrap(), port).await;
    assert!(matches!(error, QueryError::Untrusted(ReplyRefusal::Unsigned)), "{error}");
}

/// Starts a miner that claims to be account 2 and signs with another key.
pub(crate) async fn impostor(scene: &Scene) -> RunningXylem {
    let impostor = Impostor { claims: scene.wallet(2).address(), wallet: Wallet::random() };
    scene.detached_as(Arc::new(impostor)).start().await.unwrap()
}

#[tokio::test]
async fn who_signs_with_another_key_is_somebody_else() {
    let scene = Scene::open().await;
    let server = impostor(&scene).await;
    for phloem in [scene.validator().await, trusting(&scene).await.start().await.unwrap()] {
        let error = ask(&scene, &phloem, server.local_addr().port()).await;
        let QueryError::WrongIdentity(IdentityRefusal::Signature(refusal)) = error else {
            panic!("{error}")
        };
        assert_eq!(refusal, ReplyRefusal::BadSignature);
    }
}

#[tokio::test]
async fn an_honest_miner_at_anothers_endpoint_is_somebody_else() {
    let scene = Scene::open().await;
    let other = scene.miner(3, 200).await;
    let error = ask(&scene, &scene.validator().await, other.local_addr().port()).await;
    let QueryError::WrongIdentity(refusal) = &error else { panic!("{error}") };
    assert_eq!(*refusal, IdentityRefusal::OtherRecipient);
    assert!(error.is_certainly_undone() && !error.retryability().is_retryable());
}

#[tokio::test]
async fn a_reply_without_end_is_cut_off() {
    let scene = Scene::open().await;
    let port = canned(ok_with(&"8".repeat(10_000))).await;
    let phloem = trusting(&scene).await.reply_limit(1_000).start().await.unwrap();
    let error = ask(&scene, &phloem, port).await;
    assert!(matches!(error, QueryError::TooLarge { limit: 1_000 }), "{error}");
}

/// Verifies S11: status 414 and its message are passed through.
#[tokio::test]
async fn a_refusal_of_whoever_stands_between_is_passed_through_with_its_message() {
    let scene = Scene::open().await;
    let problem = r#"{"status":414,"detail":"the address is too long"}"#;
    let port = canned(format!(
        "HTTP/1.1 414 URI Too Long\r\ncontent-type: application/problem+json\r\n\
         x-request-id: proxy-7\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{problem}",
        problem.len()
    ));
    let error = ask(&scene, &scene.validator().await, port.await).await;
    let QueryError::Refused { problem, is_signed: false, .. } = &error else { panic!("{error}") };
    assert_eq!(problem.status(), 414);
    assert!(error.to_string().contains("the address is too long"), "{error}");
    assert!(!error.retryability().is_retryable() && !error.is_certainly_undone());
}

#[tokio::test]
async fn an_error_page_is_neither_an_answer_nor_a_refusal() {
    let scene = Scene::open().await;
    let port = canned(
        "HTTP/1.1 502 Bad Gateway\r\nx-request-id: proxy-7\r\ncontent-length: 0\r\n\r\n".into(),
    )
    .await;
    let error = ask(&scene, &scene.validator().await, port).await;
    assert!(
        matches!(error, QueryError::UnexpectedStatus { status, .. } if status.as_u16() == 502),
        "{error}"
    );
    assert!(error.retryability().is_retryable());
    assert_eq!(error.request_id(), Some("proxy-7"));
}
