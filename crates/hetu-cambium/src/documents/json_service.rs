//! A service that is defined at run time.

use hetu_chain::{Retryability, Retryable};
use percent_encoding::percent_decode_str;
use schemars::Schema;
use serde_json::Value;

/// Keywords of JSON Schema that have a schema as their value.
const SCHEMAS: [&str; 12] = [
    "additionalItems",
    "additionalProperties",
    "contains",
    "contentSchema",
    "else",
    "if",
    "items",
    "not",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
];
/// Keywords that have a list of schemas as their value. In earlier drafts, `items` is one.
const LISTS: [&str; 5] = ["allOf", "anyOf", "items", "oneOf", "prefixItems"];
/// Keywords that have a map of schemas as their value.
const MAPS: [&str; 5] =
    ["$defs", "definitions", "dependentSchemas", "patternProperties", "properties"];
/// Keywords of references from elsewhere, or of references by other means than a location.
const ELSEWHERE: [&str; 6] = [
    "$anchor",
    "$dynamicAnchor",
    "$dynamicRef",
    "$recursiveAnchor",
    "$recursiveRef",
    "$vocabulary",
];

/// A service that takes and returns any JSON. Its name and schemas are data and not types, for
/// example for a program in another language that is named on a command line.
///
/// Without a schema, every JSON value is a valid request or reply. Schemas are published but not
/// enforced; the service itself checks the content.
#[derive(Clone, Debug, PartialEq)]
pub struct JsonService {
    name: String,
    request: Schema,
    reply: Schema,
}

impl JsonService {
    /// Creates a service called `name`, a path segment as for
    /// [`Service::NAME`](crate::Service::NAME).
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), request: true.into(), reply: true.into() }
    }

    /// Sets the JSON Schema (draft 2020-12) of its requests.
    ///
    /// # Errors
    /// [`InvalidSchema`] if the schema is not self-contained.
    pub fn with_request_schema(mut self, schema: Value) -> Result<Self, InvalidSchema> {
        self.request = checked(schema)?;
        Ok(self)
    }

    /// Sets the JSON Schema (draft 2020-12) of its replies.
    ///
    /// # Errors
    /// [`InvalidSchema`] if the schema is not self-contained.
    pub fn with_reply_schema(mut self, schema: Value) -> Result<Self, InvalidSchema> {
        self.reply = checked(schema)?;
        Ok(self)
    }

    /// Returns the name of the service.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn into_parts(self) -> (String, Schema, Schema) {
        (self.name, self.request, self.reply)
    }
}

/// A value that cannot be published as the schema of a service.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidSchema {
    /// A value that is neither an object nor a boolean.
    #[error("a JSON Schema is an object, or true or false")]
    NotASchema,
    /// A reference to another document, by an address or by a name.
    #[error(
        "{keyword} is not taken: a schema refers to its own parts alone, as in \"#/$defs/Part\""
    )]
    Outward {
        /// The keyword of the reference or of its target, with its value if it is short.
        keyword: String,
    },
    /// A reference to a part that the schema does not have.
    #[error("the schema has nothing at {reference:?}")]
    Dangling {
        /// The reference.
        reference: String,
    },
}

impl Retryable for InvalidSchema {
    fn retryability(&self) -> Retryability {
        Retryability::Final
    }
}

/// Returns `schema` if it is self-contained.
fn checked(schema: Value) -> Result<Schema, InvalidSchema> {
    let whole = Schema::try_from(schema).map_err(|_| InvalidSchema::NotASchema)?;
    let root = whole.as_value();
    visit(root, true, &mut |keyword, value| match (keyword, value) {
        ("$ref", Value::String(reference)) => {
            let Some(pointer) = reference.strip_prefix('#').filter(is_pointer) else {
                return Err(InvalidSchema::Outward { keyword: format!("$ref {reference:?}") });
            };
            let pointer = percent_decode_str(pointer).decode_utf8();
            match pointer.ok().and_then(|pointer| root.pointer(&pointer)) {
                Some(_) => Ok(()),
                None => Err(InvalidSchema::Dangling { reference: reference.clone() }),
            }
        }
        (keyword, _) => Err(InvalidSchema::Outward { keyword: keyword.to_owned() }),
    })?;
    Ok(whole)
}

fn is_pointer(fragment: &&str) -> bool {
    fragment.is_empty() || fragment.starts_with('/')
}

/// Calls the visitor with every keyword of a reference or of a target, and its value. The `$id` of
/// the whole schema is harmless. A part with an `$id` is a schema of its own, in which references
/// have another base.
fn visit(
    schema: &Value,
    is_root: bool,
    see: &mut impl FnMut(&str, &Value) -> Result<(), InvalidSchema>,
) -> Result<(), InvalidSchema> {
    let Value::Object(members) = schema else { return Ok(()) };
    for (keyword, value) in members {
        let keyword = keyword.as_str();
        if keyword == "$ref" || ELSEWHERE.contains(&keyword) || (keyword == "$id" && !is_root) {
            see(keyword, value)?;
        }
        match value {
            Value::Array(parts) if LISTS.contains(&keyword) => {
                parts.iter().try_for_each(|part| visit(part, false, see))?;
            }
            Value::Object(parts) if MAPS.contains(&keyword) => {
                parts.values().try_for_each(|part| visit(part, false, see))?;
            }
            part if SCHEMAS.contains(&keyword) => visit(part, false, see)?,
            _ => {}
        }
    }
    Ok(())
}

/// Returns a schema that was [`checked`], with its references adapted to `place` (a reference) in a
/// larger document.
pub(super) fn moved(schema: &Schema, place: &str) -> Schema {
    let mut moved = schema.clone();
    for keyword in ["$schema", "$id"] {
        moved.remove(keyword);
    }
    if let Some(members) = moved.as_object_mut() {
        let entries = std::mem::take(members).into_iter();
        *members = entries.map(|(keyword, value)| relocate(keyword, value, place)).collect();
    }
    moved
}

fn relocate(keyword: String, value: Value, place: &str) -> (String, Value) {
    let inside = |schema: Value| match schema {
        Value::Object(members) => Value::Object(
            members.into_iter().map(|(keyword, value)| relocate(keyword, value, place)).collect(),
        ),
        other => other,
    };
    let value = match value {
        Value::String(reference) if keyword == "$ref" => {
            Value::String(reference.replacen('#', place, 1))
        }
        Value::Array(parts) if LISTS.contains(&&*keyword) => {
            Value::Array(parts.into_iter().map(inside).collect())
        }
        Value::Object(parts) if MAPS.contains(&&*keyword) => {
            Value::Object(parts.into_iter().map(|(name, part)| (name, inside(part))).collect())
        }
        part if SCHEMAS.contains(&&*keyword) => inside(part),
        other => other,
    };
    (keyword, value)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(schema: Value) -> Result<(), InvalidSchema> {
        checked(schema).map(drop)
    }

    fn outward(keyword: &str) -> Result<(), InvalidSchema> {
        Err(InvalidSchema::Outward { keyword: keyword.to_owned() })
    }

    #[test]
    fn a_schema_is_an_object_or_a_boolean() {
        assert_eq!(check(true.into()), Ok(()));
        assert_eq!(check(json!({ "type": "string" })), Ok(()));
        for other in [Value::Null, 7.into(), "string".into(), json!([])] {
            assert_eq!(check(other), Err(InvalidSchema::NotASchema));
        }
    }

    #[test]
    fn references_stay_inside() {
        let part = |reference: &str| {
            json!({
                "$id": "https://miner.example/tree",
                "$defs": { "a/b c": { "type": "string" } },
                "properties": { "child": { "anyOf": [{ "items": { "$ref": reference } }] } },
            })
        };
        assert_eq!(check(part("#")), Ok(()));
        assert_eq!(check(part("#/$defs/a~1b%20c")), Ok(()));
        let reference = "#/$defs/other".to_owned();
        assert_eq!(check(part(&reference)), Err(InvalidSchema::Dangling { reference }));
        for reference in ["https://other.example", "#anchor", "other.json#/a", ""] {
            assert_eq!(check(part(reference)), outward(&format!("$ref {reference:?}")));
        }
        assert_eq!(check(json!({ "not": { "$dynamicRef": "#" } })), outward("$dynamicRef"));
        assert_eq!(check(json!({ "not": { "$id": "x" } })), outward("$id"));
    }

    #[test]
    fn what_only_looks_like_a_reference_is_left_alone() {
        let schema = json!({
            "properties": { "$ref": { "type": "string" } },
            "const": { "$ref": "https://other.example" },
            "default": { "$ref": "#/nowhere" },
        });
        let whole = checked(schema.clone()).unwrap();
        assert_eq!(moved(&whole, "#/there").to_value(), schema);
    }

    #[test]
    fn a_moved_schema_refers_to_where_its_parts_are_now() {
        let schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": "https://miner.example/tree",
            "$defs": { "leaf": { "type": "string" } },
            "properties": { "left": { "$ref": "#" } },
            "additionalProperties": { "$ref": "#/$defs/leaf" },
        });
        let there = json!({
            "$defs": { "leaf": { "type": "string" } },
            "properties": { "left": { "$ref": "#/there" } },
            "additionalProperties": { "$ref": "#/there/$defs/leaf" },
        });
        assert_eq!(moved(&checked(schema).unwrap(), "#/there").to_value(), there);
        assert_eq!(moved(&false.into(), "#/there").to_value(), false);
    }
}
