//! A service that is known only when the program runs.

use hetu_chain::{Retryability, Retryable};
use percent_encoding::percent_decode_str;
use schemars::Schema;
use serde_json::Value;

/// Keywords of JSON Schema whose value is a schema.
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
/// Keywords whose value is a list of schemas. `items` is one in earlier drafts.
const LISTS: [&str; 5] = ["allOf", "anyOf", "items", "oneOf", "prefixItems"];
/// Keywords whose value has schemas under names.
const MAPS: [&str; 5] =
    ["$defs", "definitions", "dependentSchemas", "patternProperties", "properties"];
/// Keywords by which a schema is referred to from elsewhere, or refers by other means than a place.
const ELSEWHERE: [&str; 6] = [
    "$anchor",
    "$dynamicAnchor",
    "$dynamicRef",
    "$recursiveAnchor",
    "$recursiveRef",
    "$vocabulary",
];

/// A service that takes and answers any JSON: its name and schemas are data and not types, as for
/// a program in another language that was named on a command line.
///
/// Without a schema, any JSON value is one of its requests or replies. Schemas are published, and
/// what a caller sends is not held to them: that is up to whoever serves.
#[derive(Clone, Debug, PartialEq)]
pub struct JsonService {
    name: String,
    request: Schema,
    reply: Schema,
}

impl JsonService {
    /// A service called `name`, a segment of the path as for [`Service::NAME`](crate::Service::NAME).
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), request: true.into(), reply: true.into() }
    }

    /// Says what its requests are like, by a JSON Schema of draft 2020-12.
    ///
    /// # Errors
    /// [`InvalidSchema`] if a peer could not make sense of the schema by itself.
    pub fn with_request_schema(mut self, schema: Value) -> Result<Self, InvalidSchema> {
        self.request = checked(schema)?;
        Ok(self)
    }

    /// Says what its replies are like, by a JSON Schema of draft 2020-12.
    ///
    /// # Errors
    /// [`InvalidSchema`] if a peer could not make sense of the schema by itself.
    pub fn with_reply_schema(mut self, schema: Value) -> Result<Self, InvalidSchema> {
        self.reply = checked(schema)?;
        Ok(self)
    }

    /// The name of the service.
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
    /// It is neither an object nor a boolean.
    #[error("a JSON Schema is an object, or true or false")]
    NotASchema,
    /// It refers to something outside of itself, by an address or by a name.
    #[error(
        "{keyword} is not taken: a schema refers to its own parts alone, as in \"#/$defs/Part\""
    )]
    Outward {
        /// The keyword that refers or is referred to, with its value if it is short.
        keyword: String,
    },
    /// It refers to a part that it does not have.
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

/// `schema`, if it stands for itself wherever it is put.
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

/// Shows every keyword that refers, or is there to be referred to, and its value. The name of the
/// whole (`$id`) harms nobody; a part that has one is a schema of its own, in which references
/// mean something else.
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

/// A schema that was [`checked`], as it reads at `place` (a reference) of a larger document.
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
