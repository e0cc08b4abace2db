//! Full load over a period of time, with a restart in the middle.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hetu_cambium::{Envelope, RequestSigner, Service};
use hetu_xylem::{RunningXylem, Xylem};
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::time::sleep;

use crate::edge::http2::{http2_over, send_http2};
use crate::support::{CHAIN, NETUID, Reply, miner, refused, roster, send_over, validator};
use hetu_testkit::process::{open_files, resident_bytes, scale};

const CALLERS: u64 = 16;
/// The length of the phase before the restart, and of the one after it.
const PHASE: Duration = Duration::from_secs(8);

/// A service that returns its number.
struct Count;

impl Service for Count {
    const NAME: &'static str = "count";
    type Request = u64;
    type Reply = u64;
}

/// The calls that a handler accepted.
type Taken = Arc<Mutex<HashSet<u64>>>;

async fn start(bind: String, taken: &Taken) -> RunningXylem {
    let taken = Arc::clone(taken);
    Xylem::detached(Arc::new(miner()), CHAIN, NETUID, roster())
        .bind(bind)
        .attach::<Count>(move |number| {
            let taken = Arc::clone(&taken);
            async move {
                taken.lock().unwrap().insert(number);
                // The handler works for a while, so that calls are in flight when the miner stops.
                sleep(Duration::from_millis(number % 5)).await;
                Ok(number)
            }
        })
        .start()
        .await
        .unwrap()
}

enum Connection {
    Http1(hyper::client::conn::http1::SendRequest<http_body_util::Full<bytes::Bytes>>),
    Http2(crate::edge::http2::Http2),
}

impl Connection {
    async fn open(address: SocketAddr, is_http2: bool) -> Option<Self> {
        let stream = TcpStream::connect(address).await.ok()?;
        if is_http2 {
            return Some(Self::Http2(http2_over(stream).await));
        }
        let io = hyper_util::rt::TokioIo::new(stream);
        let (sender, connection) = hyper::client::conn::http1::handshake(io).await.ok()?;
        tokio::spawn(connection);
        Some(Self::Http1(sender))
    }

    async fn send(&mut self, request: http::Request<bytes::Bytes>) -> hyper::Result<Reply> {
        match self {
            Self::Http1(connection) => {
                connection.ready().await?;
                send_over(connection, request).await
            }
            Self::Http2(connection) => send_http2(connection, request).await,
        }
    }
}

struct Load {
    address: SocketAddr,
    numbers: AtomicU64,
    is_over: AtomicBool,
    answered: Mutex<HashSet<u64>>,
}

impl Load {
    /// Calls without a pause. Opens another connection whenever one ends.
    async fn call(self: Arc<Self>, is_http2: bool) {
        let signer = RequestSigner::new(Arc::new(validator()), CHAIN);
        let uri = format!("http://{}", self.address).parse().unwrap();
        let envelope = Envelope::new(NETUID, miner().address(), Duration::from_secs(20));
        let mut connection = None;
        while !self.is_over.load(Ordering::Acquire) {
            let Some(open) = &mut connection else {
                connection = Connection::open(self.address, is_http2).await;
                if connection.is_none() {
                    sleep(Duration::from_millis(5)).await;
                }
                continue;
            };
            let number = self.numbers.fetch_add(1, Ordering::Relaxed);
            let signed = signer.call::<Count>(&uri, &number, &envelope).await.unwrap();
            match open.send(signed.request).await {
                // The call was signed in the second before the start: it was not accepted, and is
                // signed again.
                Ok(reply) if reply.status == 401 => {
                    assert_eq!(reply.refusal(), refused(401, "request_predates_start"));
                }
                Ok(reply) => {
                    assert_eq!(reply.status, 200, "{:?}", reply.content);
                    let pending = &signed.pending;
                    let clock = hetu_chain::SystemClock;
                    let verified =
                        pending.verify(reply.status, &reply.headers, &reply.content, &clock);
                    assert_eq!(verified, Ok(()));
                    self.answered.lock().unwrap().insert(number);
                }
                Err(_) => connection = None,
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_under_full_load_loses_no_call_that_was_taken_on_and_nothing_grows() {
    let phase = PHASE * scale();
    let taken = Taken::default();
    let first = start("127.0.0.1:0".to_owned(), &taken).await;
    let address = first.local_addr();
    let (tasks, files) = (Handle::current().metrics().num_alive_tasks(), open_files());
    let load = Arc::new(Load {
        address,
        numbers: AtomicU64::new(0),
        is_over: AtomicBool::new(false),
        answered: Mutex::default(),
    });
    let callers: Vec<_> =
        (0..CALLERS).map(|number| tokio::spawn(Arc::clone(&load).call(number % 2 == 0))).collect();
    // Memory that is allocated once is in use by then.
    sleep(phase / 4).await;
    let memory = resident_bytes();
    sleep(phase * 3 / 4).await;

    let before = load.answered.lock().unwrap().len();
    first.stop().await;
    let second = start(address.to_string(), &taken).await;
    sleep(phase).await;
    load.is_over.store(true, Ordering::Release);
    for caller in callers {
        caller.await.unwrap();
    }

    let answered = load.answered.lock().unwrap().clone();
    let lost: Vec<_> = taken.lock().unwrap().difference(&answered).copied().collect();
    assert!(lost.is_empty(), "{lost:?} of {}", answered.len());
    assert!(before > 100 && answered.len() > before + 100, "{before} {}", answered.len());
    let grown = resident_bytes().saturating_sub(memory);
    assert!(grown < 48 << 20, "{grown} after {} calls", answered.len());

    while open_files() > files + 4 || Handle::current().metrics().num_alive_tasks() > tasks + 2 {
        sleep(Duration::from_millis(10)).await;
    }
    second.stop().await;
}
