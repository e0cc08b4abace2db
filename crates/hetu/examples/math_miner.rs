//! A miner that adds two numbers. Run it with `hetu localnet`.

use hetu::{Amount, Hetutensor, Network, Service, Wallet, Xylem};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tracing_subscriber::filter::LevelFilter;

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

/// Mnemonic of the accounts that `hetu localnet` funds. It has no value on other networks.
const WORDS: &str = "test test test test test test test test test test test junk";

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    tracing_subscriber::fmt().with_max_level(LevelFilter::INFO).init();
    let wallet = Wallet::from_mnemonic(WORDS, 1)?;
    let hetu = Hetutensor::connect(Network::from_environment()?).await?.with_wallet(wallet);
    Xylem::builder(hetu, 1)
        .bind("127.0.0.1:8091")
        .stake(Amount::from_hetu(200))
        .attach::<MathSum>(|call| async move { Ok(Sum { result: call.x + call.y }) })
        .serve()
        .await?;
    Ok(())
}
