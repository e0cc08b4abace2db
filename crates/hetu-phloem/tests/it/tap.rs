//! A proxy between client and miner, which records traffic and can misbehave.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// A proxy that forwards connections and records the bytes that clients send.
pub(crate) struct Tap {
    port: u16,
    state: Arc<State>,
    cut: watch::Sender<u64>,
}

#[derive(Default)]
struct State {
    way: Mutex<Way>,
    sent: Mutex<Vec<u8>>,
    open: AtomicUsize,
    taken: AtomicUsize,
}

/// The treatment of a connection.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Way {
    #[default]
    Closed,
    /// Accepted, and never answered.
    Silent,
    To(SocketAddr),
}

impl Tap {
    /// Creates a tap without an upstream: connections to it are closed.
    pub(crate) async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(State::default());
        let (cut, cuts) = watch::channel(0);
        tokio::spawn(listen(listener, Arc::clone(&state), cuts));
        Self { port, state, cut }
    }

    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    /// Forwards later connections to `upstream`.
    pub(crate) fn lead_to(&self, upstream: SocketAddr) {
        self.lead(Way::To(upstream));
    }

    /// Sets the treatment of later connections.
    pub(crate) fn lead(&self, way: Way) {
        *self.state.way.lock().unwrap() = way;
    }

    pub(crate) fn way(&self) -> Way {
        *self.state.way.lock().unwrap()
    }

    /// Closes all connections.
    pub(crate) fn cut(&self) {
        self.cut.send_modify(|cuts| *cuts += 1);
    }

    /// Returns the number of times that clients sent `text`.
    pub(crate) fn count(&self, text: &str) -> usize {
        let sent = self.state.sent.lock().unwrap();
        String::from_utf8_lossy(&sent).matches(text).count()
    }

    /// Returns the number of connections accepted.
    pub(crate) fn taken(&self) -> usize {
        self.state.taken.load(Ordering::SeqCst)
    }

    /// Returns the number of open connections.
    pub(crate) fn open(&self) -> usize {
        self.state.open.load(Ordering::SeqCst)
    }
}

async fn listen(listener: TcpListener, state: Arc<State>, cuts: watch::Receiver<u64>) {
    while let Ok((client, _)) = listener.accept().await {
        let (state, mut cuts) = (Arc::clone(&state), cuts.clone());
        cuts.mark_unchanged();
        tokio::spawn(async move {
            state.open.fetch_add(1, Ordering::SeqCst);
            state.taken.fetch_add(1, Ordering::SeqCst);
            tokio::select! {
                () = pass(client, &state) => {}
                _ = cuts.changed() => {}
            }
            state.open.fetch_sub(1, Ordering::SeqCst);
        });
    }
}

async fn pass(client: TcpStream, state: &State) {
    let way = *state.way.lock().unwrap();
    let upstream = match way {
        Way::Closed => return,
        Way::Silent => return std::future::pending().await,
        Way::To(upstream) => upstream,
    };
    let Ok(server) = TcpStream::connect(upstream).await else { return };
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let sending = async {
        let mut buffer = vec![0; 16 * 1024];
        while let Ok(length @ 1..) = from_client.read(&mut buffer).await {
            state.sent.lock().unwrap().extend_from_slice(&buffer[..length]);
            if to_server.write_all(&buffer[..length]).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = sending => {}
        _ = copy(&mut from_server, &mut to_client) => {}
    }
}

/// Waits until `holds` returns `true`, for as long as a busy machine may need.
pub(crate) async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    for _ in 0..1_500 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("never: {what}");
}
