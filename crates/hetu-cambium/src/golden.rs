//! One exchange with fixed keys, time and nonce, held against `vectors/cambium-v1.json`.

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use hetu_chain::{ChainId, ManualClock, NetUid, Wallet};
use http::{HeaderMap, Request, StatusCode};
use serde::{Deserialize, Serialize};

use crate::{
    Envelope, Nonce, ReplayGuard, ReplayLimits, ReplySigner, RequestSigner, RequestVerifier,
};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Vector {
    name: String,
    chain_id: u64,
    netuid: u16,
    caller_private_key: String,
    miner_private_key: String,
    miner_address: String,
    now: u64,
    request: RequestVector,
    reply: ReplyVector,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct RequestVector {
    method: String,
    target: String,
    content: String,
    headers: BTreeMap<String, String>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct ReplyVector {
    status: u16,
    content: String,
    headers: BTreeMap<String, String>,
}

fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("a local wallet signs at once"),
    }
}

fn shown(headers: &HeaderMap) -> BTreeMap<String, String> {
    let shown = |value: &http::HeaderValue| value.to_str().unwrap().to_owned();
    headers.iter().map(|(name, value)| (name.to_string(), shown(value))).collect()
}

/// Makes the exchange that the file records.
fn exchange() -> Vector {
    let chain = ChainId::new(560_000);
    let netuid = NetUid::new(1);
    let [caller_key, miner_key] = [1, 2].map(|number| format!("{number:064x}"));
    let caller: Wallet = caller_key.parse().unwrap();
    let miner: Wallet = miner_key.parse().unwrap();
    let clock = Arc::new(ManualClock::at(Duration::from_secs(1_700_000_000)));
    let target = "http://miner.example:8091/math-sum?trace=no";
    let content = r#"{"x":5.0,"y":3.0}"#;

    let (mut parts, ()) = Request::post(target).body(()).unwrap().into_parts();
    let envelope = Envelope::new(netuid, miner.address(), Duration::from_millis(1_500));
    let nonce = Nonce::parse("AAECAwQFBgcICQoLDA0ODw").unwrap();
    let signer = RequestSigner::new(Arc::new(caller), chain).with_clock(clock.clone());
    let pending =
        now(signer.sign_with_nonce(&mut parts, content.as_bytes(), &envelope, nonce)).unwrap();

    let verifier = RequestVerifier::new(chain, netuid, miner.address()).with_clock(clock.clone());
    let guard =
        ReplayGuard::new(verifier.window(), ReplayLimits::default(), clock.clone()).unwrap();
    let claim = verifier.examine(&parts).unwrap();
    let request = now(verifier.verify(claim, content.as_bytes(), &guard)).unwrap();

    let reply = r#"{"result":8.0}"#;
    let mut headers = HeaderMap::new();
    headers.insert("content-type", envelope.codec.content_type());
    let miner_address = miner.address().to_lower_hex();
    let replies = ReplySigner::new(Arc::new(miner), chain).with_clock(clock.clone());
    now(replies.sign(&request, StatusCode::OK, &mut headers, reply.as_bytes())).unwrap();
    pending.verify(StatusCode::OK, &headers, reply.as_bytes(), &*clock).unwrap();

    Vector {
        name: "a call and its reply".to_owned(),
        chain_id: chain.get(),
        netuid: netuid.get(),
        caller_private_key: caller_key,
        miner_private_key: miner_key,
        miner_address,
        now: 1_700_000_000,
        request: RequestVector {
            method: "POST".to_owned(),
            target: target.to_owned(),
            content: content.to_owned(),
            headers: shown(&parts.headers),
        },
        reply: ReplyVector { status: 200, content: reply.to_owned(), headers: shown(&headers) },
    }
}

#[test]
fn the_exchange_is_the_recorded_one_byte_for_byte() {
    let made = exchange();
    let recorded = include_str!("../vectors/cambium-v1.json");
    let recorded: Vector = serde_json::from_str(recorded).unwrap_or_else(|error| {
        panic!("{error}; made: {}", serde_json::to_string_pretty(&made).unwrap())
    });
    assert_eq!(made, recorded);
}
