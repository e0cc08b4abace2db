//! Error objects of nodes, in all their shapes.
//!
//! The JSON-RPC specification defines `code`, `message` and `data`. Nodes and gateways nest the
//! error of the node behind them in `data`, `error` or `originalError`, write the revert data as
//! text after some words, or return a string only.

use std::fmt;

use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::text::ForeignText;

/// "Internal error", in which gateways wrap the errors of nodes.
const INTERNAL_ERROR: i64 = -32_603;
/// The maximum depth of nested objects that are read.
const DEPTH: usize = 5;
/// The maximum number of members of one object that are read.
const MEMBERS: usize = 32;
/// The maximum number of texts of one error that are kept.
const TEXTS: usize = 8;
/// The shortest revert data: a selector.
const SELECTOR_DIGITS: usize = 8;
/// The number of digits of an ABI word.
const WORD_DIGITS: usize = 64;
/// The HTTP status of an answer without further meaning.
const OK: u16 = 200;

/// Returns `true` for the codes of JSON-RPC and of the Ethereum nodes, which are no HTTP statuses.
pub(super) fn is_json_rpc_code(code: i64) -> bool {
    (-39_999..=-32_000).contains(&code) || code == 3
}

/// An error object that a node returned.
#[derive(Clone, Debug)]
pub(crate) struct NodeError {
    pub(crate) code: i32,
    pub(crate) message: String,
    /// The data with which the contract reverted, for calls that ran.
    pub(crate) revert_data: Option<Vec<u8>>,
    /// The HTTP status of the answer.
    pub(crate) http_status: u16,
}

impl NodeError {
    /// Reads an error of any shape.
    pub(super) fn parse(error: &str) -> Self {
        let mut found = ErrorParts::default();
        found.read(error, 0);
        let message = found.texts.join(": ");
        Self {
            code: found.code(),
            revert_data: found.data.or_else(|| found.bare_data.filter(|_| says_revert(&message))),
            message: ForeignText::new(&message).to_string(),
            http_status: OK,
        }
    }
}

/// The parts of an error, outer objects first.
#[derive(Default)]
struct ErrorParts {
    codes: Vec<i64>,
    texts: Vec<String>,
    data: Option<Vec<u8>>,
    /// A selector without `0x`, which may also be a number.
    bare_data: Option<Vec<u8>>,
}

impl ErrorParts {
    fn read(&mut self, value: &str, depth: usize) {
        match value.as_bytes().first() {
            Some(b'"') => self.add_text(value),
            Some(b'{') if depth < DEPTH => {
                let inner = self.read_members(value);
                for nested in inner {
                    self.read(nested, depth + 1);
                }
            }
            _ => {}
        }
    }

    /// Reads the texts and numbers of an object, and returns the objects in it.
    fn read_members<'error>(&mut self, object: &'error str) -> Vec<&'error str> {
        let (mut inner, mut data) = (Vec::new(), Vec::new());
        for (name, value) in members(object) {
            let value = value.get();
            match (name.as_str(), value.as_bytes().first()) {
                (_, Some(b'{')) => inner.push(value),
                ("code", _) => self.codes.extend(value.trim_matches('"').parse::<i64>().ok()),
                ("data" | "result" | "return" | "returnData" | "output", Some(b'"')) => {
                    data.push(value);
                }
                ("message" | "msg" | "reason" | "details" | "error" | "cause", Some(b'"')) => {
                    self.add_text(value);
                }
                _ => {}
            }
        }
        // The data follows the message, whatever the order of the members.
        for value in data {
            self.add_data(value);
        }
        inner
    }

    fn add_text(&mut self, json: &str) {
        let Ok(text) = serde_json::from_str::<String>(json) else { return };
        let text = text.trim();
        // Gateways repeat the text of the node, with or without words of their own.
        if text.is_empty() || self.texts.iter().any(|known| known.contains(text)) {
            return;
        }
        self.texts.retain(|known| !text.contains(known.as_str()));
        if self.texts.len() < TEXTS {
            self.texts.push(text.to_owned());
        }
    }

    fn add_data(&mut self, json: &str) {
        let Ok(text) = serde_json::from_str::<String>(json) else { return };
        let after_word = without_word(text.trim(), "reverted");
        let has_word = after_word.len() < text.trim().len();
        let digits = after_word.trim_start_matches(':').trim();
        match bytes_of(digits) {
            Some(bytes) => {
                self.data.get_or_insert(bytes);
            }
            None if digits.is_empty() && has_word => {
                self.data.get_or_insert_default();
            }
            None => {
                if let Some(bytes) = selector_of(digits) {
                    self.bare_data.get_or_insert(bytes);
                }
                self.add_text(json);
            }
        }
    }

    fn code(&self) -> i32 {
        let outer = self.codes.first().copied().unwrap_or_default();
        let inner = self.codes.iter().copied().find(|code| *code != INTERNAL_ERROR && *code != 0);
        let is_wrapper = matches!(outer, INTERNAL_ERROR | 0);
        let code = if is_wrapper { inner.unwrap_or(outer) } else { outer };
        i32::try_from(code).unwrap_or_default()
    }
}

/// Returns revert data: with `0x`, or without it if its length is that of an encoded error.
fn bytes_of(text: &str) -> Option<Vec<u8>> {
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => hex::decode(digits).ok(),
        None if text.len() > SELECTOR_DIGITS && text.len() % WORD_DIGITS == SELECTOR_DIGITS => {
            hex::decode(text).ok()
        }
        None => None,
    }
}

fn selector_of(text: &str) -> Option<Vec<u8>> {
    if text.len() == SELECTOR_DIGITS { hex::decode(text).ok() } else { None }
}

/// Returns `text` without the prefix `word`, in any case.
fn without_word<'text>(text: &'text str, word: &str) -> &'text str {
    match text.split_at_checked(word.len()) {
        Some((begin, rest)) if begin.eq_ignore_ascii_case(word) => rest,
        _ => text,
    }
}

/// Returns `true` if an error reports that a contract reverted.
pub(super) fn says_revert(message: &str) -> bool {
    message.to_ascii_lowercase().contains("revert")
}

/// Returns the first members of an object. Uses a visitor, because a map of all members would take
/// many times their size.
fn members(object: &str) -> Vec<(String, &RawValue)> {
    struct ErrorMembers;

    impl<'error> Visitor<'error> for ErrorMembers {
        type Value = Vec<(String, &'error RawValue)>;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("an error object")
        }

        fn visit_map<A: MapAccess<'error>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut kept = Vec::new();
            while kept.len() < MEMBERS
                && let Some(member) = map.next_entry()?
            {
                kept.push(member);
            }
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            Ok(kept)
        }
    }

    let mut reader = serde_json::Deserializer::from_str(object);
    serde::Deserializer::deserialize_map(&mut reader, ErrorMembers).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const REASON: &str = "08c379a0\
        0000000000000000000000000000000000000000000000000000000000000020\
        0000000000000000000000000000000000000000000000000000000000000002\
        4e4f000000000000000000000000000000000000000000000000000000000000";

    fn parsed(error: &serde_json::Value) -> NodeError {
        NodeError::parse(&error.to_string())
    }

    #[test]
    fn revert_data_is_found_wherever_nodes_put_it() {
        use serde_json::json;

        let (with, without) = (format!("0x{REASON}"), REASON);
        for error in [
            json!({ "code": 3, "message": "execution reverted", "data": with }),
            json!({ "code": -32_000, "message": "execution reverted", "data": without }),
            json!({ "code": -32_015, "message": "VM execution error.", "data": format!("Reverted {with}") }),
            json!({ "code": -32_015, "message": "VM execution error.", "data": format!("reverted: {without}") }),
            json!({ "code": -32_603, "message": "Internal error", "data": { "data": with } }),
            json!({ "message": "no", "data": { "originalError": { "data": with, "code": 3 } } }),
            json!({ "message": "no", "error": { "data": with } }),
            json!({ "message": "no", "data": { "result": with, "reason": "NO" } }),
            json!({ "message": "no", "data": { "0x12": { "return": with }, "stack": "at" } }),
            json!({ "message": "no", "data": { "data": { "data": with } } }),
        ] {
            let data = parsed(&error).revert_data;
            assert_eq!(data.map(hex::encode).as_deref(), Some(REASON), "{error}");
        }
        for empty in ["0x", "Reverted 0x", "Reverted"] {
            let error = json!({ "code": 3, "message": "", "data": empty });
            assert_eq!(parsed(&error).revert_data, Some(Vec::new()), "{empty}");
        }
        let selector = json!({ "message": "execution reverted", "data": "12345678" });
        assert_eq!(parsed(&selector).revert_data, Some(vec![0x12, 0x34, 0x56, 0x78]));
    }

    #[test]
    fn other_data_is_no_revert_data() {
        use serde_json::json;

        for data in [
            json!("20261130"),
            json!("Out of gas"),
            json!(17),
            json!(null),
            json!(["0x00"]),
            json!({ "rate": { "allowed": 1 } }),
        ] {
            let error = json!({ "code": -32_000, "message": "no", "data": data });
            assert_eq!(parsed(&error).revert_data, None, "{error}");
        }
    }

    #[test]
    fn inner_error_counts_where_outer_one_wraps_it() {
        use serde_json::json;

        let inner = json!({ "code": -32_000, "message": "nonce too low" });
        for error in [
            json!({ "code": -32_603, "message": "Internal JSON-RPC error.", "data": inner }),
            json!({ "code": -32_603, "message": "Internal", "data": { "originalError": inner } }),
            json!({ "message": "proxy", "error": inner }),
        ] {
            let found = parsed(&error);
            assert_eq!(found.code, -32_000, "{error}");
            assert!(found.message.contains("nonce too low"), "{}", found.message);
        }
        let plain = NodeError::parse("\"nonce too low\"");
        assert_eq!((plain.code, plain.message.as_str()), (0, "nonce too low"));
        let code = NodeError::parse(r#"{"code":99999999999,"message":["no"]}"#);
        assert_eq!((code.code, code.message.as_str()), (0, ""));
        let data_first =
            NodeError::parse(r#"{"data":"revert: NO","message":"VM execution error."}"#);
        assert_eq!(data_first.message, "VM execution error.: revert: NO");
    }

    #[test]
    fn error_without_end_is_read_within_bounds() {
        let deep = "{\"data\":".repeat(100) + "1" + &"}".repeat(100);
        assert_eq!(NodeError::parse(&deep).code, 0);
        let wide: String = (0..10_000).map(|index| format!("\"a{index}\":{{}},")).collect();
        assert_eq!(NodeError::parse(&format!("{{{wide}\"code\":5}}")).code, 0);
        let long = format!("{{\"message\":{:?}}}", "x".repeat(1 << 20));
        assert!(NodeError::parse(&long).message.len() < 2_000);
    }
}
