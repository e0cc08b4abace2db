//! A service as it is described to others.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::access::Access;
use super::json_service::{JsonService, moved};
use crate::{Codec, Service, StreamService};

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
    /// The media types of its requests and replies; none where it takes all of the miner's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub codecs: Vec<String>,
    /// Who may call it.
    #[serde(default, skip_serializing_if = "Access::is_signed")]
    pub access: Access,
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
#[derive(Clone)]
pub struct ServiceDescription {
    name: Cow<'static, str>,
    kind: ServiceKind,
    request: Schemas,
    reply: Schemas,
    codecs: &'static [Codec],
    access: Access,
}

/// What a value of a service looks like.
#[derive(Clone)]
enum Schemas {
    /// A type's, which refers to what a generator defines or stands for itself.
    OfType { within: fn(&mut SchemaGenerator) -> Schema, standalone: fn() -> Schema },
    /// One that was given, and stands for itself.
    Given(Schema),
}

impl Schemas {
    fn of<T: JsonSchema>() -> Self {
        Self::OfType { within: SchemaGenerator::subschema_for::<T>, standalone: standalone::<T> }
    }

    /// The schema for `place` (a reference) of the document for which `generator` collects types.
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
    /// The description of a service that answers once.
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

    /// The description of a service that answers with a stream.
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

    /// The description of a service that is known only when the program runs. It speaks JSON
    /// alone: other codecs need to know types.
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

    /// The service, for those who may call it.
    #[must_use]
    pub const fn with_access(mut self, access: Access) -> Self {
        self.access = access;
        self
    }

    /// Who may call it.
    pub const fn access(&self) -> Access {
        self.access
    }

    /// The name of the service.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it answers once or with a stream.
    pub const fn kind(&self) -> ServiceKind {
        self.kind
    }

    /// The codecs that it takes, the preferred one first.
    pub const fn codecs(&self) -> &'static [Codec] {
        self.codecs
    }

    /// The schema of a request at `place` (a reference) of the document for which `generator`
    /// collects types.
    pub(super) fn request_schema(&self, generator: &mut SchemaGenerator, place: &str) -> Schema {
        self.request.within(generator, place)
    }

    /// The schema of a reply, as [`request_schema`](Self::request_schema) has that of a request.
    pub(super) fn reply_schema(&self, generator: &mut SchemaGenerator, place: &str) -> Schema {
        self.reply.within(generator, place)
    }

    /// The service with schemas that stand for themselves.
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
