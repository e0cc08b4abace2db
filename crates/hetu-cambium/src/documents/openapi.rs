//! The document under `/openapi.json` (OpenAPI 3.1).

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::access::Access;
use super::discovery::DiscoveryDocument;
use super::service::{ServiceDescription, ServiceKind};
use crate::{EVENT_STREAM, SessionOffer};

/// The members of a problem document, used only for the schema.
#[derive(JsonSchema)]
#[schemars(rename = "Problem")]
#[expect(dead_code, reason = "the schema is made of it")]
struct ProblemSchema {
    title: Option<String>,
    status: u16,
    detail: Option<String>,
    reason: String,
    retryable: bool,
    request_id: Option<String>,
    services: Option<Vec<String>>,
}

/// Describes the miner of `discovery`, which offers `services`, in OpenAPI 3.1.
///
/// Generic tools can learn the services and schemas from it, but not how to sign: their unsigned
/// calls are refused with 401.
pub fn openapi_document(discovery: &DiscoveryDocument, services: &[ServiceDescription]) -> Value {
    let mut generator = SchemaSettings::draft2020_12()
        .with(|settings| {
            settings.definitions_path = "/components/schemas".into();
            settings.meta_schema = None;
        })
        .into_generator();
    let mut paths = open_resources();
    let offered = discovery.sessions.then(ServiceDescription::of::<SessionOffer>);
    for service in services.iter().chain(&offered) {
        let operation = operation(service, discovery, &mut generator);
        paths.insert(format!("/{}", service.name()), json!({ "post": operation }));
    }
    let problem = generator.subschema_for::<ProblemSchema>();
    let schemas = generator.take_definitions(true);
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": format!("Miner {} of subnet {}", discovery.address, discovery.netuid),
            "version": discovery.version.to_string(),
            "description": "Calls are signed by ERC-8128 and follow the protocol Cambium.",
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": { "Problem": {
                "description": "A refusal. Its reason is stable, its detail is for people.",
                "content": { "application/problem+json": { "schema": problem } },
            } },
            "securitySchemes": { "erc8128": {
                "type": "http",
                "scheme": "ERC8128",
                "description": "An HTTP Message Signature (RFC 9421) of an Ethereum account.",
            } },
        },
    })
}

fn operation(
    service: &ServiceDescription,
    discovery: &DiscoveryDocument,
    generator: &mut SchemaGenerator,
) -> Value {
    // The only character of a service name that a pointer or a reference escapes is `~`.
    let path = format!("#/paths/~1{}/post", service.name().replace('~', "~0"));
    let at = |place: &str| format!("{path}/{place}/content/application~1json/schema");
    let request = service.request_schema(generator, &at("requestBody"));
    let reply = service.reply_schema(generator, &at("responses/200"));
    let answered = match service.kind() {
        ServiceKind::Call => json!({
            "description": "The reply, signed by the miner.",
            "content": { "application/json": { "schema": reply } },
        }),
        ServiceKind::Stream => json!({
            "description": "Events, each with an item of this schema; the last one signs them.",
            "content": { EVENT_STREAM: { "schema": reply } },
        }),
    };
    json!({
        "operationId": service.name(),
        "security": security(service.access()),
        "parameters": [
            call_field("cambium-version", &json!({ "const": discovery.version.to_string() })),
            call_field("hetu-netuid", &json!({ "const": discovery.netuid.to_string() })),
            call_field("hetu-recipient", &json!({ "const": discovery.address.to_lower_hex() })),
            call_field("hetu-timeout-ms", &milliseconds()),
        ],
        "requestBody": {
            "required": true,
            "content": { "application/json": { "schema": request } },
        },
        "responses": { "200": answered, "default": problem() },
    })
}

/// Returns the security requirements. An open service also lists the empty one, which makes signing
/// optional in OpenAPI.
fn security(access: Access) -> Value {
    if access.is_open() { json!([{ "erc8128": [] }, {}]) } else { json!([{ "erc8128": [] }]) }
}

fn milliseconds() -> Value {
    json!({ "type": "integer", "minimum": 1, "maximum": u32::MAX })
}

/// Returns the parameter of a call field. It is optional, because requests in a session and those
/// of plain ERC-8128 clients leave it out.
fn call_field(name: &str, schema: &Value) -> Value {
    json!({ "name": name, "in": "header", "required": false, "schema": schema })
}

fn problem() -> Value {
    json!({ "$ref": "#/components/responses/Problem" })
}

fn open_resources() -> Map<String, Value> {
    let resource = |summary: &str| {
        let content = json!({ "application/json": { "schema": { "type": "object" } } });
        json!({
            "summary": summary,
            "responses": {
                "200": { "description": summary, "content": content },
                "default": problem(),
            },
        })
    };
    let mut paths = Map::new();
    let ping = resource("Says who the miner is.");
    paths.insert("/ping".to_owned(), json!({ "get": ping, "post": ping }));
    for (path, summary) in [
        ("/.well-known/hetu", "Says what the miner serves and takes."),
        ("/openapi.json", "This document."),
        ("/health/live", "Says that the process runs."),
        ("/health/ready", "Says whether calls are served."),
    ] {
        paths.insert(path.to_owned(), json!({ "get": resource(summary) }));
    }
    paths
}

#[cfg(test)]
mod tests {
    use hetu_chain::{Address, ChainId, NetUid};
    use serde::{Deserialize, Serialize};

    use super::*;
    use crate::{
        CertificateFingerprint, JsonService, PublishedLimits, RequestVerifier, Service,
        StreamService,
    };

    #[derive(Serialize, Deserialize, JsonSchema)]
    struct Node {
        text: String,
        children: Vec<Self>,
    }

    struct Tree;

    impl Service for Tree {
        const NAME: &'static str = "tree";
        type Request = Node;
        type Reply = Vec<Node>;
    }

    struct Walk;

    impl StreamService for Walk {
        const NAME: &'static str = "walk";
        type Request = Node;
        type Item = u32;
    }

    /// Returns a service with schemas that refer to their parts, and a name that a pointer escapes.
    fn exec() -> JsonService {
        let schema = json!({
            "$defs": { "Word": { "type": "string" } },
            "properties": { "words": { "items": { "$ref": "#/$defs/Word" } } },
            "additionalProperties": { "$ref": "#" },
        });
        let service = JsonService::new("ex~ec").with_request_schema(schema.clone()).unwrap();
        service.with_reply_schema(schema).unwrap()
    }

    fn documents() -> (DiscoveryDocument, Value) {
        let verifier = RequestVerifier::new(ChainId::new(5), NetUid::new(6), Address::new([7; 20]));
        let services = [
            ServiceDescription::of::<Tree>(),
            ServiceDescription::of_stream::<Walk>(),
            ServiceDescription::of_json(exec()).with_access(Access::Open),
        ];
        let limits = PublishedLimits::new(&verifier, 1_000, 2_000, 3_000);
        let discovery = DiscoveryDocument::new(&verifier, &services, limits);
        let openapi = openapi_document(&discovery, &services);
        (discovery, openapi)
    }

    /// Returns every reference of a document, and whether its target exists.
    fn references<'a>(value: &'a Value, root: &'a Value, found: &mut Vec<(String, bool)>) {
        match value {
            Value::Object(members) => {
                if let Some(Value::String(reference)) = members.get("$ref") {
                    let pointer = reference.strip_prefix('#').unwrap();
                    found.push((reference.clone(), root.pointer(pointer).is_some()));
                }
                members.values().for_each(|member| references(member, root, found));
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, root, found)),
            _ => {}
        }
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let (discovery, openapi) = documents();
        let mut found = Vec::new();
        references(&openapi, &openapi, &mut found);
        let has = |found: &[(String, bool)], searched: &str| {
            found.iter().any(|(reference, _)| reference == searched)
        };
        assert!(has(&found, "#/components/schemas/Node"));
        for place in ["requestBody", "responses/200"] {
            let place = format!("#/paths/~1ex~0ec/post/{place}/content/application~1json/schema");
            assert!(has(&found, &place));
            assert!(has(&found, &format!("{place}/$defs/Word")));
        }
        for service in &discovery.services {
            for schema in [&service.request, &service.reply] {
                references(schema, schema, &mut found);
            }
        }
        assert!(has(&found, "#/$defs/Node"));
        for (reference, leads_somewhere) in found {
            assert!(leads_somewhere, "{reference}");
        }
    }

    #[test]
    fn services_are_described_as_they_answer() {
        let (discovery, openapi) = documents();
        let kinds: Vec<_> =
            discovery.services.iter().map(|service| (&*service.name, service.kind)).collect();
        let expected = [
            ("tree", ServiceKind::Call),
            ("walk", ServiceKind::Stream),
            ("ex~ec", ServiceKind::Call),
        ];
        assert_eq!(kinds, expected);
        let codecs: Vec<_> = discovery.services.iter().map(|service| &*service.codecs).collect();
        assert_eq!(codecs, [&[][..], &[], &["application/json".to_owned()]]);
        let answer = |path: &str, media_type: &str| {
            openapi["paths"][path]["post"]["responses"]["200"]["content"][media_type]["schema"]
                .clone()
        };
        assert_eq!(answer("/tree", "application/json")["type"], "array");
        assert_eq!(answer("/walk", EVENT_STREAM)["type"], "integer");
        let security = |path: &str| openapi["paths"][path]["post"]["security"].clone();
        assert_eq!(security("/tree"), json!([{ "erc8128": [] }]));
        assert_eq!(security("/ex~ec"), json!([{ "erc8128": [] }, {}]));
        let access: Vec<_> = discovery.services.iter().map(|service| service.access).collect();
        assert_eq!(access, [Access::Signed, Access::Signed, Access::Open]);
        let published = serde_json::to_value(&discovery).unwrap()["services"].take();
        assert_eq!((published[0].get("access"), &published[2]["access"]), (None, &"open".into()));
        assert_eq!(openapi["openapi"], "3.1.0");
        assert!(openapi["paths"].get("/session").is_none());
    }

    #[test]
    fn a_discovery_document_survives_the_wire_and_what_others_add() {
        let (discovery, _) = documents();
        let mut sent = serde_json::to_value(&discovery).unwrap();
        sent["motto"] = "grow".into();
        assert_eq!(sent.get("tls_certificate_sha256"), None);
        assert_eq!(serde_json::from_value::<DiscoveryDocument>(sent).unwrap(), discovery);
        let fingerprint = CertificateFingerprint::of_der(b"certificate");
        let discovery = discovery.with_tls_certificate(fingerprint);
        let sent = serde_json::to_value(&discovery).unwrap();
        assert_eq!(sent["tls_certificate_sha256"], fingerprint.to_string());
        assert_eq!(serde_json::from_value::<DiscoveryDocument>(sent).unwrap(), discovery);
    }
}
