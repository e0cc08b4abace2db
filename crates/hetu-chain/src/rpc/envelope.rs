//! Requests and answers of JSON-RPC 2.0: strict in sending, tolerant in reading.
//!
//! Answers are read as real nodes write them: `null` beside the member that matters, members that
//! no specification defines, a missing `jsonrpc`, ids as strings, errors that are strings.
//! Contradictory answers are refused: a result beside an error, or an answer to another call.

use std::error::Error;
use std::fmt;

use serde::de::{IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use super::NodeError;
use super::node_error::is_json_rpc_code;
use crate::text::ForeignError;

/// The answer to one call: the JSON text of its result, or the node's error.
pub(super) type Answer<'body> = Result<&'body RawValue, NodeError>;

/// The answers to a batch.
#[derive(Debug)]
pub(super) enum BatchAnswer<'body> {
    /// One answer for each call, in the order of the calls.
    Each(Vec<Answer<'body>>),
    /// One error for all calls.
    Whole(NodeError),
}

/// The reason for which a body is not a valid answer.
#[derive(Debug)]
pub(super) struct NoAnswer(pub(super) ForeignError);

#[derive(Serialize)]
struct CallEnvelope<'call> {
    jsonrpc: &'static str,
    id: u64,
    method: &'call str,
    params: &'call [Value],
}

/// Returns the text of one call.
pub(super) fn call(id: u64, method: &str, params: &[Value]) -> serde_json::Result<Vec<u8>> {
    serde_json::to_vec(&CallEnvelope { jsonrpc: "2.0", id, method, params })
}

/// Returns the text of a batch. Its ids begin with `first_id`.
pub(super) fn batch<'call>(
    first_id: u64,
    calls: impl Iterator<Item = (&'call str, &'call [Value])>,
) -> serde_json::Result<Vec<u8>> {
    let numbered = (first_id..).zip(calls);
    let requests: Vec<_> = numbered
        .map(|(id, (method, params))| CallEnvelope { jsonrpc: "2.0", id, method, params })
        .collect();
    serde_json::to_vec(&requests)
}

/// Reads the answer to the call `id`: an object, or a list of one.
pub(super) fn read_single(body: &str, id: u64) -> Result<Answer<'_>, NoAnswer> {
    let body = trimmed(body);
    let list;
    let body = if body.starts_with('[') {
        list = elements(body, 1)?;
        let [only] = list[..] else {
            return Err(no_answer(format!("{} answers to one call", list.len())));
        };
        only.get()
    } else {
        body
    };
    let (echoed, answer) = envelope(body)?;
    match echoed {
        EchoedId::Missing => Ok(answer),
        EchoedId::Number(echoed) if echoed == id => Ok(answer),
        EchoedId::Number(_) | EchoedId::Other => Err(no_answer("an answer to another call")),
    }
}

/// Reads the answers to `count` calls. Their ids begin with `first_id`.
pub(super) fn read_batch(
    body: &str,
    first_id: u64,
    count: usize,
) -> Result<BatchAnswer<'_>, NoAnswer> {
    let body = trimmed(body);
    if !body.starts_with('[') {
        return match envelope(body)? {
            (_, Err(error)) => Ok(BatchAnswer::Whole(error)),
            (_, Ok(_)) => Err(no_answer("one answer to a batch")),
        };
    }
    let list = elements(body, count)?;
    if let [only] = list[..]
        && count > 1
        && let (EchoedId::Missing, Err(error)) = envelope(only.get())?
    {
        return Ok(BatchAnswer::Whole(error));
    }
    if list.len() != count {
        return Err(no_answer(format!("{} answers to a batch of {count}", list.len())));
    }
    let mut answers: Vec<Option<Answer<'_>>> = Vec::new();
    answers.resize_with(count, || None);
    for element in list {
        let (echoed, answer) = envelope(element.get())?;
        let EchoedId::Number(id) = echoed else {
            return Err(no_answer("an answer of a batch without its id"));
        };
        let place = id.checked_sub(first_id).and_then(|place| usize::try_from(place).ok());
        let place = place.and_then(|place| answers.get_mut(place));
        match place {
            Some(place) if place.is_none() => *place = Some(answer),
            _ => return Err(no_answer("an answer of a batch is missing")),
        }
    }
    Ok(BatchAnswer::Each(answers.into_iter().flatten().collect()))
}

fn trimmed(body: &str) -> &str {
    body.trim_start_matches('\u{feff}').trim()
}

fn no_answer(reason: impl Into<Box<dyn Error + Send + Sync>>) -> NoAnswer {
    NoAnswer(ForeignError::new(reason))
}

#[derive(Deserialize)]
struct AnswerEnvelope<'body> {
    #[serde(borrow, default, deserialize_with = "present")]
    id: Option<&'body RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    result: Option<&'body RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    error: Option<&'body RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    code: Option<&'body RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    message: Option<&'body RawValue>,
}

/// Returns `Some` also for `null`, which differs from a missing member.
fn present<'body, D: Deserializer<'body>>(reader: D) -> Result<Option<&'body RawValue>, D::Error> {
    Deserialize::deserialize(reader).map(Some)
}

enum EchoedId {
    Missing,
    Number(u64),
    Other,
}

fn envelope(text: &str) -> Result<(EchoedId, Answer<'_>), NoAnswer> {
    let parsed: AnswerEnvelope<'_> = serde_json::from_str(text).map_err(no_answer)?;
    let answer = match (parsed.result, parsed.error) {
        (Some(result), None) => Ok(result),
        (Some(result), Some(error)) if is_blank(error) => Ok(result),
        (Some(result), Some(_)) if !is_blank(result) => {
            return Err(no_answer("a result beside an error"));
        }
        (_, Some(error)) if error.get() != "null" => Err(NodeError::parse(error.get())),
        _ if is_error(&parsed) => Err(NodeError::parse(text)),
        _ => return Err(no_answer("neither a result nor an error")),
    };
    Ok((echoed_id(parsed.id), answer))
}

/// Returns `true` for the values that nodes write beside the member that matters.
fn is_blank(value: &RawValue) -> bool {
    matches!(value.get(), "null" | "false" | "0" | "\"\"" | "\"0x\"" | "{}" | "[]")
}

/// Returns `true` if the envelope itself is the error.
fn is_error(envelope: &AnswerEnvelope<'_>) -> bool {
    let code = envelope.code.and_then(|code| code.get().parse().ok());
    envelope.message.is_some() && code.is_some_and(is_json_rpc_code)
}

fn echoed_id(id: Option<&RawValue>) -> EchoedId {
    match id.map(RawValue::get) {
        None | Some("null") => EchoedId::Missing,
        Some(text) => {
            let text = text.trim_matches('"');
            // Some libraries write every number as a floating-point one.
            let digits = text.strip_suffix(".0").unwrap_or(text);
            digits.parse().map_or(EchoedId::Other, EchoedId::Number)
        }
    }
}

/// Returns the elements of a list, at most `most` and one more: a body of many small elements would
/// take many times its size in memory.
fn elements(body: &str, most: usize) -> Result<Vec<&RawValue>, NoAnswer> {
    struct DepthBound(usize);

    impl<'body> Visitor<'body> for DepthBound {
        type Value = Vec<&'body RawValue>;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("a list of answers")
        }

        fn visit_seq<A: SeqAccess<'body>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            let mut kept = Vec::new();
            while kept.len() <= self.0
                && let Some(element) = list.next_element()?
            {
                kept.push(element);
            }
            while list.next_element::<IgnoredAny>()?.is_some() {}
            Ok(kept)
        }
    }

    let mut reader = serde_json::Deserializer::from_str(body);
    let kept = reader.deserialize_seq(DepthBound(most)).map_err(no_answer)?;
    reader.end().map_err(no_answer)?;
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn single(body: &str) -> Result<Result<String, i32>, String> {
        let answer = read_single(body, 7).map_err(|NoAnswer(reason)| reason.to_string())?;
        Ok(answer.map(|result| result.get().to_owned()).map_err(|error| error.code))
    }

    #[test]
    fn envelope_variants_with_result_give_result() {
        for body in [
            r#"{"jsonrpc":"2.0","id":7,"result":"0x1"}"#,
            r#"{"jsonrpc":"2.0","id":7,"result":"0x1","error":null}"#,
            r#"{"jsonrpc":"2.0","id":7,"error":{},"result":"0x1"}"#,
            r#"{"jsonrpc":"2.0","id":7,"error":"","result":"0x1"}"#,
            r#"{"jsonrpc":"2.0","id":7,"error":false,"result":"0x1"}"#,
            r#"{"id":7,"result":"0x1"}"#,
            r#"{"jsonrpc":"1.0","id":"7","result":"0x1"}"#,
            r#"{"jsonrpc":null,"id":null,"result":"0x1"}"#,
            r#"{"jsonrpc":"2.0","id":7.0,"result":"0x1"}"#,
            r#"{"result":"0x1","usage":{"credits":3},"code":0,"message":"ok"}"#,
            "\u{feff} \n{\"id\":7,\"result\":\"0x1\"}\r\n",
            r#"[{"id":7,"result":"0x1"}]"#,
        ] {
            assert_eq!(single(body), Ok(Ok("\"0x1\"".into())), "{body}");
        }
        assert_eq!(single(r#"{"id":7,"result":null}"#), Ok(Ok("null".into())));
        assert_eq!(single(r#"{"id":7,"result":null,"error":null}"#), Ok(Ok("null".into())));
        assert_eq!(single(r#"{"id":7,"result":[],"error":null}"#), Ok(Ok("[]".into())));
    }

    #[test]
    fn envelope_variants_with_error_give_error() {
        for (body, code) in [
            (r#"{"jsonrpc":"2.0","id":7,"error":{"code":-32000,"message":"no"}}"#, -32_000),
            (r#"{"id":7,"result":null,"error":{"code":-32000,"message":"no"}}"#, -32_000),
            (r#"{"id":7,"result":"0x","error":{"code":-32000,"message":"no"}}"#, -32_000),
            (r#"{"id":7,"result":{},"error":{"code":"-32000","message":"no"}}"#, -32_000),
            (r#"{"id":null,"error":{"code":-32000,"message":"no","hint":1},"at":2}"#, -32_000),
            (r#"{"error":"nonce too low"}"#, 0),
            (r#"{"error":{}}"#, 0),
            (r#"{"code":-32601,"message":"no such method"}"#, -32_601),
            (r#"[{"error":{"code":3,"message":"no"}}]"#, 3),
        ] {
            assert_eq!(single(body), Ok(Err(code)), "{body}");
        }
    }

    #[test]
    fn body_that_contradicts_itself_is_no_answer() {
        for body in [
            "",
            "null",
            "[]",
            "{}",
            "\"text\"",
            "<html>",
            r#"{"id":7}"#,
            r#"{"id":7,"error":null}"#,
            r#"{"id":8,"result":"0x1"}"#,
            r#"{"id":"8","result":"0x1"}"#,
            r#"{"id":{},"result":"0x1"}"#,
            r#"{"id":7,"result":"0x1","error":{"code":1,"message":"no"}}"#,
            r#"{"id":7,"result":"0x1"} {"id":7,"result":"0x2"}"#,
            r#"[{"id":7,"result":"0x1"},{"id":7,"result":"0x2"}]"#,
            r#"{"message":"Forbidden"}"#,
            r#"{"code":403,"message":"Forbidden"}"#,
            r#"{"id":7,"result":"0x1"#,
        ] {
            assert!(single(body).is_err(), "{body}");
        }
    }

    fn batch_of_two(body: &str) -> Result<Vec<Result<String, i32>>, String> {
        match read_batch(body, 7, 2).map_err(|NoAnswer(reason)| reason.to_string())? {
            BatchAnswer::Whole(error) => Ok(vec![Err(error.code)]),
            BatchAnswer::Each(answers) => Ok(answers
                .into_iter()
                .map(|answer| answer.map(|raw| raw.get().into()).map_err(|error| error.code))
                .collect()),
        }
    }

    #[test]
    fn batch_answers_come_in_order_of_calls() {
        let both = Ok(vec![Ok("1".to_owned()), Err(-5)]);
        for body in [
            r#"[{"id":7,"result":1},{"id":8,"error":{"code":-5,"message":""}}]"#,
            r#"[{"id":"8","result":null,"error":{"code":-5}},{"id":7,"result":1,"error":null}]"#,
        ] {
            assert_eq!(batch_of_two(body), both, "{body}");
        }
        for whole in [
            r#"{"id":null,"error":{"code":-9,"message":"no batches"}}"#,
            r#"[{"id":null,"error":{"code":-9,"message":"no batches"}}]"#,
        ] {
            assert_eq!(batch_of_two(whole), Ok(vec![Err(-9)]), "{whole}");
        }
    }

    #[test]
    fn batch_without_answer_to_each_call_is_no_answer() {
        for body in [
            "[]",
            "{}",
            r#"{"id":7,"result":1}"#,
            r#"[{"id":7,"result":1}]"#,
            r#"[{"id":7,"result":1},{"id":7,"result":1}]"#,
            r#"[{"id":7,"result":1},{"id":9,"result":1}]"#,
            r#"[{"id":7,"result":1},{"result":1}]"#,
            r#"[{"id":7,"result":1},{"id":8,"result":1},{"id":9,"result":1}]"#,
            "[1,2]",
        ] {
            assert!(batch_of_two(body).is_err(), "{body}");
        }
    }
}
