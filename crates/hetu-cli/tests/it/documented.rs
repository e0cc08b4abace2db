//! The shapes of results that docs/reference/cli.md promises.

use serde_json::Value;

const DOCUMENT: &str = include_str!("../../../../docs/reference/cli.md");

/// Asserts that `actual` has exactly the members of the first example below the heading that begins
/// with `heading`, and that their types are equal.
pub(crate) fn assert_documented(heading: &str, actual: &Value) {
    assert_same_shape(heading, &example(heading), actual);
}

fn example(heading: &str) -> Value {
    let section = DOCUMENT
        .split("\n### ")
        .skip(1)
        .find(|section| section.trim_start_matches('`').starts_with(heading))
        .unwrap_or_else(|| panic!("{heading} is not documented"));
    let json = section.split("```json\n").nth(1).and_then(|rest| rest.split("```").next());
    serde_json::from_str(json.unwrap_or_else(|| panic!("{heading} has no example"))).unwrap()
}

fn assert_same_shape(place: &str, documented: &Value, actual: &Value) {
    match (documented, actual) {
        (Value::Object(documented), Value::Object(actual)) => {
            let names = |members: &serde_json::Map<String, Value>| {
                members.keys().cloned().collect::<Vec<_>>()
            };
            assert_eq!(names(documented), names(actual), "{place}");
            for (name, documented) in documented {
                assert_same_shape(&format!("{place}.{name}"), documented, &actual[name]);
            }
        }
        (Value::Array(documented), Value::Array(actual)) => {
            let Some(documented) = documented.first() else { return };
            for actual in actual {
                assert_same_shape(&format!("{place}[]"), documented, actual);
            }
        }
        // The documentation describes null values in words.
        (Value::Null, _) | (_, Value::Null) => {}
        _ => assert_eq!(kind(documented), kind(actual), "{place}: {actual}"),
    }
}

const fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[test]
fn another_shape_is_noticed() {
    let documented = serde_json::json!({ "a": [{ "b": "1" }], "c": null });
    let differs = |actual: Value| {
        std::panic::catch_unwind(|| assert_same_shape("", &documented, &actual)).is_err()
    };
    assert!(!differs(serde_json::json!({ "a": [{ "b": "2" }], "c": 1 })));
    assert!(!differs(serde_json::json!({ "a": [], "c": 1 })));
    for actual in [
        serde_json::json!({ "a": [{ "b": "2" }] }),
        serde_json::json!({ "a": [{ "b": "2" }], "c": 1, "d": 1 }),
        serde_json::json!({ "a": [{ "b": 2 }], "c": 1 }),
        serde_json::json!({ "a": [{ "b": "2" }, {}], "c": 1 }),
    ] {
        assert!(differs(actual.clone()), "{actual}");
    }
}
