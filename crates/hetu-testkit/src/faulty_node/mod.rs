//! A JSON-RPC proxy over HTTP that injects faults, in front of a real node.

mod fault;
mod serving;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

pub use self::fault::{CallFault, Fault, calls_of};
use self::serving::Behaviour;
use crate::http_message;

/// A node that treats each request as a test specifies.
///
/// It serves until it is dropped.
#[derive(Debug)]
pub struct FaultyNode {
    address: SocketAddr,
    behaviour: Arc<Behaviour>,
    server: AbortHandle,
}

impl FaultyNode {
    /// Starts a node in front of `node` that treats each request, or batch of requests, as `faults`
    /// returns.
    ///
    /// # Panics
    ///
    /// Panics if no port is free.
    pub async fn before(
        node: SocketAddr,
        faults: impl Fn(&Value) -> Fault + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let behaviour = Arc::new(Behaviour {
            node: Mutex::new(node),
            passed_to: Mutex::new(node),
            faults: Mutex::new(Arc::new(faults)),
            requests: Mutex::default(),
        });
        let server = tokio::spawn(serving::accept(listener, Arc::clone(&behaviour)));
        Self { address, behaviour, server: server.abort_handle() }
    }

    /// Starts such a node on its own thread, until the process ends, and returns its address. It is
    /// for tests without a runtime.
    ///
    /// # Panics
    ///
    /// Panics if no port is free.
    pub fn on_a_thread(
        node: SocketAddr,
        faults: impl Fn(&Value) -> Fault + Send + Sync + 'static,
    ) -> SocketAddr {
        let (sender, receiver) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(async {
                let started = Self::before(node, faults).await;
                sender.send(started.address).unwrap();
                std::future::pending::<()>().await;
            });
        });
        receiver.recv().unwrap()
    }

    /// Returns the address that clients connect to.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Treats requests as `faults` returns, from now on.
    ///
    /// # Panics
    ///
    /// Panics if `faults` panicked before.
    pub fn behave(&self, faults: impl Fn(&Value) -> Fault + Send + Sync + 'static) {
        *self.behaviour.faults.lock().unwrap() = Arc::new(faults);
    }

    /// Serves the chain of `node` from now on.
    ///
    /// # Panics
    ///
    /// Never, in practice.
    pub fn turn_to(&self, node: SocketAddr) {
        *self.behaviour.node.lock().unwrap() = node;
        self.pass_to(node);
    }

    /// Forwards requests without a fault to `address` from now on, such as another node in front of
    /// the same chain.
    ///
    /// # Panics
    ///
    /// Never, in practice.
    pub fn pass_to(&self, address: SocketAddr) {
        *self.behaviour.passed_to.lock().unwrap() = address;
    }

    /// Returns the calls received so far. Calls of a batch are listed separately.
    pub fn calls(&self) -> Vec<Value> {
        let requests = self.behaviour.requests();
        requests.iter().flat_map(|(_, request)| calls_of(request)).cloned().collect()
    }

    /// Returns the number of received calls of `method`, alone or in batches.
    pub fn count(&self, method: &str) -> usize {
        self.params_of(method).len()
    }

    /// Returns the parameters of all received calls of `method`.
    pub fn params_of(&self, method: &str) -> Vec<Value> {
        let calls = self.calls().into_iter().filter(|call| call["method"] == method);
        calls.map(|mut call| call["params"].take()).collect()
    }

    /// Returns the number of received HTTP requests.
    pub fn requests(&self) -> usize {
        self.behaviour.requests().len()
    }

    /// Returns the number of received HTTP requests with `text` in their head, in lower case.
    pub fn requests_with(&self, text: &str) -> usize {
        let requests = self.behaviour.requests();
        requests.iter().filter(|(head, _)| head.to_ascii_lowercase().contains(text)).count()
    }

    /// Clears the record of received requests.
    pub fn forget(&self) {
        self.behaviour.requests().clear();
    }
}

impl Drop for FaultyNode {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Calls `method` of the node at `address` directly, without the code under test.
///
/// # Panics
///
/// Panics if the node does not answer, or answers with an error.
pub async fn call(address: SocketAddr, method: &str, params: Value) -> Value {
    let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    let (_, answer) = http_message::post(address, request.to_string().as_bytes()).await.unwrap();
    let mut answer: Value = serde_json::from_slice(&answer).unwrap();
    assert!(answer.get("error").is_none(), "{method}: {answer}");
    answer["result"].take()
}
