//! A validator that asks every miner for a sum. Run it beside `math_miner`.
#![expect(clippy::print_stdout, reason = "this is what it is for")]

use hetu::chain::Registration;
use hetu::{Amount, Hetutensor, Network, Phloem, Service, Wallet};
use schemars::JsonSchema;
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

/// The phrase of the accounts that `hetu localnet` funds; worth nothing anywhere else.
const WORDS: &str = "test test test test test test test test test test test junk";

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let wallet = Wallet::from_mnemonic(WORDS, 2)?;
    let hetu = Hetutensor::connect(Network::from_environment()?).await?.with_wallet(wallet);
    hetu.dendrons().ensure(&Registration::validator(1, Amount::from_hetu(500))).await?;

    let phloem = Phloem::builder(hetu).netuid(1).build().await?;
    for outcome in phloem.broadcast(&phloem.discover(), MathSum { x: 5.0, y: 3.0 }).await {
        let answer = outcome?;
        println!("{} says {}", answer.miner, answer.reply.result);
    }
    Ok(())
}
