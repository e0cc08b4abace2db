//! A node that errs on demand: an HTTP server in front of a node.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hetu_chain::network::RpcUrl;
use serde_json::{Value, json};

use crate::node::Listens;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

/// What the node does with one request.
pub(crate) enum Fault {
    /// It answers as the devnet does.
    None,
    /// It never answers.
    Silence,
    /// It never answers, though the devnet got the request.
    SilenceAfterDelivery,
    /// It closes the connection, after the devnet got the request if so.
    Close { after_delivery: bool },
    /// It answers this, whatever it is, and with this status line and these headers.
    Answer { status: &'static str, headers: String, body: Vec<u8> },
    /// It announces a body and sends one byte of it each now and then.
    Drip,
    /// It announces a body and closes before its end.
    Truncate,
    /// It answers as the devnet does, but for this change.
    Change(Box<dyn Fn(&mut Value) + Send + Sync>),
    /// The devnet gets this request instead, and what it answers is written as this status line and
    /// body.
    Rewrite { request: Value, answer: Box<dyn Fn(Value) -> (&'static str, String) + Send + Sync> },
}

impl Fault {
    pub(crate) fn body(body: impl Into<Vec<u8>>) -> Self {
        Self::Answer { status: "200 OK", headers: String::new(), body: body.into() }
    }

    pub(crate) fn error(request: &Value, code: i32, message: &str) -> Self {
        let error = json!({ "code": code, "message": message });
        Self::body(json!({ "jsonrpc": "2.0", "id": request["id"], "error": error }).to_string())
    }

    pub(crate) fn status(status: &'static str, headers: &str) -> Self {
        Self::Answer { status, headers: headers.to_owned(), body: Vec::new() }
    }
}

type Faults = dyn Fn(&Value) -> Fault + Send + Sync;

pub(crate) struct FaultyNode {
    address: SocketAddr,
    shared: Arc<Shared>,
    server: AbortHandle,
}

struct Shared {
    devnet: SocketAddr,
    /// The address of the chain, or of a node in front of it that alters answers.
    client: SocketAddr,
    faults: Mutex<Arc<Faults>>,
    requests: Mutex<Vec<(String, Value)>>,
}

impl FaultyNode {
    /// A node in front of `devnet` which does with each request, or batch of them, what `faults`
    /// says.
    pub(crate) async fn before(
        node: &impl Listens,
        faults: impl Fn(&Value) -> Fault + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            devnet: node.address(),
            client: node.client_address(),
            faults: Mutex::new(Arc::new(faults)),
            requests: Mutex::default(),
        });
        let server = tokio::spawn(accept(listener, Arc::clone(&shared))).abort_handle();
        Self { address, shared, server }
    }

    pub(crate) fn url(&self) -> RpcUrl {
        format!("http://{}", self.address).parse().unwrap()
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn behave(&self, faults: impl Fn(&Value) -> Fault + Send + Sync + 'static) {
        *self.shared.faults.lock().unwrap() = Arc::new(faults);
    }

    /// How many calls of `method` came in, alone or in batches.
    pub(crate) fn count(&self, method: &str) -> usize {
        let requests = self.shared.requests.lock().unwrap();
        let calls = requests.iter().flat_map(|(_, request)| match request {
            Value::Array(calls) => calls.as_slice(),
            call => std::slice::from_ref(call),
        });
        calls.filter(|call| call["method"] == method).count()
    }

    /// The parameters of all calls of `method` that came in.
    pub(crate) fn params_of(&self, method: &str) -> Vec<Value> {
        let requests = self.shared.requests.lock().unwrap();
        let calls = requests.iter().flat_map(|(_, request)| match request {
            Value::Array(calls) => calls.as_slice(),
            call => std::slice::from_ref(call),
        });
        calls.filter(|call| call["method"] == method).map(|call| call["params"].clone()).collect()
    }

    /// How many HTTP requests came in.
    pub(crate) fn requests(&self) -> usize {
        self.shared.requests.lock().unwrap().len()
    }

    /// How many HTTP requests came in with `text` in their head, in small letters.
    pub(crate) fn requests_with(&self, text: &str) -> usize {
        let requests = self.shared.requests.lock().unwrap();
        requests.iter().filter(|(head, _)| head.to_ascii_lowercase().contains(text)).count()
    }
}

impl Drop for FaultyNode {
    fn drop(&mut self) {
        self.server.abort();
    }
}

pub(crate) fn is_call_of(request: &Value, method: &str) -> bool {
    request["method"] == method
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    loop {
        let (socket, _) = listener.accept().await.unwrap();
        tokio::spawn(serve(socket, Arc::clone(&shared)));
    }
}

/// Serves one connection until something on it ends.
async fn serve(socket: TcpStream, shared: Arc<Shared>) -> Option<()> {
    socket.set_nodelay(true).ok()?;
    let mut socket = BufReader::new(socket);
    loop {
        let (head, body) = read_message(&mut socket).await?;
        let request: Value = serde_json::from_slice(&body).ok()?;
        shared.requests.lock().unwrap().push((head, request.clone()));
        let faults = Arc::clone(&shared.faults.lock().unwrap());
        match faults(&request) {
            Fault::None => {
                let (status, answer) = forward(shared.client, &body).await?;
                write_answer(&mut socket, &status, "", &answer).await?;
            }
            Fault::Rewrite { request, answer } => {
                let (_, answered) = forward(shared.devnet, request.to_string().as_bytes()).await?;
                let (status, body) = answer(serde_json::from_slice(&answered).ok()?);
                write_answer(&mut socket, status, "", body.as_bytes()).await?;
            }
            Fault::Change(change) => {
                let (_, answer) = forward(shared.devnet, &body).await?;
                let mut answer = serde_json::from_slice(&answer).ok()?;
                change(&mut answer);
                write_answer(&mut socket, "200 OK", "", answer.to_string().as_bytes()).await?;
            }
            Fault::Answer { status, headers, body } => {
                write_answer(&mut socket, status, &headers, &body).await?;
            }
            Fault::Silence => std::future::pending().await,
            Fault::SilenceAfterDelivery => {
                forward(shared.devnet, &body).await?;
                std::future::pending().await
            }
            Fault::Close { after_delivery } => {
                if after_delivery {
                    forward(shared.devnet, &body).await?;
                }
                return None;
            }
            Fault::Truncate => {
                write_head(&mut socket, "200 OK", "", 1_000).await?;
                socket.write_all(b"{\"jsonrpc\"").await.ok()?;
                return None;
            }
            Fault::Drip => {
                write_head(&mut socket, "200 OK", "", 50_000).await?;
                let mut ticks = tokio::time::interval(Duration::from_millis(20));
                loop {
                    ticks.tick().await;
                    socket.write_all(b"[").await.ok()?;
                    socket.flush().await.ok()?;
                }
            }
        }
    }
}

/// Head and body of an HTTP message.
async fn read_message(socket: &mut BufReader<TcpStream>) -> Option<(String, Vec<u8>)> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if socket.read_line(&mut head).await.ok()? == 0 {
            return None;
        }
    }
    let length = head.to_ascii_lowercase();
    let length = length.split("content-length:").nth(1)?.lines().next()?.trim().parse().ok()?;
    let mut body = vec![0; length];
    socket.read_exact(&mut body).await.ok()?;
    Some((head, body))
}

/// The status line and the body that the node at `address` answers.
async fn forward(address: SocketAddr, body: &[u8]) -> Option<(String, Vec<u8>)> {
    let upstream = TcpStream::connect(address).await.ok()?;
    upstream.set_nodelay(true).ok()?;
    let mut upstream = BufReader::new(upstream);
    let head = format!(
        "POST / HTTP/1.1\r\nhost: node\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n",
        body.len()
    );
    upstream.write_all(head.as_bytes()).await.ok()?;
    upstream.write_all(body).await.ok()?;
    let (head, body) = read_message(&mut upstream).await?;
    let status = head.lines().next()?.split_once(' ')?.1.to_owned();
    Some((status, body))
}

async fn write_answer(
    socket: &mut BufReader<TcpStream>,
    status: &str,
    headers: &str,
    body: &[u8],
) -> Option<()> {
    write_head(socket, status, headers, body.len()).await?;
    socket.write_all(body).await.ok()?;
    socket.flush().await.ok()
}

async fn write_head(
    socket: &mut BufReader<TcpStream>,
    status: &str,
    headers: &str,
    length: usize,
) -> Option<()> {
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\n{headers}\
         content-length: {length}\r\n\r\n"
    );
    socket.write_all(head.as_bytes()).await.ok()
}

/// Calls a method of the devnet itself, past all that is tested.
pub(crate) async fn rpc(node: &impl Listens, method: &str, params: Value) -> Value {
    let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    let (_, answer) = forward(node.address(), request.to_string().as_bytes()).await.unwrap();
    let mut answer: Value = serde_json::from_slice(&answer).unwrap();
    assert!(answer.get("error").is_none(), "{method}: {answer}");
    answer["result"].take()
}
