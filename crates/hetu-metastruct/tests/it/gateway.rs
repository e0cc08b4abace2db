//! A node in front of the embedded chain that counts calls, and refuses, lies or hangs as told.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hetu_chain::rpc::TransportOptions;
use hetu_chain::{Hetutensor, Network};
use hetu_metastruct::{Metastruct, MetastructBuilder};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

use crate::scene::{Chain, NEVER};

const QUICK: Duration = Duration::from_secs(5);
const PATIENT: Duration = Duration::from_secs(60);

/// What the node does with a request.
pub(crate) enum Fault {
    None,
    /// It closes the connection.
    Close,
    /// It refuses the call as such.
    Refuse,
    /// It answers with this change.
    Change(Box<dyn Fn(&mut Value) + Send + Sync>),
}

type Faults = dyn Fn(&Value) -> Fault + Send + Sync;

pub(crate) struct Gateway {
    network: Network,
    netuid: hetu_chain::NetUid,
    /// How long its clients wait for an answer.
    limit: Duration,
    shared: Arc<Shared>,
    server: AbortHandle,
}

struct Shared {
    node: Mutex<SocketAddr>,
    faults: Mutex<Arc<Faults>>,
    calls: Mutex<usize>,
}

impl Gateway {
    pub(crate) async fn to(chain: &Chain) -> Self {
        Self::before(chain.devnet.address(), chain.devnet.network(), chain.netuid).await
    }

    pub(crate) async fn before(
        node: SocketAddr,
        network: Network,
        netuid: hetu_chain::NetUid,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let faults: Arc<Faults> = Arc::new(|_| Fault::None);
        let shared = Arc::new(Shared {
            node: Mutex::new(node),
            faults: Mutex::new(faults),
            calls: Mutex::default(),
        });
        let server = tokio::spawn(accept(listener, Arc::clone(&shared))).abort_handle();
        Self { network: network.at_endpoint(endpoint), netuid, limit: QUICK, shared, server }
    }

    /// With clients that wait for calls that take long, where nobody waits for their failure.
    pub(crate) const fn patient(mut self) -> Self {
        self.limit = PATIENT;
        self
    }

    /// What it does from now on with each call, those in batches one by one.
    pub(crate) fn behave(&self, faults: impl Fn(&Value) -> Fault + Send + Sync + 'static) {
        *self.shared.faults.lock().unwrap() = Arc::new(faults);
    }

    /// Serves this chain from now on.
    pub(crate) fn turn_to(&self, chain: &Chain) {
        *self.shared.node.lock().unwrap() = chain.devnet.address();
    }

    pub(crate) const fn netuid(&self) -> hetu_chain::NetUid {
        self.netuid
    }

    pub(crate) async fn connect(&self) -> Hetutensor {
        self.connect_to(self.network.clone()).await
    }

    /// As on a network on which no Lens is deployed.
    pub(crate) async fn connect_without_lens(&self) -> Hetutensor {
        let mut network = self.network.clone();
        network.contracts.lens = None;
        self.connect_to(network).await
    }

    async fn connect_to(&self, network: Network) -> Hetutensor {
        let options = TransportOptions::default().attempt_limit(self.limit).call_limit(self.limit);
        Hetutensor::connect_with(network, &options).await.unwrap()
    }

    pub(crate) async fn builder(&self) -> MetastructBuilder {
        Metastruct::builder(self.connect().await, self.netuid).refresh_interval(NEVER)
    }

    /// How many calls came in since the last time, those in batches counted one by one.
    pub(crate) fn take_count(&self) -> usize {
        std::mem::take(&mut *self.shared.calls.lock().unwrap())
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    loop {
        let (socket, _) = listener.accept().await.unwrap();
        tokio::spawn(serve(socket, Arc::clone(&shared)));
    }
}

async fn serve(socket: TcpStream, shared: Arc<Shared>) -> Option<()> {
    socket.set_nodelay(true).ok()?;
    let mut socket = BufReader::new(socket);
    let mut node: Option<(SocketAddr, BufReader<TcpStream>)> = None;
    loop {
        let body = read_message(&mut socket).await?;
        let request: Value = serde_json::from_slice(&body).ok()?;
        let calls = match &request {
            Value::Array(calls) => calls.clone(),
            call => vec![call.clone()],
        };
        *shared.calls.lock().unwrap() += calls.len();
        let faults = Arc::clone(&shared.faults.lock().unwrap());
        let found: Vec<_> = calls.iter().map(|call| faults(call)).collect();
        if found.iter().any(|fault| matches!(fault, Fault::Close)) {
            return None;
        }
        let address = *shared.node.lock().unwrap();
        if node.as_ref().is_none_or(|(connected, _)| *connected != address) {
            let connected = TcpStream::connect(address).await.ok()?;
            connected.set_nodelay(true).ok()?;
            node = Some((address, BufReader::new(connected)));
        }
        let mut answer = forward(&mut node.as_mut()?.1, &body).await?;
        if found.iter().any(|fault| !matches!(fault, Fault::None)) {
            let mut answers: Value = serde_json::from_slice(&answer).ok()?;
            for (call, fault) in calls.iter().zip(found) {
                let place = match &mut answers {
                    Value::Array(answers) => {
                        answers.iter_mut().find(|answer| answer["id"] == call["id"])?
                    }
                    answer => answer,
                };
                match fault {
                    Fault::Refuse => {
                        let error = json!({ "code": -32602, "message": "invalid params" });
                        *place = json!({ "jsonrpc": "2.0", "id": call["id"], "error": error });
                    }
                    Fault::Change(change) => change(place),
                    Fault::None | Fault::Close => {}
                }
            }
            answer = answers.to_string().into_bytes();
        }
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            answer.len()
        );
        socket.write_all(head.as_bytes()).await.ok()?;
        socket.write_all(&answer).await.ok()?;
        socket.flush().await.ok()?;
    }
}

async fn forward(node: &mut BufReader<TcpStream>, body: &[u8]) -> Option<Vec<u8>> {
    let head = format!(
        "POST / HTTP/1.1\r\nhost: node\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n",
        body.len()
    );
    node.write_all(head.as_bytes()).await.ok()?;
    node.write_all(body).await.ok()?;
    read_message(node).await
}

/// The body of an HTTP message.
async fn read_message(socket: &mut BufReader<TcpStream>) -> Option<Vec<u8>> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if socket.read_line(&mut head).await.ok()? == 0 {
            return None;
        }
    }
    let head = head.to_ascii_lowercase();
    let length = head.split("content-length:").nth(1)?.lines().next()?.trim().parse().ok()?;
    let mut body = vec![0; length];
    socket.read_exact(&mut body).await.ok()?;
    Some(body)
}
