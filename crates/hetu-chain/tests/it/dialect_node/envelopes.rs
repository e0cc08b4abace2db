//! Envelopes of JSON-RPC answers.

use serde_json::{Value, json};

/// A form of the envelope around a result or an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Envelope {
    /// The form of the specification.
    Plain,
    /// The unused one of `result` and `error` as `null`.
    Null,
    /// Members outside the specification, in the envelope and in the error.
    MoreMembers,
    /// An envelope without `jsonrpc`.
    NoVersion,
    /// The id as a string.
    TextId,
    /// The id as `null`, in answers to single calls.
    NullId,
    /// A list of one answer to a single call.
    List,
    /// The code of an error as a string.
    TextCode,
    /// Spaces and a byte order mark around the answer.
    Spaced,
    /// The error of the node inside an error of a gateway.
    Nested,
    /// A string instead of an error object, where the code adds no information to the string.
    TextError,
}

pub(crate) const ENVELOPES: [Envelope; 11] = [
    Envelope::Plain,
    Envelope::Null,
    Envelope::MoreMembers,
    Envelope::NoVersion,
    Envelope::TextId,
    Envelope::NullId,
    Envelope::List,
    Envelope::TextCode,
    Envelope::Spaced,
    Envelope::Nested,
    Envelope::TextError,
];

impl Envelope {
    /// Changes an answer, or one of a batch.
    pub(crate) fn put_on(self, answer: &mut Value, is_batch: bool) {
        let is_error = answer.get("error").is_some();
        match self {
            Self::Plain | Self::List | Self::Spaced => {}
            Self::Null => {
                answer[if is_error { "result" } else { "error" }] = Value::Null;
            }
            Self::MoreMembers => {
                answer["usage"] = json!({ "credits": 1 });
                if is_error {
                    answer["error"]["trace_id"] = json!("1-5f84");
                }
            }
            Self::NoVersion => {
                answer.as_object_mut().unwrap().remove("jsonrpc");
            }
            Self::TextId => answer["id"] = json!(answer["id"].to_string()),
            Self::NullId if !is_batch => answer["id"] = Value::Null,
            Self::TextCode if is_error => {
                answer["error"]["code"] = json!(answer["error"]["code"].to_string());
            }
            Self::Nested if is_error => {
                let inner = answer["error"].take();
                let message = "Internal JSON-RPC error.";
                answer["error"] = json!({ "code": -32_603, "message": message, "data": inner });
            }
            Self::TextError if is_error => {
                let error = &answer["error"];
                if error["code"] == -32_000 && error.get("data").is_none() {
                    answer["error"] = error["message"].clone();
                }
            }
            Self::NullId | Self::TextCode | Self::Nested | Self::TextError => {}
        }
    }

    /// Returns the body of the answer.
    pub(crate) fn text(self, answer: &Value, is_batch: bool) -> String {
        match self {
            Self::List if !is_batch => json!([answer]).to_string(),
            Self::Spaced => format!("\u{feff} {answer}\r\n"),
            _ => answer.to_string(),
        }
    }
}
