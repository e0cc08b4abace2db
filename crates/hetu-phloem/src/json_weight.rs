//! An estimate of the memory of an untyped JSON text before it is decoded.
//!
//! Two bytes of text can become 32 bytes in memory, and an object of one member several hundred: a
//! reply within its limit of bytes could take a hundred times as much.

use crate::QueryError;

/// The largest ratio of a decoded reply's memory to the limit of its content.
const MOST_EXPANSION: usize = 8;
/// Texts up to this length take little memory for any content.
const ALWAYS_LIGHT: usize = 64 * 1024;

/// Bytes of a value: `serde_json::Value`, or an element of a list that grows by doubling.
const VALUE: usize = 32;
/// Bytes of an object: the first leaf of a B-tree from text to values.
const OBJECT: usize = 640;

/// Refuses a JSON text that takes more than eight times `limit` bytes once it is decoded.
pub(crate) fn check(text: &[u8], limit: usize) -> Result<(), QueryError> {
    let most = limit.saturating_mul(MOST_EXPANSION);
    if text.len() > ALWAYS_LIGHT && weight(text) > most {
        let reason = format!("it takes more than {most} bytes of memory");
        return Err(QueryError::Undecodable { reason, request_id: None });
    }
    Ok(())
}

/// Returns the bytes that `text` costs in a budget beyond its length, so that the decoded replies
/// take no more than eight times the budget.
pub(crate) fn excess(text: &[u8]) -> usize {
    (weight(text) / MOST_EXPANSION).saturating_sub(text.len())
}

/// Estimates the bytes of decoded `text`. The result for invalid JSON is unspecified.
fn weight(text: &[u8]) -> usize {
    let (mut weight, mut is_in_string, mut is_escaped) = (text.len(), false, false);
    for byte in text {
        if is_in_string {
            (is_in_string, is_escaped) =
                (is_escaped || *byte != b'"', !is_escaped && *byte == b'\\');
            continue;
        }
        match byte {
            b'"' => is_in_string = true,
            b'[' | b',' => weight = weight.saturating_add(VALUE),
            b'{' => weight = weight.saturating_add(OBJECT),
            _ => {}
        }
    }
    weight
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn text(value: &Value) -> Vec<u8> {
        serde_json::to_vec(value).unwrap()
    }

    #[test]
    fn text_of_strings_and_numbers_weighs_little_more_than_its_length() {
        let long = text(&json!({ "text": "[{,".repeat(1_000_000) }));
        assert!(weight(&long) < long.len() + 1_000);
        let numbers: Vec<f64> = (0..100_000).map(|number| f64::from(number) / 7.0).collect();
        let numbers = text(&json!(numbers));
        assert!(weight(&numbers) < 3 * numbers.len());
        assert!(check(&numbers, numbers.len()).is_ok());
        let escaped = text(&json!(["a\"[[[[\\", "\\\\", "]"]));
        assert_eq!(weight(&escaped), escaped.len() + 3 * VALUE);
    }

    /// Covers replies within the limit of bytes that take a multiple in memory.
    #[test]
    fn text_that_expands_is_refused_before_it_is_decoded() {
        for unit in ["{\"\":0},", "[],", "[[]],", "0,"] {
            let text = format!("[{}0]", unit.repeat((1 << 20) / unit.len())).into_bytes();
            assert!(serde_json::from_slice::<Value>(&text).is_ok());
            assert!(check(&text, 1 << 20).is_err(), "{unit}");
            // A short text passes, and counts in a budget for the memory that it takes.
            let short = &text[..ALWAYS_LIGHT];
            assert!(check(short, 1 << 20).is_ok() && excess(short) > ALWAYS_LIGHT / 3);
        }
    }
}
