//! A node that misbehaves by a script: a number of times, for calls of one method, in this order.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use hetu_chain::{Hetutensor, Network};
use serde_json::{Value, json};

use crate::faulty_node::{Fault as NodeFault, FaultyNode};
use crate::node::Listens;

/// A fault of a call.
#[derive(Clone, Debug)]
pub(super) enum Fault {
    /// The node does not receive the call, and the connection closes.
    LoseCall,
    /// The node receives the call, and the connection closes before the answer.
    LoseReply,
    /// The node does not receive the call, and no answer follows.
    Hang,
    /// The node receives the call, and no answer follows.
    HangAfter,
    /// The node does not receive the call, and a gateway answers 502 Bad Gateway.
    BadGateway,
    /// The node does not receive the call, and this is the result.
    Result(Value),
    /// The node does not receive the call, and this is the error.
    Error(i32, &'static str),
    /// The node receives the call, and these members are removed from the result.
    Without(&'static [&'static str]),
    /// The node receives the call, and these members of the result get these values.
    With(Vec<(&'static str, Value)>),
}

pub(super) struct ScriptedNode {
    node: FaultyNode,
    network: Network,
    script: Arc<Mutex<Script>>,
}

#[derive(Default)]
struct Script {
    /// The fault of each call that has a state override.
    without_overrides: Option<Fault>,
    /// The pending faults by method, each with its number of repetitions.
    faults: HashMap<&'static str, VecDeque<(usize, Fault)>>,
    calls: Vec<(String, Value)>,
}

impl ScriptedNode {
    /// Starts a node without faults in front of the real one.
    pub(super) async fn before(real: &impl Listens) -> Self {
        let script = Arc::<Mutex<Script>>::default();
        let shared = Arc::clone(&script);
        let faults = move |request: &Value| shared.lock().unwrap().next(request);
        let node = FaultyNode::before(real, faults).await;
        Self { node, network: real.network(), script }
    }

    /// Returns a client of this node.
    pub(super) async fn connect(&self) -> Hetutensor {
        Hetutensor::connect(self.network()).await.unwrap()
    }

    pub(super) fn network(&self) -> Network {
        self.network.clone().at_endpoint(self.node.url())
    }

    /// Schedules `fault` for `times` calls of `method`, after the faults that are already
    /// scheduled.
    pub(super) fn fail(&self, method: &'static str, times: usize, fault: Fault) {
        let mut script = self.script.lock().unwrap();
        script.faults.entry(method).or_default().push_back((times, fault));
    }

    /// Schedules `fault` for each `eth_call` with a state override.
    pub(super) fn fail_calls_with_override(&self, fault: Fault) {
        self.script.lock().unwrap().without_overrides = Some(fault);
    }

    /// Removes the faults of `method`.
    pub(super) fn heal(&self, method: &'static str) {
        self.script.lock().unwrap().faults.remove(method);
    }

    /// Returns the parameters of all calls of `method` so far.
    pub(super) fn calls(&self, method: &str) -> Vec<Value> {
        let script = self.script.lock().unwrap();
        let of_method = script.calls.iter().filter(|(called, _)| called == method);
        of_method.map(|(_, params)| params.clone()).collect()
    }

    /// Returns once `method` has been called `times` times.
    pub(super) async fn called(&self, method: &str, times: usize) {
        while self.calls(method).len() < times {
            tokio::task::yield_now().await;
        }
    }
}

impl Script {
    /// Records the calls of the request, and returns its fault.
    fn next(&mut self, request: &Value) -> NodeFault {
        let calls = match request {
            Value::Array(calls) => calls.as_slice(),
            call => std::slice::from_ref(call),
        };
        let mut planned = None;
        for call in calls {
            let method = call["method"].as_str().unwrap().to_owned();
            let has_override = method == "eth_call" && !call["params"][2].is_null();
            planned = planned.or_else(|| self.take(&method));
            if has_override {
                planned = planned.or_else(|| self.without_overrides.clone());
            }
            self.calls.push((method, call["params"].clone()));
        }
        match planned {
            None => NodeFault::None,
            Some(Fault::LoseCall) => NodeFault::Close { after_delivery: false },
            Some(Fault::LoseReply) => NodeFault::Close { after_delivery: true },
            Some(Fault::Hang) => NodeFault::Silence,
            Some(Fault::HangAfter) => NodeFault::SilenceAfterDelivery,
            Some(Fault::BadGateway) => NodeFault::status("502 Bad Gateway", ""),
            Some(Fault::Error(code, message)) => NodeFault::error(request, code, message),
            Some(Fault::Result(result)) => {
                let answer = json!({ "jsonrpc": "2.0", "id": request["id"], "result": result });
                NodeFault::body(answer.to_string())
            }
            Some(Fault::Without(members)) => NodeFault::Change(Box::new(|answer| {
                let result = answer["result"].as_object_mut().unwrap();
                result.retain(|name, _| !members.contains(&name.as_str()));
            })),
            Some(Fault::With(members)) => NodeFault::Change(Box::new(move |answer| {
                for (name, value) in &members {
                    answer["result"][name] = value.clone();
                }
            })),
        }
    }

    fn take(&mut self, method: &str) -> Option<Fault> {
        let faults = self.faults.get_mut(method)?;
        let (times, fault) = faults.front_mut()?;
        *times -= 1;
        let fault = fault.clone();
        if *times == 0 {
            faults.pop_front();
        }
        Some(fault)
    }
}
