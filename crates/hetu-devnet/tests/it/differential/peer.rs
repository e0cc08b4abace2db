//! One of the two nodes, as seen by a client.

use std::collections::VecDeque;
use std::time::Duration;

use http::header::CONTENT_TYPE;
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use jsonrpsee::client_transport::ws::WsTransportClientBuilder;
use jsonrpsee::core::client::{ReceivedMessage, TransportReceiverT, TransportSenderT};
use serde_json::{Value, json};
use tokio::sync::mpsc;

/// The time limit for an answer, a notification or a block. A node needs milliseconds; this ends a
/// test that hangs, and leaves room for a machine that builds and fuzzes at the same time.
const ANSWER_LIMIT: Duration = Duration::from_secs(60);
/// The interval of polls for new blocks of anvil, which mines on a thread of its own.
const POLL_INTERVAL: Duration = Duration::from_millis(2);

/// The capacity of the queue of WebSocket messages.
const MESSAGES: usize = 64;

/// A client of one node.
#[derive(Debug)]
pub(crate) struct Peer {
    name: &'static str,
    address: String,
    http: Client<HttpConnector, String>,
    socket: Option<Socket>,
}

impl Peer {
    pub(crate) fn new(name: &'static str, address: &str) -> Self {
        let http = Client::builder(TokioExecutor::new()).build_http();
        Self { name, address: address.to_owned(), http, socket: None }
    }

    /// Sends `body` unchanged. The answer is null if there is none.
    pub(crate) async fn post(&self, body: String) -> (StatusCode, Value) {
        let request = Request::post(format!("http://{}/", self.address))
            .header(CONTENT_TYPE, "application/json")
            .body(body)
            .unwrap();
        let exchange = async {
            let response = self.http.request(request).await.unwrap();
            let status = response.status();
            (status, response.into_body().collect().await.unwrap().to_bytes())
        };
        let (status, body) = self.in_time("answer", exchange).await;
        let text = String::from_utf8_lossy(&body).into_owned();
        let value = serde_json::from_slice(&body).unwrap_or(Value::String(text));
        (status, if body.is_empty() { Value::Null } else { value })
    }

    pub(crate) async fn ask(&self, method: &str, params: &Value) -> Value {
        self.post(request(method, params).to_string()).await.1
    }

    /// Sends a request over the WebSocket, which is opened on first use.
    pub(crate) async fn ask_over_websocket(&mut self, method: &str, params: &Value) -> Value {
        if self.socket.is_none() {
            self.socket = Some(Socket::open(&self.address).await);
        }
        let request = request(method, params).to_string();
        let (name, socket) = (self.name, self.socket.as_mut().unwrap());
        in_time(name, "answer", socket.ask(request)).await
    }

    /// Returns the next notification of `subscription`.
    pub(crate) async fn notification(&mut self, subscription: &Value) -> Value {
        let socket = self.socket.as_mut().expect("who is notified has subscribed");
        in_time(self.name, "notification", socket.notification(subscription)).await
    }

    /// Returns once the transaction with this hash is in a block and no longer pending: for a
    /// moment, anvil reports it as both.
    pub(crate) async fn mined(&self, hash: &Value) {
        let polled = async {
            let params = json!([hash]);
            while self.ask("eth_getTransactionReceipt", &params).await["result"].is_null()
                || self.ask("eth_getTransactionByHash", &params).await["result"]["blockHash"]
                    .is_null()
            {
                tokio::time::sleep(POLL_INTERVAL).await;
            }
        };
        self.in_time("block", polled).await;
    }

    async fn in_time<T>(&self, what: &str, exchange: impl Future<Output = T>) -> T {
        in_time(self.name, what, exchange).await
    }
}

async fn in_time<T>(peer: &str, what: &str, exchange: impl Future<Output = T>) -> T {
    tokio::time::timeout(ANSWER_LIMIT, exchange)
        .await
        .unwrap_or_else(|_| panic!("no {what} from {peer} within {ANSWER_LIMIT:?}"))
}

fn request(method: &str, params: &Value) -> Value {
    json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
}

/// A WebSocket, and the notifications that arrived before they were awaited.
#[derive(Debug)]
struct Socket {
    requests: mpsc::Sender<String>,
    messages: mpsc::Receiver<Value>,
    notifications: VecDeque<Value>,
}

impl Socket {
    async fn open(address: &str) -> Self {
        let url = format!("ws://{address}").parse().unwrap();
        let (mut sender, mut receiver) =
            WsTransportClientBuilder::default().build(url).await.unwrap();
        let (requests, mut outgoing) = mpsc::channel::<String>(1);
        let (incoming, messages) = mpsc::channel(MESSAGES);
        tokio::spawn(async move {
            while let Some(request) = outgoing.recv().await {
                sender.send(request).await.unwrap();
            }
        });
        tokio::spawn(async move {
            while let Ok(message) = receiver.receive().await {
                if let ReceivedMessage::Text(text) = message
                    && incoming.send(serde_json::from_str(&text).unwrap()).await.is_err()
                {
                    break;
                }
            }
        });
        Self { requests, messages, notifications: VecDeque::new() }
    }

    async fn ask(&mut self, request: String) -> Value {
        self.requests.send(request).await.unwrap();
        loop {
            let message = self.receive().await;
            if message.get("id").is_some() {
                return message;
            }
            self.notifications.push_back(message);
        }
    }

    async fn notification(&mut self, subscription: &Value) -> Value {
        let is_meant = |message: &Value| message["params"]["subscription"] == *subscription;
        if let Some(place) = self.notifications.iter().position(is_meant) {
            return self.notifications.remove(place).unwrap();
        }
        loop {
            let message = self.receive().await;
            if is_meant(&message) {
                return message;
            }
            self.notifications.push_back(message);
        }
    }

    async fn receive(&mut self) -> Value {
        self.messages.recv().await.expect("the connection is open")
    }
}
