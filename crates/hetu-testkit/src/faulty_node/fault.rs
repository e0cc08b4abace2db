//! Faults of requests and of single calls.

use std::fmt;

use serde_json::{Value, json};

/// The change of an answer.
pub(super) type Change = dyn Fn(&mut Value) + Send + Sync;
/// The conversion of the node's answer to a status line and a body.
type Rewritten = dyn Fn(Value) -> (&'static str, String) + Send + Sync;

/// The treatment of one request.
pub enum Fault {
    /// Unchanged answer of the node.
    None,
    /// No answer. The node does not receive the request.
    Silence,
    /// No answer, though the node received the request.
    SilenceAfterDelivery,
    /// Closed connection.
    Close {
        /// `true` if the node receives the request before.
        after_delivery: bool,
    },
    /// Answer without the node.
    Answer {
        /// Status of the answer.
        status: &'static str,
        /// Further headers, each with its line break.
        headers: String,
        /// Body of the answer.
        body: Vec<u8>,
    },
    /// Announced body, of which one byte is sent every 20 ms.
    Drip,
    /// Announced body, cut off by a close before its end.
    Truncate,
    /// Answer of the node with this change.
    Change(Box<Change>),
    /// Another request to the node.
    Rewrite {
        /// Replacement of the request.
        request: Value,
        /// Conversion of the node's answer.
        answer: Box<Rewritten>,
    },
}

/// The treatment of one call, alone or in a batch.
pub enum CallFault {
    /// Unchanged answer of the node.
    None,
    /// Closed connection, for the whole batch.
    Close,
    /// Answer with this error.
    Refuse {
        /// Code of the error.
        code: i32,
        /// Message of the error.
        message: &'static str,
    },
    /// Answer of the node with this change.
    Change(Box<Change>),
}

impl Fault {
    /// Returns an answer with `body`.
    pub fn body(body: impl Into<Vec<u8>>) -> Self {
        Self::Answer { status: "200 OK", headers: String::new(), body: body.into() }
    }

    /// Returns an answer to `request` with a JSON-RPC error.
    pub fn error(request: &Value, code: i32, message: &str) -> Self {
        Self::body(refused(request, code, message).to_string())
    }

    /// Returns an answer without a body.
    pub fn status(status: &'static str, headers: &str) -> Self {
        Self::Answer { status, headers: headers.to_owned(), body: Vec::new() }
    }

    /// Returns the treatment of `request` in which each call is treated as `faults` returns.
    pub fn by_call(request: &Value, faults: impl Fn(&Value) -> CallFault) -> Self {
        let calls = calls_of(request);
        let found: Vec<_> = calls.iter().map(|call| (call["id"].clone(), faults(call))).collect();
        if found.iter().any(|(_, fault)| matches!(fault, CallFault::Close)) {
            return Self::Close { after_delivery: false };
        }
        if found.iter().all(|(_, fault)| matches!(fault, CallFault::None)) {
            return Self::None;
        }
        Self::Change(Box::new(move |answers| {
            for (id, fault) in &found {
                if let Some(answer) = answer_to(id, answers) {
                    fault.apply(id, answer);
                }
            }
        }))
    }
}

impl CallFault {
    fn apply(&self, id: &Value, answer: &mut Value) {
        match self {
            Self::None | Self::Close => {}
            Self::Refuse { code, message } => {
                *answer = refused(&json!({ "id": id }), *code, message);
            }
            Self::Change(change) => change(answer),
        }
    }
}

/// Returns the calls of a request: its own, or those of the batch.
pub fn calls_of(request: &Value) -> &[Value] {
    match request {
        Value::Array(calls) => calls,
        call => std::slice::from_ref(call),
    }
}

fn answer_to<'a>(id: &Value, answers: &'a mut Value) -> Option<&'a mut Value> {
    match answers {
        Value::Array(answers) => answers.iter_mut().find(|answer| answer["id"] == *id),
        answer => Some(answer),
    }
}

fn refused(request: &Value, code: i32, message: &str) -> Value {
    let error = json!({ "code": code, "message": message });
    json!({ "jsonrpc": "2.0", "id": request["id"], "error": error })
}

impl fmt::Debug for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::None => "None",
            Self::Silence => "Silence",
            Self::SilenceAfterDelivery => "SilenceAfterDelivery",
            Self::Close { .. } => "Close",
            Self::Answer { .. } => "Answer",
            Self::Drip => "Drip",
            Self::Truncate => "Truncate",
            Self::Change(_) => "Change",
            Self::Rewrite { .. } => "Rewrite",
        })
    }
}

impl fmt::Debug for CallFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::None => "None",
            Self::Close => "Close",
            Self::Refuse { .. } => "Refuse",
            Self::Change(_) => "Change",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn call_of_a_batch_is_refused_alone_and_its_answer_found_by_id() {
        let request = json!([{ "id": 1, "method": "a" }, { "id": 2, "method": "b" }]);
        let fault = Fault::by_call(&request, |call| match call["method"] == "b" {
            true => CallFault::Refuse { code: -32602, message: "no" },
            false => CallFault::None,
        });
        let Fault::Change(change) = fault else { panic!("{fault:?}") };
        let mut answers = json!([{ "id": 2, "result": "two" }, { "id": 1, "result": "one" }]);
        change(&mut answers);
        assert_eq!(answers[0]["error"]["code"], -32602);
        assert_eq!(answers[1]["result"], "one");
    }

    #[test]
    fn call_that_closes_closes_its_batch_and_none_passes() {
        let request = json!([{ "id": 1 }, { "id": 2 }]);
        let closing = Fault::by_call(&request, |call| match call["id"] == 2 {
            true => CallFault::Close,
            false => CallFault::None,
        });
        assert!(matches!(closing, Fault::Close { after_delivery: false }), "{closing:?}");
        let passing = Fault::by_call(&request, |_| CallFault::None);
        assert!(matches!(passing, Fault::None), "{passing:?}");
    }
}
