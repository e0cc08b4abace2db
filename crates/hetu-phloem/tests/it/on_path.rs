//! An attacker on the path that reads and writes unencrypted traffic.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use hetu_cambium::Reason;
use hetu_phloem::{Phloem, QueryError, RouteError, RouteOptions, Target};
use hetu_xylem::{RunningXylem, Xylem};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::scene::{MathSum, QUESTION, Scene, Sum};
use crate::tap::eventually;

/// A proxy that can answer the calls of a session with a forged refusal after they are served.
struct Attacker {
    port: u16,
    forges: Arc<AtomicBool>,
    calls_in_session: Arc<AtomicUsize>,
}

const FORGED: &str = r#"{"status":401,"reason":"unknown_session","retryable":true,"detail":""}"#;

impl Attacker {
    async fn before(miner: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (forges, calls_in_session) = (Arc::default(), Arc::default());
        let attacker = Self { port, forges, calls_in_session };
        let (forges, count) = (attacker.forges.clone(), attacker.calls_in_session.clone());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(pass(client, miner, forges.clone(), count.clone()));
            }
        });
        attacker
    }
}

async fn pass(
    mut client: TcpStream,
    miner: SocketAddr,
    forges: Arc<AtomicBool>,
    calls_in_session: Arc<AtomicUsize>,
) -> Option<()> {
    let mut server = TcpStream::connect(miner).await.ok()?;
    loop {
        let request = message(&mut client).await?;
        server.write_all(&request).await.ok()?;
        let mut reply = message(&mut server).await?;
        if String::from_utf8_lossy(&request).contains("tag=\"hetu-session\"") {
            calls_in_session.fetch_add(1, Ordering::SeqCst);
            if forges.load(Ordering::SeqCst) {
                reply = format!(
                    "HTTP/1.1 401 Unauthorized\r\ncontent-type: application/problem+json\r\n\
                     content-length: {}\r\n\r\n{FORGED}",
                    FORGED.len()
                )
                .into_bytes();
            }
        }
        client.write_all(&reply).await.ok()?;
    }
}

/// Returns the next message with its content, or `None` if the connection is over.
async fn message(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut message = Vec::new();
    let end = loop {
        if let Some(end) = message.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
        read_more(stream, &mut message).await?;
    };
    let head = String::from_utf8_lossy(&message[..end]).to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    let length: usize = length.map_or(0, |length| length.trim().parse().unwrap());
    while message.len() < end + length {
        read_more(stream, &mut message).await?;
    }
    Some(message)
}

async fn read_more(stream: &mut TcpStream, message: &mut Vec<u8>) -> Option<()> {
    let length = stream.read_buf(message).await.ok()?;
    (length > 0).then_some(())
}

/// Returns a miner that counts its work, an attacker that is still passive in front of it, and a
/// client that has a session with it.
async fn in_session(scene: &Scene) -> (RunningXylem, Attacker, Arc<AtomicUsize>, Phloem, Target) {
    let done = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&done);
    let miner = Xylem::detached(
        Arc::new(scene.wallet(2)),
        scene.devnet.chain_id(),
        scene.netuid,
        scene.picture.clone(),
    )
    .bind("127.0.0.1:0")
    .attach::<MathSum>(move |call| {
        count.fetch_add(1, Ordering::SeqCst);
        async move { Ok(Sum { result: call.x + call.y }) }
    })
    .start()
    .await
    .unwrap();
    let attacker = Attacker::before(miner.local_addr()).await;
    let target = scene.registered_at(2, attacker.port).await;
    let phloem = scene.validator().await;
    eventually("a call in a session", async || {
        phloem.query(&target, QUESTION).await.unwrap();
        attacker.calls_in_session.load(Ordering::SeqCst) > 0
    })
    .await;
    attacker.forges.store(true, Ordering::SeqCst);
    done.store(0, Ordering::SeqCst);
    (miner, attacker, done, phloem, target)
}

/// Covers an unsigned refusal that causes repeated work: `unknown_session`.
#[tokio::test]
async fn forged_loss_of_a_session_has_no_work_done_twice_that_must_not_be() {
    let scene = Scene::open().await;
    let (_miner, _attacker, done, phloem, _) = in_session(&scene).await;
    let options = RouteOptions::default().only_if_undone();
    let error = phloem.route(QUESTION, options).await.unwrap_err();
    let RouteError::Failed { error, attempts } = error else { panic!("{error}") };
    let QueryError::Refused { problem, is_signed: false, .. } = *error else { panic!("{error}") };
    assert_eq!(problem.reason(), Some(Reason::UnknownSession));
    assert_eq!((done.load(Ordering::SeqCst), attempts.len()), (1, 1));
}

/// Covers calls that may be done twice, and the call after a forgery.
#[tokio::test]
async fn forged_loss_of_a_session_has_any_other_call_done_twice_at_most() {
    let scene = Scene::open().await;
    let (_miner, _attacker, done, phloem, target) = in_session(&scene).await;
    let answer = phloem.query(&target, QUESTION).await.unwrap();
    assert_eq!(answer.reply, Sum { result: 8.0 });
    assert_eq!(done.load(Ordering::SeqCst), 2);
    // The client drops the session, so the wallet signs, and a reply to the wallet needs its
    // signature.
    let options = RouteOptions::default().only_if_undone();
    phloem.route(QUESTION, options).await.unwrap();
    assert_eq!(done.load(Ordering::SeqCst), 3);
}
