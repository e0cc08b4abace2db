//! What is written to a program, and what it answers: an object a line, in JSON.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error::Failure;
use super::lines::excerpt;
use crate::HandlerError;

/// No program asks callers to wait for longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(3_600);

#[derive(Serialize)]
struct Question<'call> {
    request: &'call Value,
}

/// The line that asks for `request`, with its end.
pub(super) fn question(request: &Value) -> Result<Vec<u8>, serde_json::Error> {
    let mut line = serde_json::to_vec(&Question { request })?;
    line.push(b'\n');
    Ok(line)
}

/// An object with one of these members.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Answer {
    /// What the caller gets.
    Reply(Value),
    /// Why the call is refused, for the caller to read.
    Rejected(String),
    /// What went wrong, for the log alone.
    Failed(String),
    /// There is too much to do; after so many seconds the caller may come back.
    Overloaded(f64),
}

impl Answer {
    /// Reads a line.
    pub(super) fn parse(line: &[u8]) -> Result<Self, Failure> {
        serde_json::from_slice(line).map_err(|_| Failure::Unreadable { line: excerpt(line) })
    }

    /// The answer as what a handler returns.
    pub(super) fn outcome(self) -> Result<Value, HandlerError> {
        match self {
            Self::Reply(reply) => Ok(reply),
            Self::Rejected(detail) => Err(HandlerError::rejected(detail)),
            Self::Failed(text) => Err(Failure::Failed(text).into()),
            Self::Overloaded(seconds) => {
                let pause = Duration::try_from_secs_f64(seconds).unwrap_or(LONGEST_PAUSE);
                Err(HandlerError::overloaded(pause.min(LONGEST_PAUSE)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_question_is_one_line_whatever_is_asked() {
        let line = question(&json!({ "text": "two\nlines\r\u{2028}" })).unwrap();
        let expected = "{\"request\":{\"text\":\"two\\nlines\\r\u{2028}\"}}\n";
        assert_eq!(line, expected.as_bytes());
    }

    #[test]
    fn an_answer_says_which_kind_it_is() {
        for (line, answer) in [
            (r#"{"reply": null}"#, Answer::Reply(Value::Null)),
            (r#"{"reply": {"rejected": "no"}}"#, Answer::Reply(json!({ "rejected": "no" }))),
            (r#" {"rejected": "no"} "#, Answer::Rejected("no".to_owned())),
            (r#"{"failed": "disk full"}"#, Answer::Failed("disk full".to_owned())),
            (r#"{"overloaded": 3}"#, Answer::Overloaded(3.0)),
        ] {
            assert_eq!(Answer::parse(line.as_bytes()), Ok(answer), "{line}");
        }
    }

    #[test]
    fn nothing_else_is_an_answer() {
        for line in [
            "",
            "7",
            "null",
            "{}",
            r#""reply""#,
            r#"{"result": 8}"#,
            r#"{"rejected": 7}"#,
            r#"{"reply": 1, "rejected": "no"}"#,
            r#"{"reply": 1} {"reply": 2}"#,
            "loading the model",
        ] {
            let unreadable = Err(Failure::Unreadable { line: line.to_owned() });
            assert_eq!(Answer::parse(line.as_bytes()), unreadable);
        }
    }

    #[test]
    fn no_pause_is_endless_or_negative() {
        for seconds in [-1.0, 1e300, 1e9] {
            let error = Answer::Overloaded(seconds).outcome().unwrap_err();
            assert_eq!(format!("{error:?}"), "Overloaded(3600s)");
        }
    }
}
