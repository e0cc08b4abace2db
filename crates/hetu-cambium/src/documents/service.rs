//! Published descriptions of services.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::access::Access;
use super::json_service::{JsonService, moved};
use crate::{Codec, Service, StreamService};

/// A service of a miner, as it is published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PublishedService {
    /// The name, a segment of the path.
    pub name: String,
    /// The kind of answer: one reply or a stream.
    #[serde(default)]
    pub kind: ServiceKind,
    /// The JSON Schema (draft 2020-12) of its requests.
    #[serde(default)]
    pub request: Value,
    /// The JSON Schema of its reply, or of each item.
    #[serde(default)]
    pub reply: Value,
    /// The media types of its requests and replies. Empty if it supports all of the miner's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub codecs: Vec<String>,
    /// The callers that it accepts.
    #[serde(default, skip_serializing_if = "Access::is_signed")]
    pub access: Access,
}

/// The kind of a service's answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ServiceKind {
    /// One reply.
    #[default]
    Call,
    /// A stream of items.
    Stream,
}

/// A service without its types: its name, its kind and its JSON Schemas (draft 2020-12).
#[derive(Clone)]
pub struct ServiceDescription {
    name: Cow<'static, str>,
    kind: ServiceKind,
    request: Schemas,
    reply: Schemas,
    codecs: &'static [Codec],
    access: Access,
}

/// The schema of the requests or the replies of a service.
#[derive(Clone)]
enum Schemas {
    /// The schema of a type, which refers to the definitions of a generator or is self-contained.
    OfType { within: fn(&mut SchemaGenerator) -> Schema, standalone: fn() -> Schema },
    /// A given schema, which is self-contained.
    Given(Schema),
}

impl Schemas {
    fn of<T: JsonSchema>() -> Self {
        Self::OfType { within: SchemaGenerator::subschema_for::<T>, standalone: standalone::<T> }
    }

    /// Returns the schema for `place` (a reference) in the document for which `generator` collects
    /// types.
    fn within(&self, generator: &mut SchemaGenerator, place: &str) -> Schema {
        match self {
            Self::OfType { within, .. } => within(generator),
            Self::Given(schema) => moved(schema, place),
        }
    }

    fn standalone(&self) -> Value {
        match self {
            Self::OfType { standalone, .. } => standalone().to_value(),
            Self::Given(schema) => schema.clone().to_value(),
        }
    }
}

impl ServiceDescription {
    /// Returns the description of a service that answers once.
    pub fn of<S: Service>() -> Self {
        Self {
            name: Cow::Borrowed(S::NAME),
            kind: ServiceKind::Call,
            request: Schemas::of::<S::Request>(),
            reply: Schemas::of::<S::Reply>(),
            codecs: Codec::ALL,
            access: Access::Signed,
        }
    }

    /// Returns the description of a service that answers with a stream.
    pub fn of_stream<S: StreamService>() -> Self {
        Self {
            name: Cow::Borrowed(S::NAME),
            kind: ServiceKind::Stream,
            request: Schemas::of::<S::Request>(),
            reply: Schemas::of::<S::Item>(),
            codecs: Codec::ALL,
            access: Access::Signed,
        }
    }

    /// Returns the description of a service that is defined at run time. It supports only JSON,
    /// because other codecs need types.
    pub fn of_json(service: JsonService) -> Self {
        let (name, request, reply) = service.into_parts();
        Self {
            name: Cow::Owned(name),
            kind: ServiceKind::Call,
            request: Schemas::Given(request),
            reply: Schemas::Given(reply),
            codecs: &[Codec::Json],
            access: Access::Signed,
        }
    }

    /// Sets the callers that the service accepts.
    #[must_use]
    pub const fn with_access(mut self, access: Access) -> Self {
        self.access = access;
        self
    }

    /// Returns the callers that the service accepts.
    pub const fn access(&self) -> Access {
        self.access
    }

    /// Returns the name of the service.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the kind of answer: one reply or a stream.
    pub const fn kind(&self) -> ServiceKind {
        self.kind
    }

    /// Returns the codecs of the service, the preferred one first.
    pub const fn codecs(&self) -> &'static [Codec] {
        self.codecs
    }

    /// Returns the schema of a request at `place` (a reference) in the document for which
    /// `generator` collects types.
    pub(super) fn request_schema(&self, generator: &mut SchemaGenerator, place: &str) -> Schema {
        self.request.within(generator, place)
    }

    /// Returns the schema of a reply, as [`request_schema`](Self::request_schema) does for a
    /// request.
    pub(super) fn reply_schema(&self, generator: &mut SchemaGenerator, place: &str) -> Schema {
        self.reply.within(generator, place)
    }

    /// Returns the published form of the service, with self-contained schemas.
    pub(super) fn published(&self) -> PublishedService {
        let takes_all = self.codecs.len() == Codec::ALL.len();
        let codecs = if takes_all { &[] } else { self.codecs };
        PublishedService {
            name: self.name.clone().into_owned(),
            kind: self.kind,
            request: self.request.standalone(),
            reply: self.reply.standalone(),
            codecs: codecs.iter().map(|codec| codec.media_type().to_owned()).collect(),
            access: self.access,
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
