//! A node in front of the embedded chain that counts calls, and refuses, lies or hangs on demand.

use std::net::SocketAddr;
use std::time::Duration;

use hetu_chain::rpc::TransportOptions;
use hetu_chain::{Hetutensor, Network};
use hetu_metastruct::{Metastruct, MetastructBuilder};
/// The treatment of a call by the node.
pub(crate) use hetu_testkit::faulty_node::CallFault as Fault;
use hetu_testkit::faulty_node::{Fault as RequestFault, FaultyNode};
use serde_json::Value;

use crate::scene::{Chain, NEVER};

const QUICK: Duration = Duration::from_secs(5);
const PATIENT: Duration = Duration::from_secs(60);

/// A refusal of the call for its parameters.
pub(crate) const REFUSED: Fault = Fault::Refuse { code: -32602, message: "invalid params" };

pub(crate) struct Gateway {
    network: Network,
    netuid: hetu_chain::NetUid,
    /// The time that its clients wait for an answer.
    limit: Duration,
    node: FaultyNode,
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
        let gateway = FaultyNode::before(node, |_| RequestFault::None).await;
        let endpoint = format!("http://{}", gateway.address()).parse().unwrap();
        Self { network: network.at_endpoint(endpoint), netuid, limit: QUICK, node: gateway }
    }

    /// Gives the clients a long timeout, so that slow calls succeed. Use it where no test waits for
    /// a failure.
    pub(crate) const fn patient(mut self) -> Self {
        self.limit = PATIENT;
        self
    }

    /// Sets the treatment of each later call. Calls in a batch are treated one by one.
    pub(crate) fn behave(&self, faults: impl Fn(&Value) -> Fault + Send + Sync + 'static) {
        self.node.behave(move |request| RequestFault::by_call(request, &faults));
    }

    /// Forwards to this chain from now on.
    pub(crate) fn turn_to(&self, chain: &Chain) {
        self.node.turn_to(chain.devnet.address());
    }

    pub(crate) const fn netuid(&self) -> hetu_chain::NetUid {
        self.netuid
    }

    pub(crate) async fn connect(&self) -> Hetutensor {
        self.connect_to(self.network.clone()).await
    }

    /// Connects as on a network without a Lens.
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

    /// Returns the number of calls since the last count. Calls in a batch are counted one by one.
    pub(crate) fn take_count(&self) -> usize {
        let count = self.node.calls().len();
        self.node.forget();
        count
    }
}
