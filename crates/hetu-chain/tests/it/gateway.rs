//! A node in front of the embedded chain that counts calls, and refuses some as other nodes do.

use std::sync::{Arc, Mutex};

use hetu_chain::Network;
use jsonrpsee::RpcModule;
use jsonrpsee::core::client::{ClientT, Error};
use jsonrpsee::http_client::HttpClient;
use jsonrpsee::server::{Server, ServerHandle};
use jsonrpsee::types::ErrorObjectOwned;
use serde_json::Value;

use crate::node::Listens;

const METHODS: [&str; 7] = [
    "eth_chainId",
    "eth_getCode",
    "eth_getBlockByHash",
    "eth_getBlockByNumber",
    "eth_call",
    "eth_getBalance",
    "eth_getTransactionCount",
];

/// Which calls the node does not take, by their parameters.
pub(crate) type Refuses = fn(&[Value]) -> bool;

pub(crate) struct Gateway {
    network: Network,
    shared: Arc<Shared>,
    _server: ServerHandle,
}

struct Shared {
    chain: HttpClient,
    refuses: Refuses,
    calls: Mutex<Vec<&'static str>>,
}

impl Gateway {
    pub(crate) async fn to(node: &impl Listens, refuses: Refuses) -> Self {
        let chain =
            HttpClient::builder().max_response_size(64 << 20).build(node.http_url()).unwrap();
        let shared = Arc::new(Shared { chain, refuses, calls: Mutex::default() });
        let mut module = RpcModule::from_arc(Arc::clone(&shared));
        for method in METHODS {
            module
                .register_async_method(method, move |params, shared, _| async move {
                    let params: Vec<Value> = params.parse().unwrap_or_default();
                    shared.forward(method, params).await
                })
                .unwrap();
        }
        let server = Server::builder()
            .set_config(
                jsonrpsee::server::ServerConfig::builder().max_response_body_size(64 << 20).build(),
            )
            .build("127.0.0.1:0")
            .await
            .unwrap();
        let address = server.local_addr().unwrap();
        let endpoint = format!("http://{address}").parse().unwrap();
        let network = node.network().at_endpoint(endpoint);
        Self { network, shared, _server: server.start(module) }
    }

    pub(crate) fn network(&self) -> Network {
        self.network.clone()
    }

    /// The same network, as one on which no Lens is deployed.
    pub(crate) fn network_without_lens(&self) -> Network {
        let mut network = self.network();
        network.contracts.lens = None;
        network
    }

    /// How many calls came in since the last time.
    pub(crate) fn take_count(&self) -> usize {
        std::mem::take(&mut *self.shared.calls.lock().unwrap()).len()
    }
}

impl Shared {
    async fn forward(
        &self,
        method: &'static str,
        params: Vec<Value>,
    ) -> Result<Value, ErrorObjectOwned> {
        self.calls.lock().unwrap().push(method);
        if method == "eth_call" && (self.refuses)(&params) {
            return Err(ErrorObjectOwned::owned(-32602, "invalid params", None::<()>));
        }
        self.chain.request(method, params).await.map_err(|error| match error {
            Error::Call(error) => error,
            other => panic!("{other}"),
        })
    }
}
