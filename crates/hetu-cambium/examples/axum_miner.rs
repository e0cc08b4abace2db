//! Any server of axum speaks the protocol with one layer around it. This miner adds numbers for every
//! caller that signs, and serves the two documents that the protocol demands of miners.
//!
//! ```sh
//! MINER_KEY=0x… axum_miner 31337 1 127.0.0.1:8092
//! hetu dendron register 1 --role miner --endpoint 127.0.0.1:8092
//! hetu phloem query 1 MathSum '{"x": 5, "y": 3}' --miner ADDRESS
//! ```

#![expect(clippy::print_stdout, reason = "an example reports what it does")]

use std::env;
use std::error::Error;
use std::sync::Arc;

use axum::extract::Extension;
use axum::routing::{get, post};
use axum::{Json, Router};
use hetu_cambium::{
    DiscoveryDocument, JsonService, PingDocument, PublishedLimits, ReplayGuard, ReplayLimits,
    ReplySigner, RequestVerifier, Service, ServiceDescription, VerifiedRequest, VerifyLayer,
};
use hetu_chain::{ChainId, NetUid, SystemClock, Wallet};
use schemars::{JsonSchema, schema_for};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, JsonSchema)]
struct MathSum {
    x: f64,
    y: f64,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Sum {
    result: f64,
}

impl Service for MathSum {
    const NAME: &'static str = "MathSum";
    type Request = Self;
    type Reply = Sum;
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let mut argument = |default: &str| arguments.next().unwrap_or_else(|| default.to_owned());
    let chain = ChainId::new(argument("31337").parse()?);
    let netuid: NetUid = argument("1").parse()?;
    let bind = argument("127.0.0.1:8091");
    let wallet = match env::var("MINER_KEY") {
        Ok(key) => key.parse()?,
        Err(_) => Wallet::random(),
    };

    let verifier = RequestVerifier::new(chain, netuid, wallet.address());
    let limits = ReplayLimits::default();
    let guard = ReplayGuard::new(verifier.window(), limits, Arc::new(SystemClock))?;
    let (ping, discovery) = documents(&verifier)?;
    println!("the miner {} listens on {bind}", wallet.address());

    let replies = ReplySigner::new(Arc::new(wallet), chain);
    let show_ping = async move || Json(ping.clone());
    let miner = Router::new()
        .route(&format!("/{}", MathSum::NAME), post(sum))
        .route("/ping", get(show_ping.clone()).post(show_ping))
        .route("/.well-known/hetu", get(async move || Json(discovery.clone())))
        .layer(VerifyLayer::new(verifier, guard, replies));

    let listener = tokio::net::TcpListener::bind(bind).await?;
    Ok(axum::serve(listener, miner).await?)
}

/// The documents of section 10. The limits are those of the layer and of this machine.
fn documents(
    verifier: &RequestVerifier,
) -> Result<(PingDocument, DiscoveryDocument), Box<dyn Error>> {
    const CONTENT_BYTES: u64 = 1 << 20;
    const FIELD_BYTES: u64 = 64 << 10;
    const CALL_TIMEOUT_MS: u64 = 60_000;
    // Axum reads JSON alone.
    let service = JsonService::new(MathSum::NAME)
        .with_request_schema(schema_for!(MathSum).to_value())?
        .with_reply_schema(schema_for!(Sum).to_value())?;
    let limits = PublishedLimits::new(verifier, CONTENT_BYTES, FIELD_BYTES, CALL_TIMEOUT_MS);
    let services = [ServiceDescription::of_json(service)];
    Ok((PingDocument::new(verifier), DiscoveryDocument::new(verifier, &services, limits)))
}

async fn sum(
    Extension(request): Extension<VerifiedRequest>,
    Json(MathSum { x, y }): Json<MathSum>,
) -> Json<Sum> {
    println!("{} asks for {x} + {y}", request.caller());
    Json(Sum { result: x + y })
}
