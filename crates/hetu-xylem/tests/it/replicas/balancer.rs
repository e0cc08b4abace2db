//! A connection balancer that selects the backends in turn.

use std::net::SocketAddr;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};

/// A balancer before its backends are known: replicas have to know its address first.
pub(super) struct Balancer(TcpListener);

impl Balancer {
    pub(super) async fn bind() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").await.unwrap())
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.0.local_addr().unwrap()
    }

    /// Balances until the test ends.
    pub(super) fn spawn(self, backends: [SocketAddr; 2]) -> SocketAddr {
        let address = self.address();
        tokio::spawn(async move {
            for backend in backends.iter().cycle() {
                let (mut client, _) = self.0.accept().await.unwrap();
                let backend = *backend;
                tokio::spawn(async move {
                    if let Ok(mut server) = TcpStream::connect(backend).await {
                        let _ = copy_bidirectional(&mut client, &mut server).await;
                    }
                });
            }
        });
        address
    }
}
