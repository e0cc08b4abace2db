//! A node that fails on demand, in front of the node of a test.

use std::ops::Deref;

use hetu_chain::network::RpcUrl;
pub(crate) use hetu_testkit::faulty_node::Fault;
use serde_json::Value;

use crate::node::Listens;

pub(crate) struct FaultyNode(hetu_testkit::faulty_node::FaultyNode);

impl FaultyNode {
    /// Starts a node in front of `node`. `faults` decides its treatment of each request, or batch
    /// of requests.
    pub(crate) async fn before(
        node: &impl Listens,
        faults: impl Fn(&Value) -> Fault + Send + Sync + 'static,
    ) -> Self {
        let faulty = hetu_testkit::faulty_node::FaultyNode::before(node.address(), faults).await;
        faulty.pass_to(node.client_address());
        Self(faulty)
    }

    pub(crate) fn url(&self) -> RpcUrl {
        format!("http://{}", self.address()).parse().unwrap()
    }
}

impl Deref for FaultyNode {
    type Target = hetu_testkit::faulty_node::FaultyNode;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

pub(crate) fn is_call_of(request: &Value, method: &str) -> bool {
    request["method"] == method
}

/// Calls a method of the devnet itself, without the tested client.
pub(crate) async fn rpc(node: &impl Listens, method: &str, params: Value) -> Value {
    hetu_testkit::faulty_node::call(node.address(), method, params).await
}
