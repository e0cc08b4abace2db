//! Scenarios: the requests to both nodes, in order.
//!
//! A string `$label` among the parameters stands for an earlier answer of the node that is asked,
//! and `$label/blockHash` for a field of it, as a JSON pointer.

use serde_json::{Value, json};

/// The required kind of an answer, so that two nodes with the same error do not pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    Result,
    Error,
}

/// The transport of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transport {
    Http,
    WebSocket,
}

/// The part of an answer that is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    Nothing,
    /// The result, which has to be equal.
    Result(&'static str),
    /// The result, which is an id at the node that gave it: of a filter, a subscription or a
    /// snapshot. Only its form has to be equal.
    Handle(&'static str),
}

#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: &'static str,
    pub(crate) params: Value,
    pub(crate) transport: Transport,
    pub(crate) expected: Expected,
    pub(crate) keep: Keep,
}

#[derive(Clone, Debug)]
pub(crate) enum Step {
    Ask(Request),
    /// A body that is sent unchanged.
    Post(String),
    /// A wait until both nodes have mined a transaction.
    Mined(&'static str),
    /// A comparison of the next notification of a subscription.
    Notified(&'static str),
}

/// A named sequence of requests. It starts on two new chains.
#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) steps: Vec<Step>,
}

/// Creates a scenario without steps. The name states the expected behavior.
pub(crate) fn scenario(name: &'static str) -> Scenario {
    Scenario { name, steps: Vec::new() }
}

impl Scenario {
    /// Sends a request that succeeds.
    pub(crate) fn ask(self, method: &'static str, params: Value) -> Self {
        self.request(method, params, Expected::Result, Keep::Nothing)
    }

    /// Sends a request that is refused.
    pub(crate) fn refused(self, method: &'static str, params: Value) -> Self {
        self.request(method, params, Expected::Error, Keep::Nothing)
    }

    /// Sends a request, and keeps the result.
    pub(crate) fn keep(self, label: &'static str, method: &'static str, params: Value) -> Self {
        self.request(method, params, Expected::Result, Keep::Result(label))
    }

    /// Requests a filter or a snapshot, and keeps its id at the node.
    pub(crate) fn handle(self, label: &'static str, method: &'static str, params: Value) -> Self {
        self.request(method, params, Expected::Result, Keep::Handle(label))
    }

    /// Sends a signed transaction, keeps its hash and leaves it pending.
    pub(crate) fn submit(self, label: &'static str, raw: String) -> Self {
        self.keep(label, "eth_sendRawTransaction", json!([raw]))
    }

    /// Sends a signed transaction, keeps its hash and waits until it is mined.
    pub(crate) fn send(self, label: &'static str, raw: String) -> Self {
        self.submit(label, raw).mined(label)
    }

    /// Sends a signed transaction that is refused.
    pub(crate) fn not_sent(self, raw: impl Into<String>) -> Self {
        self.refused("eth_sendRawTransaction", json!([raw.into()]))
    }

    pub(crate) fn mined(self, label: &'static str) -> Self {
        self.step(Step::Mined(label))
    }

    /// Sends a body unchanged, and compares status and answer.
    pub(crate) fn post(self, body: impl ToString) -> Self {
        self.step(Step::Post(body.to_string()))
    }

    /// Sends a request over the WebSocket.
    pub(crate) fn ask_over_websocket(self, method: &'static str, params: Value) -> Self {
        self.over_websocket(method, params, Expected::Result, Keep::Nothing)
    }

    /// Sends a request over the WebSocket that is refused.
    pub(crate) fn refused_over_websocket(self, method: &'static str, params: Value) -> Self {
        self.over_websocket(method, params, Expected::Error, Keep::Nothing)
    }

    pub(crate) fn subscribe(self, label: &'static str, params: Value) -> Self {
        self.over_websocket("eth_subscribe", params, Expected::Result, Keep::Handle(label))
    }

    pub(crate) fn notified(self, label: &'static str) -> Self {
        self.step(Step::Notified(label))
    }

    fn over_websocket(
        self,
        method: &'static str,
        params: Value,
        expected: Expected,
        keep: Keep,
    ) -> Self {
        let transport = Transport::WebSocket;
        self.step(Step::Ask(Request { method, params, transport, expected, keep }))
    }

    fn request(self, method: &'static str, params: Value, expected: Expected, keep: Keep) -> Self {
        let transport = Transport::Http;
        self.step(Step::Ask(Request { method, params, transport, expected, keep }))
    }

    fn step(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }
}
