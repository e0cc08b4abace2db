//! A test of the service under a flood of requests from unknown accounts.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic like tests")]

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hetu_cambium::{Envelope, RequestSigner, Service};
use hetu_chain::clock::ManualClock;
use hetu_chain::{Address, ChainId, NetUid, Wallet};
use hetu_testkit::process::{resident_bytes, scale};
use http::{HeaderMap, HeaderValue, Request, Uri};
use http_body_util::Full;

use super::arrival::RequestSource;
use super::stack::RequestStack;
use crate::{SubnetRole, Xylem};

/// The number of unknown accounts, which `scripts/soak` multiplies by ten. It is smaller without
/// optimisation, because a request then takes a large part of a millisecond.
const STRANGERS: u32 = if cfg!(debug_assertions) { 40_000 } else { 95_000 };
const WORKERS: u32 = 2;
const LIMIT: usize = 64 << 20;

struct Echo;

impl Service for Echo {
    const NAME: &'static str = "echo";
    type Request = u8;
    type Reply = u8;
}

/// Sends requests that are valid except for their signature.
async fn pour(miner: Arc<RequestStack>, headers: HeaderMap, caller: Address, worker: u32) {
    let input = headers["signature-input"].to_str().unwrap().to_owned();
    let caller = caller.to_lower_hex();
    for number in (worker..STRANGERS * scale()).step_by(WORKERS as usize) {
        let stranger = input.replace(&caller, &format!("0x{number:040x}"));
        let mut request = Request::post("/echo").body(Full::new(Bytes::from_static(b"7"))).unwrap();
        *request.headers_mut() = headers.clone();
        let stranger = HeaderValue::from_str(&stranger).unwrap();
        request.headers_mut().insert("signature-input", stranger);
        let reply = miner.answer(request, RequestSource::default()).await;
        assert_eq!(reply.status(), 403);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_take_a_bounded_amount_of_memory() {
    let clock = Arc::new(ManualClock::at(Duration::from_secs(1_700_000_000)));
    let wallet = |number| {
        let mut secret = [0; 32];
        secret[31] = number;
        Wallet::from_secret_bytes(&secret).unwrap()
    };
    let (chain, netuid) = (ChainId::new(7), NetUid::new(1));
    let nobody: HashMap<Address, SubnetRole> = HashMap::new();
    let prepared = Xylem::detached(Arc::new(wallet(2)), chain, netuid, nobody)
        .bind("127.0.0.1:0")
        .clock(clock.clone())
        .attach::<Echo>(|number| async move { Ok(number) })
        .prepare()
        .await
        .unwrap();
    let endpoint: Uri = format!("http://{}", prepared.listener.local_address).parse().unwrap();
    let signer = RequestSigner::new(Arc::new(wallet(1)), chain).with_clock(clock);
    let envelope = Envelope::new(netuid, wallet(2).address(), Duration::from_secs(20));
    let signed = signer.call::<Echo>(&endpoint, &7, &envelope).await.unwrap().request;
    let mut headers = signed.headers().clone();
    let host = HeaderValue::from_str(endpoint.authority().unwrap().as_str()).unwrap();
    headers.insert("host", host);

    let memory = resident_bytes();
    let caller = wallet(1).address();
    let pouring: Vec<_> = (0..WORKERS)
        .map(|worker| {
            tokio::spawn(pour(Arc::clone(&prepared.stack), headers.clone(), caller, worker))
        })
        .collect();
    for pouring in pouring {
        pouring.await.unwrap();
    }
    let grown = resident_bytes().saturating_sub(memory);
    assert!(grown < LIMIT, "{grown}");
}
