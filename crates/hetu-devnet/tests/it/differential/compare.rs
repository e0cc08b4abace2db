//! Field-by-field comparison of two answers.
//!
//! Some answers of nodes differ although both are correct, such as the hashes of blocks. They are
//! still compared: a name that one node uses has to correspond to one name of the other node
//! throughout, so that links between blocks, receipts and logs are compared too.

use std::collections::{BTreeSet, HashMap};

use alloy_primitives::B256;
use serde_json::{Map, Value};

/// The tolerated distance of two block times, in seconds, because the chains are asked one after
/// the other.
const TIME_TOLERANCE: u64 = 60;

/// A field in which two answers differ. A side is absent if it lacks the field.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Difference {
    /// The path of the field, with `[]` for the index in a list.
    pub(crate) field: String,
    pub(crate) ours: Option<Value>,
    pub(crate) theirs: Option<Value>,
}

/// The names that the two nodes use for the same objects.
#[derive(Debug, Default)]
pub(crate) struct Names {
    theirs: HashMap<String, String>,
    ours: HashMap<String, String>,
}

impl Names {
    /// Returns `true` if the two can name one object, and links them from now on.
    pub(crate) fn link(&mut self, ours: &str, theirs: &str) -> bool {
        let known = self.theirs.entry(ours.to_owned()).or_insert_with(|| theirs.to_owned());
        let back = self.ours.entry(theirs.to_owned()).or_insert_with(|| ours.to_owned());
        known == theirs && back == ours
    }

    fn are_linked(&self, ours: &str, theirs: &str) -> bool {
        self.theirs.get(ours).is_some_and(|known| known == theirs)
    }

    /// Returns every field in which `ours` and `theirs` differ.
    pub(crate) fn compare(&mut self, ours: &Value, theirs: &Value) -> Vec<Difference> {
        let mut found = Vec::new();
        self.values(String::new(), &mut found, ours, theirs);
        found
    }

    fn values(&mut self, field: String, found: &mut Vec<Difference>, ours: &Value, theirs: &Value) {
        match (ours, theirs) {
            (Value::Object(ours), Value::Object(theirs)) => {
                self.objects(&field, found, ours, theirs);
            }
            (Value::Array(ours), Value::Array(theirs)) => {
                self.lists(&field, found, ours, theirs);
            }
            (ours, theirs) if ours == theirs => {}
            (Value::String(ours), Value::String(theirs)) if self.are_linked(ours, theirs) => {}
            (ours, theirs) => found.push(Difference {
                field,
                ours: Some(ours.clone()),
                theirs: Some(theirs.clone()),
            }),
        }
    }

    fn objects(
        &mut self,
        field: &str,
        found: &mut Vec<Difference>,
        ours: &Map<String, Value>,
        theirs: &Map<String, Value>,
    ) {
        let is_block = ours.contains_key("parentHash");
        let keys: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
        for key in keys {
            let path = if field.is_empty() { key.clone() } else { format!("{field}.{key}") };
            match (ours.get(key), theirs.get(key)) {
                (Some(ours), Some(theirs)) => {
                    if !self.is_same_by_meaning(key, is_block, ours, theirs) {
                        self.values(path, found, ours, theirs);
                    }
                }
                (ours, theirs) => found.push(Difference {
                    field: path,
                    ours: ours.cloned(),
                    theirs: theirs.cloned(),
                }),
            }
        }
    }

    fn lists(
        &mut self,
        field: &str,
        found: &mut Vec<Difference>,
        ours: &[Value],
        theirs: &[Value],
    ) {
        if ours.len() != theirs.len() {
            found.push(Difference {
                field: format!("{field}.length"),
                ours: Some(ours.len().into()),
                theirs: Some(theirs.len().into()),
            });
        }
        for (ours, theirs) in ours.iter().zip(theirs) {
            self.values(format!("{field}[]"), found, ours, theirs);
        }
    }

    /// Returns `true` for fields that can differ without a difference in meaning.
    fn is_same_by_meaning(
        &mut self,
        key: &str,
        is_block: bool,
        ours: &Value,
        theirs: &Value,
    ) -> bool {
        match key {
            "timestamp" | "blockTimestamp" => are_about_equal(ours, theirs),
            "parentHash" | "blockHash" => self.are_names_of_one(ours, theirs),
            "hash" if is_block => self.are_names_of_one(ours, theirs),
            // One state root is not the root of a trie, and both nodes make up `mixHash`.
            "stateRoot" | "mixHash" => word(ours).and(word(theirs)).is_some(),
            _ => false,
        }
    }

    fn are_names_of_one(&mut self, ours: &Value, theirs: &Value) -> bool {
        match (word(ours), word(theirs)) {
            (Some(ours), Some(theirs)) => self.link(ours, theirs),
            _ => false,
        }
    }
}

/// Returns `true` if `ours` is enough gas where `theirs` is just enough, and exceeds it by at most
/// 1.5 percent, which go-ethereum tolerates too.
pub(crate) fn are_close_estimates(ours: &Value, theirs: &Value) -> bool {
    match (quantity(ours), quantity(theirs)) {
        (Some(ours), Some(theirs)) => (theirs..=theirs + theirs * 15 / 1_000).contains(&ours),
        _ => false,
    }
}

/// Returns `true` if two numbers of seconds are as close as two times may be.
pub(crate) fn are_close_seconds(ours: &Value, theirs: &Value) -> bool {
    match (ours.as_u64(), theirs.as_u64()) {
        (Some(ours), Some(theirs)) => ours.abs_diff(theirs) <= TIME_TOLERANCE,
        _ => false,
    }
}

fn quantity(value: &Value) -> Option<u64> {
    u64::from_str_radix(value.as_str()?.strip_prefix("0x")?, 16).ok()
}

/// Returns the text of `value`, if it encodes 32 bytes.
fn word(value: &Value) -> Option<&str> {
    let text = value.as_str()?;
    text.parse::<B256>().is_ok().then_some(text)
}

fn are_about_equal(ours: &Value, theirs: &Value) -> bool {
    match (quantity(ours), quantity(theirs)) {
        (Some(ours), Some(theirs)) => ours.abs_diff(theirs) <= TIME_TOLERANCE,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn repeated(byte: u8) -> String {
        B256::repeat_byte(byte).to_string()
    }

    #[test]
    fn fields_are_compared_one_by_one() {
        let ours = json!({"result": {"a": [1, 2], "b": null, "same": 1}});
        let theirs = json!({"result": {"a": [1, 3, 4], "c": 5, "same": 1}});
        let found = Names::default().compare(&ours, &theirs);
        let difference =
            |field: &str, ours, theirs| Difference { field: field.into(), ours, theirs };
        assert_eq!(
            found,
            [
                difference("result.a.length", Some(json!(2)), Some(json!(3))),
                difference("result.a[]", Some(json!(2)), Some(json!(3))),
                difference("result.b", Some(Value::Null), None),
                difference("result.c", None, Some(json!(5))),
            ]
        );
    }

    #[test]
    fn blocks_may_have_other_hashes_but_have_to_link_alike() {
        let mut names = Names::default();
        let block = |hash, parent| json!({"hash": repeated(hash), "parentHash": repeated(parent)});
        assert_eq!(names.compare(&block(2, 1), &block(12, 11)), []);
        assert_eq!(names.compare(&json!([repeated(2)]), &json!([repeated(12)])), []);
        let unlinked = names.compare(&block(3, 1), &block(13, 12));
        assert_eq!(unlinked[0].field, "parentHash");
        let unknown = names.compare(&json!([repeated(4)]), &json!([repeated(14)]));
        assert_eq!(unknown[0].field, "[]");
    }

    #[test]
    fn hashes_of_transactions_have_to_be_equal() {
        let hash = |byte| json!({"hash": repeated(byte), "blockHash": repeated(9)});
        let found = Names::default().compare(&hash(1), &hash(2));
        assert_eq!(found[0].field, "hash");
    }

    #[test]
    fn times_have_to_be_close() {
        let time = |seconds: u64| json!({"timestamp": format!("{seconds:#x}")});
        assert_eq!(Names::default().compare(&time(1_000), &time(1_060)), []);
        assert_eq!(Names::default().compare(&time(1_000), &time(1_061)).len(), 1);
        assert!(are_close_seconds(&json!(3_600), &json!(3_599)));
        assert!(!are_close_seconds(&json!(3_600), &json!(3_661)));
        assert!(!are_close_seconds(&json!(3_600), &json!("0xe10")));
    }

    #[test]
    fn an_estimate_may_be_a_little_too_much_but_never_too_little() {
        let close = |ours, theirs| are_close_estimates(&json!(ours), &json!(theirs));
        assert!(close("0x3e8", "0x3e8"));
        assert!(close("0x3f7", "0x3e8"));
        assert!(!close("0x3f8", "0x3e8"));
        assert!(!close("0x3e7", "0x3e8"));
    }
}
