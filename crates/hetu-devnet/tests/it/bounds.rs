//! Limits on the requests of one client. Each refusal names its limit.

use hetu_devnet::{Devnet, DevnetLimits};
use jsonrpsee::core::client::{ClientT, Subscription, SubscriptionClientT};
use jsonrpsee::ws_client::WsClientBuilder;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{Net, Params, subscribe};

async fn bounded(change: impl FnOnce(&mut DevnetLimits)) -> Net {
    let mut limits = DevnetLimits::default();
    change(&mut limits);
    Net::spawn(Devnet::builder().with_contracts(false).limits(limits)).await
}

/// Returns the whole HTTP response to `body`.
async fn post(net: &Net, body: &str) -> String {
    let mut stream = TcpStream::connect(net.devnet.address()).await.unwrap();
    let head = format!(
        "POST / HTTP/1.1\r\nhost: devnet\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    // The server may answer before it has read the whole request.
    let _ = stream.write_all(body.as_bytes()).await;
    let mut response = Vec::new();
    let _ = stream.read_to_end(&mut response).await;
    String::from_utf8(response).unwrap()
}

fn request(padding: usize) -> String {
    let params = " ".repeat(padding);
    format!(r#"{{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[{params}]}}"#)
}

#[tokio::test]
async fn a_request_may_only_be_so_long() {
    let net = bounded(|limits| limits.request_bytes = 1_000).await;
    let response = post(&net, &request(900)).await;
    assert!(response.contains(r#""result":"0x7a69""#), "{response}");
    let response = post(&net, &request(1_000)).await;
    assert!(response.starts_with("HTTP/1.1 413"), "{response}");

    let client = net.ws().await;
    let long = Params(json!(["0".repeat(1_000)]));
    let refused = client.request::<Value, _>("eth_chainId", long).await;
    assert!(refused.is_err());
    // The connection still works.
    let client = net.ws().await;
    let id: Value = client.request("eth_chainId", Params(json!([]))).await.unwrap();
    assert_eq!(id, "0x7a69");
}

#[tokio::test]
async fn a_response_may_only_be_so_long() {
    let net = bounded(|limits| limits.response_bytes = 1_000).await;
    let error = net.refused("eth_getBlockByNumber", json!(["0x0", false])).await;
    assert_eq!(error.code(), -32_008);
    assert!(error.message().contains("too big"), "{error}");
}

#[tokio::test]
async fn a_batch_may_only_hold_so_many_requests() {
    let net = bounded(|limits| limits.batch = 2).await;
    let batch = |size| format!("[{}]", vec![request(0); size].join(","));
    let response = post(&net, &batch(2)).await;
    assert_eq!(response.matches("0x7a69").count(), 2, "{response}");
    let response = post(&net, &batch(3)).await;
    assert!(response.contains("-32010"), "{response}");
    assert!(response.contains("The batch request was too large"), "{response}");
}

#[tokio::test]
async fn a_connection_may_only_have_so_many_subscriptions() {
    let net = bounded(|limits| limits.subscriptions = 2).await;
    let client = net.ws().await;
    let first = subscribe(&client, json!(["newHeads"])).await;
    let _second = subscribe(&client, json!(["logs", {}])).await;
    let third: Result<Subscription<Value>, _> =
        client.subscribe("eth_subscribe", Params(json!(["newHeads"])), "eth_unsubscribe").await;
    let error = third.unwrap_err().to_string();
    assert!(error.contains("Too many subscriptions"), "{error}");
    // Another connection has its own limit, and an unsubscription frees a slot.
    subscribe(&net.ws().await, json!(["newHeads"])).await;
    first.unsubscribe().await.unwrap();
    subscribe(&client, json!(["newHeads"])).await;
}

#[tokio::test]
async fn there_may_only_be_so_many_connections() {
    let net = bounded(|limits| limits.connections = 1).await;
    let client = net.ws().await;
    let id: Value = client.request("eth_chainId", Params(json!([]))).await.unwrap();
    assert_eq!(id, "0x7a69");
    let response = post(&net, &request(0)).await;
    assert!(response.starts_with("HTTP/1.1 429"), "{response}");
    assert!(WsClientBuilder::default().build(net.devnet.ws_url()).await.is_err());
}

#[tokio::test]
async fn accounts_can_be_impersonated_only_so_many_at_a_time() {
    let net = bounded(|_| {}).await;
    let address = |index: u64| json!([format!("0x{index:040x}")]);
    for index in 1..=1_024 {
        net.get::<()>("anvil_impersonateAccount", address(index)).await;
    }
    let error = net.refused("anvil_impersonateAccount", address(2_000)).await;
    assert_eq!(error.code(), -32_005);
    assert!(error.message().starts_with("1024 accounts are impersonated already"));
    net.get::<()>("anvil_stopImpersonatingAccount", address(1)).await;
    net.get::<()>("anvil_impersonateAccount", address(2_000)).await;
}
