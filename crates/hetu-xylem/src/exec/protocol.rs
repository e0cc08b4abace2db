//! The lines sent to a program and its answers: one JSON object per line.

use std::io;
use std::time::Duration;

use hetu_chain::text::decode_text;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::ser::{Formatter, Serializer};

use super::error::ProgramFailure;
use super::lines::excerpt;
use crate::HandlerError;

/// The longest `Retry-After` that a program can set.
const LONGEST_PAUSE: Duration = Duration::from_secs(3_600);

#[derive(Serialize)]
struct ProgramQuestion<'call> {
    request: &'call Value,
}

/// Returns the line that sends `request`, with its line end.
pub(super) fn question(request: &Value) -> Result<Vec<u8>, serde_json::Error> {
    let mut line = Vec::new();
    ProgramQuestion { request }.serialize(&mut Serializer::with_formatter(&mut line, Ascii))?;
    line.push(b'\n');
    Ok(line)
}

/// A formatter for JSON in one line of ASCII. Languages differ in the other characters that end a
/// line (for example U+2028), and in the encoding of their input.
struct Ascii;

impl Formatter for Ascii {
    fn write_string_fragment<W>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()>
    where
        W: ?Sized + io::Write,
    {
        for part in fragment.split_inclusive(|character: char| !character.is_ascii()) {
            let (plain, last) = match part.char_indices().next_back() {
                Some((start, last)) if !last.is_ascii() => (&part[..start], Some(last)),
                _ => (part, None),
            };
            writer.write_all(plain.as_bytes())?;
            for unit in last.into_iter().flat_map(|last| last.encode_utf16(&mut [0; 2]).to_vec()) {
                write!(writer, "\\u{unit:04x}")?;
            }
        }
        Ok(())
    }
}

/// An answer: an object with one of these members.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ProgramAnswer {
    /// The reply to the caller.
    Reply(Value),
    /// The reason for a rejection, sent to the caller.
    Rejected(String),
    /// The cause of a failure, only for the log.
    Failed(String),
    /// An overload, with the number of seconds after which the caller may retry.
    Overloaded(f64),
}

impl ProgramAnswer {
    /// Parses a line.
    pub(super) fn parse(line: &[u8]) -> Result<Self, ProgramFailure> {
        // Some runtimes write a byte order mark before their first line.
        let unreadable = || ProgramFailure::Unreadable { line: excerpt(line) };
        let text = decode_text(line).map_err(|_| unreadable())?;
        serde_json::from_str(text).map_err(|_| unreadable())
    }

    /// Converts the answer into the result of a handler.
    pub(super) fn outcome(self) -> Result<Value, HandlerError> {
        match self {
            Self::Reply(reply) => Ok(reply),
            Self::Rejected(detail) => Err(HandlerError::rejected(detail)),
            Self::Failed(text) => Err(ProgramFailure::Failed(text).into()),
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
        let request = json!({ "é": "two\nlines\r\u{2028}, and \"🌱\"\u{1}" });
        let line = question(&request).unwrap();
        let expected = concat!(
            r#"{"request":{"\u00e9":"two\nlines\r\u2028, and \"\ud83c\udf31\"\u0001"}}"#,
            "\n"
        );
        assert_eq!(String::from_utf8_lossy(&line), expected);
        assert_eq!(serde_json::from_slice::<Value>(&line).unwrap()["request"], request);
    }

    #[test]
    fn an_answer_says_which_kind_it_is() {
        for (line, answer) in [
            (r#"{"reply": null}"#, ProgramAnswer::Reply(Value::Null)),
            (r#"{"reply": {"rejected": "no"}}"#, ProgramAnswer::Reply(json!({ "rejected": "no" }))),
            (r#" {"rejected": "no"} "#, ProgramAnswer::Rejected("no".to_owned())),
            (r#"{"failed": "disk full"}"#, ProgramAnswer::Failed("disk full".to_owned())),
            (r#"{"overloaded": 3}"#, ProgramAnswer::Overloaded(3.0)),
            ("\u{feff}{\"reply\": 7}", ProgramAnswer::Reply(json!(7))),
        ] {
            assert_eq!(ProgramAnswer::parse(line.as_bytes()), Ok(answer), "{line}");
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
            let unreadable = Err(ProgramFailure::Unreadable { line: line.to_owned() });
            assert_eq!(ProgramAnswer::parse(line.as_bytes()), unreadable);
        }
    }

    #[test]
    fn failure_text_of_a_program_stays_on_one_line_of_the_log() {
        let ProgramAnswer::Failed(text) =
            ProgramAnswer::parse(br#"{"failed":"one\ntwo\u001b[31m"}"#).unwrap()
        else {
            panic!("no failure")
        };
        let shown = ProgramFailure::Failed(text).to_string();
        assert!(!shown.contains(char::is_control), "{shown:?}");
    }

    #[test]
    fn no_pause_is_endless_or_negative() {
        for seconds in [-1.0, 1e300, 1e9] {
            let error = ProgramAnswer::Overloaded(seconds).outcome().unwrap_err();
            assert_eq!(format!("{error:?}"), "Overloaded(3600s)");
        }
    }
}
