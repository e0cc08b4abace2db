//! Connections of a faulty node.

use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::fault::Fault;
use crate::http_message::{post, read, write, write_head};

type Faults = dyn Fn(&Value) -> Fault + Send + Sync;

/// The behaviour of a node and its record of requests, shared by its connections.
pub(super) struct Behaviour {
    pub(super) node: Mutex<SocketAddr>,
    /// The address that requests without a fault are forwarded to.
    pub(super) passed_to: Mutex<SocketAddr>,
    pub(super) faults: Mutex<Arc<Faults>>,
    pub(super) requests: Mutex<Vec<(String, Value)>>,
}

impl Behaviour {
    pub(super) fn requests(&self) -> MutexGuard<'_, Vec<(String, Value)>> {
        self.requests.lock().unwrap()
    }
}

impl fmt::Debug for Behaviour {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Behaviour").field("node", &self.node).finish_non_exhaustive()
    }
}

pub(super) async fn accept(listener: TcpListener, behaviour: Arc<Behaviour>) {
    loop {
        let (socket, _) = listener.accept().await.unwrap();
        tokio::spawn(serve(socket, Arc::clone(&behaviour)));
    }
}

/// Serves one connection until it ends or fails.
async fn serve(socket: TcpStream, behaviour: Arc<Behaviour>) -> Option<()> {
    socket.set_nodelay(true).ok()?;
    let mut socket = BufReader::new(socket);
    loop {
        let (head, body) = read(&mut socket).await?;
        let request: Value = serde_json::from_slice(&body).ok()?;
        behaviour.requests().push((head, request.clone()));
        let faults = Arc::clone(&behaviour.faults.lock().unwrap());
        let fault = faults(&request);
        answer(&mut socket, fault, &body, &behaviour).await?;
    }
}

async fn answer(
    socket: &mut BufReader<TcpStream>,
    fault: Fault,
    body: &[u8],
    behaviour: &Behaviour,
) -> Option<()> {
    let node = *behaviour.node.lock().unwrap();
    match fault {
        Fault::None => {
            let passed_to = *behaviour.passed_to.lock().unwrap();
            let (status, answer) = post(passed_to, body).await?;
            write(socket, &status, "", &answer).await
        }
        Fault::Rewrite { request, answer } => {
            let (_, answered) = post(node, request.to_string().as_bytes()).await?;
            let (status, body) = answer(serde_json::from_slice(&answered).ok()?);
            write(socket, status, "", body.as_bytes()).await
        }
        Fault::Change(change) => {
            let (_, answer) = post(node, body).await?;
            let mut answer = serde_json::from_slice(&answer).ok()?;
            change(&mut answer);
            write(socket, "200 OK", "", answer.to_string().as_bytes()).await
        }
        Fault::Answer { status, headers, body } => write(socket, status, &headers, &body).await,
        Fault::Silence => std::future::pending().await,
        Fault::SilenceAfterDelivery => {
            post(node, body).await?;
            std::future::pending().await
        }
        Fault::Close { after_delivery } => {
            if after_delivery {
                post(node, body).await?;
            }
            None
        }
        Fault::Truncate => {
            write_head(socket, "200 OK", "", 1_000).await?;
            socket.write_all(b"{\"jsonrpc\"").await.ok()?;
            None
        }
        Fault::Drip => drip(socket).await,
    }
}

async fn drip(socket: &mut BufReader<TcpStream>) -> Option<()> {
    write_head(socket, "200 OK", "", 50_000).await?;
    let mut ticks = tokio::time::interval(Duration::from_millis(20));
    loop {
        ticks.tick().await;
        socket.write_all(b"[").await.ok()?;
        socket.flush().await.ok()?;
    }
}
