//! A node in front of the embedded chain that counts calls, and refuses some as other nodes do.

use hetu_chain::Network;
use hetu_testkit::faulty_node::{CallFault, Fault, FaultyNode};
use serde_json::Value;

use crate::node::Listens;

/// The methods that the node supports.
const METHODS: [&str; 7] = [
    "eth_chainId",
    "eth_getCode",
    "eth_getBlockByHash",
    "eth_getBlockByNumber",
    "eth_call",
    "eth_getBalance",
    "eth_getTransactionCount",
];
const METHOD_NOT_FOUND: CallFault = CallFault::Refuse { code: -32601, message: "Method not found" };
const INVALID_PARAMS: CallFault = CallFault::Refuse { code: -32602, message: "invalid params" };

/// The calls that the node refuses, by their parameters.
pub(crate) type Refuses = fn(&[Value]) -> bool;

pub(crate) struct Gateway {
    network: Network,
    node: FaultyNode,
}

impl Gateway {
    pub(crate) async fn to(node: &impl Listens, refuses: Refuses) -> Self {
        let faults = move |call: &Value| fault_of(call, refuses);
        let by_call = move |request: &Value| Fault::by_call(request, faults);
        let gateway = FaultyNode::before(node.address(), by_call).await;
        let endpoint = format!("http://{}", gateway.address()).parse().unwrap();
        Self { network: node.network().at_endpoint(endpoint), node: gateway }
    }

    pub(crate) fn network(&self) -> Network {
        self.network.clone()
    }

    /// Returns the same network without a Lens.
    pub(crate) fn network_without_lens(&self) -> Network {
        let mut network = self.network();
        network.contracts.lens = None;
        network
    }

    /// Returns the number of calls since the last count.
    pub(crate) fn take_count(&self) -> usize {
        let is_known = |call: &Value| METHODS.iter().any(|method| call["method"] == *method);
        let count = self.node.calls().iter().filter(|call| is_known(call)).count();
        self.node.forget();
        count
    }
}

fn fault_of(call: &Value, refuses: Refuses) -> CallFault {
    let params = call["params"].as_array().map(Vec::as_slice).unwrap_or_default();
    match call["method"].as_str() {
        Some("eth_call") if refuses(params) => INVALID_PARAMS,
        Some(method) if METHODS.contains(&method) => CallFault::None,
        _ => METHOD_NOT_FOUND,
    }
}
