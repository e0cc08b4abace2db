//! A miner that adds two numbers for every caller that signs, without a chain.
//!
//! Usage: `detached_miner PORT [CHAIN_ID] [newest]`. Listens on this port of the loopback address;
//! port 0 selects any free one. By default, it also accepts the previous revision of ERC-8128,
//! which published libraries use. With `newest`, it accepts only the latest revision.
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

    // A key for tests only.
    let mut secret = [0; 32];
    secret[31] = 2;
    let wallet = Wallet::from_secret_bytes(&secret)?;
    let address = wallet.address();
    // No account has a role, and the policy requires none.
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
