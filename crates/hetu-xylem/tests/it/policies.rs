//! Caller policies, and changes of them while the miner runs.

use std::path::Path;
use std::time::Duration;

use hetu_chain::Wallet;
use hetu_xylem::{Policy, PolicyFile, Rate, Xylem, XylemError};
use http::HeaderValue;

use crate::support::{
    CHAIN, MathSum, NETUID, Reply, Scene, Sum, add, metric, miner, other_miner, refused, roster,
    validator, wallet,
};

async fn call_as(scene: &Scene, caller: Wallet) -> Reply {
    let call = MathSum { x: 5.0, y: 3.0 };
    let signed = scene.sign_as::<MathSum>(caller, &call, scene.envelope()).await;
    scene.send(signed.request).await
}

#[tokio::test]
async fn lists_open_and_close_the_door() {
    let policy = Policy::validators().allowing([wallet(9).address()]);
    let policy = policy.denying([validator().address()]);
    let scene = Scene::with(|builder| builder.policy(policy)).await;
    assert_eq!(call_as(&scene, wallet(9)).await.status, 200);
    let reply = call_as(&scene, validator()).await;
    assert_eq!(reply.refusal(), refused(403, "caller_refused"));
    let reply = call_as(&scene, other_miner()).await;
    assert_eq!(reply.refusal(), refused(403, "role_not_allowed"));
    let sum: Sum = serde_json::from_value(call_as(&scene, wallet(9)).await.json()).unwrap();
    assert_eq!(sum, Sum { result: 8.0 });

    scene.miner.set_policy(Policy::default());
    assert_eq!(call_as(&scene, validator()).await.status, 200);
    let reply = call_as(&scene, wallet(9)).await;
    assert_eq!(reply.refusal(), refused(403, "role_not_allowed"));
}

#[tokio::test]
async fn a_rate_counts_what_is_proven_and_refuses_before_anything_is_computed() {
    let rate = Rate::per_minute(2).unwrap();
    let policy = Policy::anyone().with_rate(rate);
    let scene = Scene::with(|builder| builder.policy(policy)).await;
    // A forger that claims to be the validator does not use up its calls.
    let forge = |mut request: http::Request<bytes::Bytes>| {
        request.headers_mut().insert("signature", HeaderValue::from_static("hetu=:AAAA:"));
        request
    };
    for _ in 0..5 {
        let reply = scene.send(forge(scene.sign_sum().await.request)).await;
        assert_eq!(reply.refusal(), refused(401, "bad_signature"));
    }
    for _ in 0..2 {
        assert_eq!(call_as(&scene, validator()).await.status, 200);
    }
    let reply = call_as(&scene, validator()).await;
    assert_eq!(reply.refusal(), refused(429, "rate_limited"));
    let retry_after: u64 = reply.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=30).contains(&retry_after), "{retry_after}");
    assert!(!reply.headers.contains_key("signature"));
    // By now the signature is not verified at all.
    let reply = scene.send(forge(scene.sign_sum().await.request)).await;
    assert_eq!(reply.refusal(), refused(429, "rate_limited"));
    assert_eq!(call_as(&scene, wallet(9)).await.status, 200);
    let counted = "hetu_xylem_refusals_total{check=\"rate\",reason=\"rate_limited\"}";
    assert_eq!(metric(&scene, counted), 2);
}

#[tokio::test]
async fn every_check_counts_what_it_refuses() {
    let scene = Scene::new().await;
    let change = async |change: fn(&mut http::Request<bytes::Bytes>)| {
        let mut request = scene.sign_sum().await.request;
        change(&mut request);
        scene.send(request).await;
    };
    scene.get("/nothing").await;
    change(|request| drop(request.headers_mut().remove("signature"))).await;
    change(|request| {
        request.headers_mut().insert("hetu-netuid", HeaderValue::from_static("2"));
    })
    .await;
    call_as(&scene, other_miner()).await;
    change(|request| {
        request.headers_mut().insert("content-type", HeaderValue::from_static("text/plain"));
    })
    .await;
    change(|request| *request.body_mut() = bytes::Bytes::from_static(b"{}")).await;
    change(|request| {
        request.headers_mut().insert("signature", HeaderValue::from_static("hetu=:AAAA:"));
    })
    .await;
    let replayed = scene.sign_sum().await.request;
    assert_eq!(scene.send(replayed.clone()).await.status, 200);
    scene.send(replayed.clone()).await;
    scene.clock.advance(Duration::from_secs(100));
    scene.send(replayed).await;
    let signed = scene.sign_content("{}").await;
    scene.send(signed.request).await;

    for (check, reason) in [
        ("route", "unknown_service"),
        ("shape", "signature_missing"),
        ("window", "request_expired"),
        ("audience", "wrong_netuid"),
        ("role", "role_not_allowed"),
        ("codec", "unsupported_codec"),
        ("digest", "bad_content_digest"),
        ("signature", "bad_signature"),
        ("replay", "nonce_reused"),
    ] {
        let name = format!("hetu_xylem_refusals_total{{check=\"{check}\",reason=\"{reason}\"}}");
        assert_eq!(metric(&scene, &name), 1, "{check}");
    }
    for outcome in ["served", "rejected"] {
        let name = format!("hetu_xylem_calls_total{{service=\"math-sum\",outcome=\"{outcome}\"}}");
        assert_eq!(metric(&scene, &name), 1, "{outcome}");
    }
}

/// Replaces the file as a whole.
fn write(path: &Path, text: &str) {
    let draft = path.with_extension("draft");
    std::fs::write(&draft, text).unwrap();
    std::fs::rename(draft, path).unwrap();
}

#[tokio::test]
async fn a_file_changes_the_policy_of_a_running_miner() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("policy.toml");
    write(&path, "serve = \"validators\"\n");
    let file = PolicyFile::new(&path).every(Duration::from_millis(10));
    let scene = Scene::with(|builder| builder.policy_file(file)).await;
    assert_eq!(call_as(&scene, validator()).await.status, 200);

    let reloads = |outcome: &str| {
        metric(&scene, &format!("hetu_xylem_policy_reloads_total{{outcome=\"{outcome}\"}}"))
    };
    let reloaded = async |outcome: &str, times: u64| {
        while reloads(outcome) < times {
            tokio::task::yield_now().await;
        }
    };
    write(&path, "serve = \"listed\"\n");
    reloaded("applied", 1).await;
    let reply = call_as(&scene, validator()).await;
    assert_eq!(reply.refusal(), refused(403, "role_not_allowed"));

    write(&path, "serve = \"everyone\"\n");
    reloaded("refused", 1).await;
    let reply = call_as(&scene, validator()).await;
    assert_eq!(reply.refusal(), refused(403, "role_not_allowed"));

    write(&path, "serve = \"anyone\"\n");
    reloaded("applied", 2).await;
    assert_eq!(call_as(&scene, wallet(9)).await.status, 200);
    assert_eq!((reloads("applied"), reloads("refused")), (2, 1));
}

#[tokio::test]
async fn a_miner_does_not_start_with_a_file_that_is_no_policy() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("policy.toml");
    let start = async || {
        Xylem::detached(std::sync::Arc::new(miner()), CHAIN, NETUID, roster())
            .bind("127.0.0.1:0")
            .attach::<MathSum>(add)
            .policy_file(&path)
            .start()
            .await
    };
    let missing = start().await.unwrap_err();
    assert!(matches!(missing, XylemError::Policy(_)), "{missing}");
    write(&path, "\nminimum_steak = \"1\"\n");
    let told = start().await.unwrap_err().to_string();
    assert!(told.starts_with("line 2 of the policy: unknown field `minimum_steak`"), "{told}");
}
