//! A miner that adds two numbers for whoever signs, without a chain.
//!
//! `detached_miner PORT [CHAIN_ID] [newest]`: listens on this port of the loopback address, 0 for any
//! free one. It takes the earlier revision of ERC-8128 too, which published libraries speak, unless
//! it is told to take the newest alone.
#![expect(clippy::print_stdout, reason = "this is what it is for")]

use std::collections::HashMap;
use std::error::Error;
use std::sync::Arc;

use hetu_cambium::Service;
use hetu_chain::{Address, ChainId, Wallet};
use hetu_xylem::{Policy, SubnetRole, Xylem};
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

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let port: u16 = arguments.first().ok_or("usage: PORT [CHAIN_ID] [newest]")?.parse()?;
    let chain: u64 = arguments.get(1).map_or(Ok(1), |text| text.parse())?;

    // A key for tests alone.
    let mut secret = [0; 32];
    secret[31] = 2;
    let wallet = Wallet::from_secret_bytes(&secret)?;
    let address = wallet.address();
    // No account has a role, and none needs one.
    let roles: HashMap<Address, SubnetRole> = HashMap::new();
    let mut miner = Xylem::detached(Arc::new(wallet), ChainId::new(chain), 1, roles)
        .bind(format!("127.0.0.1:{port}"))
        .policy(Policy::anyone())
        .attach::<MathSum>(|call| async move { Ok(Sum { result: call.x + call.y }) });
    if arguments.get(2).is_none_or(|revision| revision != "newest") {
        miner = miner.earlier_erc8128();
    }
    let running = miner.start().await?;
    println!("{address} serves at http://{}", running.local_addr());
    tokio::signal::ctrl_c().await?;
    running.stop().await;
    Ok(())
}
