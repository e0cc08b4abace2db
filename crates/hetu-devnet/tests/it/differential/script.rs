//! Scenarios: what both nodes are asked, in which order.
//!
//! A string `$label` among the parameters stands for an earlier answer of the node that is asked,
//! and `$label/blockHash` for a field of it, as a JSON pointer.

use serde_json::{Value, json};

/// What the answer has to be, so that two nodes which are equally wrong do not pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    Result,
    Error,
}

/// Which way a request goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transport {
    Http,
    WebSocket,
}

/// What is kept of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    Nothing,
    /// The result, which has to be the same.
    Result(&'static str),
    /// The result, which names something at the node that gave it: a filter, a subscription, a
    /// snapshot. Only its form has to be the same.
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
    /// Sends a body as it is.
    Post(String),
    /// Waits until both have mined a transaction.
    Mined(&'static str),
    /// Compares the next notification of a subscription.
    Notified(&'static str),
}

/// A named sequence of requests. It begins on two new chains.
#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) steps: Vec<Step>,
}

/// A scenario without steps. Its name says what holds.
pub(crate) fn scenario(name: &'static str) -> Scenario {
    Scenario { name, steps: Vec::new() }
}

impl Scenario {
    /// Asks for something that there is.
    pub(crate) fn ask(self, method: &'static str, params: Value) -> Self {
        self.request(method, params, Expected::Result, Keep::Nothing)
    }

    /// Asks for something that is refused.
    pub(crate) fn refused(self, method: &'static str, params: Value) -> Self {
        self.request(method, params, Expected::Error, Keep::Nothing)
    }

    /// Asks, and keeps the result.
    pub(crate) fn keep(self, label: &'static str, method: &'static str, params: Value) -> Self {
        self.request(method, params, Expected::Result, Keep::Result(label))
    }

    /// Asks for a filter or a snapshot, and keeps the id under which the node knows it.
    pub(crate) fn handle(self, label: &'static str, method: &'static str, params: Value) -> Self {
        self.request(method, params, Expected::Result, Keep::Handle(label))
    }

    /// Sends a signed transaction, keeps its hash and leaves it to wait.
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

    /// Sends a body as it is, and compares status and answer.
    pub(crate) fn post(self, body: impl ToString) -> Self {
        self.step(Step::Post(body.to_string()))
    }

    /// Asks over the WebSocket.
    pub(crate) fn ask_over_websocket(self, method: &'static str, params: Value) -> Self {
        self.over_websocket(method, params, Expected::Result, Keep::Nothing)
    }

    /// Asks over the WebSocket for something that is refused.
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
