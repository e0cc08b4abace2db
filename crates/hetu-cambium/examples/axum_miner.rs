//! Any server of axum speaks the protocol with one layer around it. This one adds numbers for
//! everybody who signs. Run it, and call it with `hetu_cambium::SignLayer` or any other client.

#![expect(clippy::print_stdout, reason = "an example talks to who runs it")]

use std::error::Error;
use std::sync::Arc;

use axum::extract::Extension;
use axum::routing::post;
use axum::{Json, Router};
use hetu_cambium::{
    ReplayGuard, ReplayLimits, ReplySigner, RequestVerifier, VerifiedRequest, VerifyLayer,
};
use hetu_chain::{ChainId, NetUid, SystemClock, Wallet};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (chain, wallet) = (ChainId::new(560_000), Wallet::random());
    println!("the miner {} listens on 127.0.0.1:8091", wallet.address());

    let verifier = RequestVerifier::new(chain, NetUid::new(1), wallet.address());
    let limits = ReplayLimits::default();
    let guard = ReplayGuard::new(verifier.window(), limits, Arc::new(SystemClock))?;
    let replies = ReplySigner::new(Arc::new(wallet), chain);
    let miner = Router::new()
        .route("/math-sum", post(sum))
        .layer(VerifyLayer::new(verifier, guard, replies));

    let listener = tokio::net::TcpListener::bind("127.0.0.1:8091").await?;
    Ok(axum::serve(listener, miner).await?)
}

async fn sum(
    Extension(request): Extension<VerifiedRequest>,
    Json((x, y)): Json<(f64, f64)>,
) -> Json<f64> {
    println!("{} asks for {x} + {y}", request.caller());
    Json(x + y)
}
