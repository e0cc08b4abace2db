//! A validator that judges miners by sums and sets their weights. Run it with `math_miner`.
#![expect(clippy::print_stdout, reason = "this is what it is for")]

use std::time::Duration;

use hetu::chain::model::Registration;
use hetu::chain::network::hetu_home;
use hetu::phloem::judging::{Judge, Numeric, Randomness};
use hetu::phloem::weights::WeightSetter;
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

/// Mnemonic of the accounts that `hetu localnet` funds. It has no value on other networks.
const WORDS: &str = "test test test test test test test test test test test junk";

fn sums(randomness: &mut Randomness) -> (MathSum, Sum) {
    let (x, y) = (randomness.unit(), randomness.unit());
    (MathSum { x, y }, Sum { result: x + y })
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let wallet = Wallet::from_mnemonic(WORDS, 2)?;
    let hetu = Hetutensor::connect(Network::from_environment()?).await?.with_wallet(wallet);
    hetu.dendrons().ensure(&Registration::validator(1, Amount::from_hetu(500))).await?;

    let (home, right) = (hetu_home().join("validators"), Numeric::new(|sum: &Sum| sum.result));
    let phloem = Phloem::builder(hetu.clone(), 1).start().await?;
    let mut setter =
        WeightSetter::builder(hetu, phloem.metastruct().clone(), &home).build().await?;
    let mut judge = Judge::<MathSum>::builder(phloem, sums, right).folder(home).build()?;
    loop {
        for verdict in judge.round().await?.verdicts {
            println!("{} is worth {:.3}", verdict.miner, verdict.average.get());
        }
        println!("{:?}", setter.advance(&judge.book().scores()).await?);
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}
