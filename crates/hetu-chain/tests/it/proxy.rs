//! A connection that can be cut: a TCP proxy in front of a node.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use hetu_chain::network::RpcUrl;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::AbortHandle;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wire {
    To(SocketAddr),
    /// Connections are accepted, and no data passes.
    Stalled,
    /// Connections are closed as soon as they are accepted.
    Dead,
}

pub(crate) struct Proxy {
    address: SocketAddr,
    wire: watch::Sender<Wire>,
    open: Arc<AtomicUsize>,
    server: AbortHandle,
}

impl Proxy {
    pub(crate) async fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (wire, state) = watch::channel(Wire::To(target));
        let open = Arc::new(AtomicUsize::new(0));
        let server = tokio::spawn(accept(listener, state, Arc::clone(&open))).abort_handle();
        Self { address, wire, open, server }
    }

    pub(crate) fn http(&self) -> RpcUrl {
        format!("http://{}", self.address).parse().unwrap()
    }

    pub(crate) fn ws(&self) -> RpcUrl {
        format!("ws://{}", self.address).parse().unwrap()
    }

    /// Closes all connections. New ones work.
    pub(crate) fn cut(&self) {
        self.wire.send_modify(|_| {});
    }

    /// Closes all connections, and new ones too.
    pub(crate) fn kill(&self) {
        self.wire.send_replace(Wire::Dead);
    }

    /// Stops all traffic on old and new connections without closing them.
    pub(crate) fn stall(&self) {
        self.wire.send_replace(Wire::Stalled);
    }

    /// Forwards new connections to `target`. Closed ones stay closed.
    pub(crate) fn connect(&self, target: SocketAddr) {
        self.wire.send_replace(Wire::To(target));
    }

    /// Returns the number of open connections.
    pub(crate) fn open(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn accept(listener: TcpListener, state: watch::Receiver<Wire>, open: Arc<AtomicUsize>) {
    loop {
        let (socket, _) = listener.accept().await.unwrap();
        let (mut state, open) = (state.clone(), Arc::clone(&open));
        tokio::spawn(async move {
            open.fetch_add(1, Ordering::SeqCst);
            carry(socket, &mut state).await;
            open.fetch_sub(1, Ordering::SeqCst);
        });
    }
}

async fn carry(mut socket: TcpStream, state: &mut watch::Receiver<Wire>) {
    let wire = *state.borrow_and_update();
    let Wire::To(target) = wire else {
        return if wire == Wire::Stalled {
            hold(socket, state).await
        };
    };
    let Ok(mut node) = TcpStream::connect(target).await else { return };
    tokio::select! {
        _ = copy_bidirectional(&mut socket, &mut node) => {}
        _ = state.changed() => {
            if *state.borrow_and_update() == Wire::Stalled {
                hold(socket, state).await;
            }
        }
    }
}

/// Keeps a connection open without forwarding it, until the state changes.
async fn hold(_socket: TcpStream, state: &mut watch::Receiver<Wire>) {
    let _ = state.changed().await;
}
