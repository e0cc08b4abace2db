//! A service as it is described to others.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Service, StreamService};

/// One service of a miner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PublishedService {
    /// The name, a segment of the path.
    pub name: String,
    /// Whether it answers once or with a stream.
    #[serde(default)]
    pub kind: ServiceKind,
    /// The JSON Schema (draft 2020-12) of its requests.
    #[serde(default)]
    pub request: Value,
    /// The JSON Schema of its reply, or of each item.
    #[serde(default)]
    pub reply: Value,
}

/// How a service answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ServiceKind {
    /// With one reply.
    #[default]
    Call,
    /// With a stream of items.
    Stream,
}

/// A service without its types: its name, its kind and its JSON Schemas (draft 2020-12).
#[derive(Clone, Copy)]
pub struct ServiceDescription {
    name: &'static str,
    kind: ServiceKind,
    request: Schemas,
    reply: Schemas,
}

/// The schema of a type, which refers to what a generator defines or stands for itself.
#[derive(Clone, Copy)]
struct Schemas {
    within: fn(&mut SchemaGenerator) -> Schema,
    standalone: fn() -> Schema,
}

impl Schemas {
    fn of<T: JsonSchema>() -> Self {
        Self { within: SchemaGenerator::subschema_for::<T>, standalone: standalone::<T> }
    }
}

impl ServiceDescription {
    /// The description of a service that answers once.
    pub fn of<S: Service>() -> Self {
        Self {
            name: S::NAME,
            kind: ServiceKind::Call,
            request: Schemas::of::<S::Request>(),
            reply: Schemas::of::<S::Reply>(),
        }
    }

    /// The description of a service that answers with a stream.
    pub fn of_stream<S: StreamService>() -> Self {
        Self {
            name: S::NAME,
            kind: ServiceKind::Stream,
            request: Schemas::of::<S::Request>(),
            reply: Schemas::of::<S::Item>(),
        }
    }

    /// The name of the service.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Whether it answers once or with a stream.
    pub const fn kind(&self) -> ServiceKind {
        self.kind
    }

    /// The schemas of request and reply, which refer to what `generator` defines.
    pub(super) fn schemas(&self, generator: &mut SchemaGenerator) -> (Schema, Schema) {
        ((self.request.within)(generator), (self.reply.within)(generator))
    }

    /// The service with schemas that stand for themselves.
    pub(super) fn published(&self) -> PublishedService {
        PublishedService {
            name: self.name.to_owned(),
            kind: self.kind,
            request: (self.request.standalone)().to_value(),
            reply: (self.reply.standalone)().to_value(),
        }
    }
}

fn standalone<T: JsonSchema>() -> Schema {
    SchemaGenerator::default().into_root_schema_for::<T>()
}

impl fmt::Debug for ServiceDescription {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ServiceDescription")
            .field("name", &self.name)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}
