//! Services that are known only at run time.

use hetu_cambium::JsonService;
use hetu_xylem::{HandlerError, XylemBuilder, XylemError};
use http::HeaderValue;
use http::header::{ACCEPT, CONTENT_TYPE};
use serde_json::{Value, json};

use crate::support::{Scene, builder, clock, refused};

const BINCODE: &str = "application/vnd.hetu.cambium.v1+bincode";

async fn count(request: Value) -> Result<Value, HandlerError> {
    match request.get("words").and_then(Value::as_array) {
        Some(words) => Ok(json!({ "count": words.len() })),
        None => Err(HandlerError::rejected("there are no words")),
    }
}

fn described() -> JsonService {
    let service = JsonService::new("count").with_request_schema(json!({
        "$defs": { "word": { "type": "string" } },
        "properties": { "words": { "type": "array", "items": { "$ref": "#/$defs/word" } } },
    }));
    service.unwrap().with_reply_schema(json!({ "type": "object" })).unwrap()
}

fn counting(builder: XylemBuilder) -> XylemBuilder {
    builder.attach_json(described(), count)
}

#[tokio::test]
async fn any_json_is_served_and_every_answer_is_signed() {
    let scene = Scene::with(counting).await;
    for (content, status, expected) in [
        (r#"{"words": ["a", "b"]}"#, 200, json!({ "count": 2 })),
        ("7", 422, "call_rejected".into()),
        ("7 7", 422, "undecodable_content".into()),
    ] {
        let signed = scene.sign_content_to("/count", content).await;
        let reply = scene.send(signed.request).await;
        assert_eq!(scene.verify(&signed.pending, &reply), Ok(()), "{content}");
        assert_eq!(reply.status, status, "{content}");
        let answer = if status == 200 { reply.json() } else { reply.refusal().1.into() };
        assert_eq!(answer, expected, "{content}");
    }
}

#[tokio::test]
async fn it_is_described_like_any_other() {
    let scene = Scene::with(counting).await;
    let discovery = scene.get("/.well-known/hetu").await.json();
    let [count, sum] = &discovery["services"].as_array().unwrap()[..] else {
        panic!("{discovery}")
    };
    assert_eq!(
        *count,
        json!({
            "name": "count",
            "kind": "call",
            "request": {
                "$defs": { "word": { "type": "string" } },
                "properties": { "words": { "type": "array", "items": { "$ref": "#/$defs/word" } } },
            },
            "reply": { "type": "object" },
            "codecs": ["application/json"],
        })
    );
    assert_eq!(sum.get("codecs"), None, "it takes all that the miner takes");

    let openapi = scene.get("/openapi.json").await.json();
    let schema = "/paths/~1count/post/requestBody/content/application~1json/schema";
    let reference =
        openapi.pointer(&format!("{schema}/properties/words/items/$ref")).unwrap().as_str();
    let place = reference.unwrap().strip_prefix('#').unwrap();
    assert_eq!(openapi.pointer(place), Some(&json!({ "type": "string" })));
}

#[tokio::test]
async fn other_codecs_are_refused() {
    let scene = Scene::with(counting).await;
    for name in [CONTENT_TYPE, ACCEPT] {
        let mut signed = scene.sign_content_to("/count", "{}").await;
        if name == CONTENT_TYPE {
            signed.request.headers_mut().remove(CONTENT_TYPE);
        }
        signed.request.headers_mut().insert(&name, HeaderValue::from_static(BINCODE));
        let reply = scene.send(signed.request).await;
        assert_eq!(reply.refusal(), refused(415, "unsupported_codec"), "{name}");
        assert!(!reply.problem().detail().contains(BINCODE), "{}", reply.problem().detail());
    }
}

#[tokio::test]
async fn names_are_held_to_the_same_rules() {
    for name in ["", "a/b", "ping", ".well-known", "naïve"] {
        let started = builder(&clock()).attach_json(JsonService::new(name), count).start().await;
        let Err(XylemError::ServiceName { name: refused }) = started else { panic!("{started:?}") };
        assert_eq!(refused, name);
    }
    let started = builder(&clock()).attach_json(JsonService::new("math-sum"), count).start().await;
    assert!(matches!(started, Err(XylemError::DuplicateService { .. })), "{started:?}");
}
