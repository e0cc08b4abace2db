//! Prints how long a devnet takes to start, and a transaction to be sent and confirmed, in memory
//! and kept in a folder.
#![expect(clippy::print_stdout, reason = "this is what it is for")]

use std::error::Error;
use std::time::Duration;

use hetu_chain::Amount;
use hetu_devnet::{Devnet, DevnetBuilder};
use tokio::time::Instant;

const ROUNDS: u32 = 5;
const TRANSACTIONS: u32 = 200;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let bare = || Devnet::builder().with_contracts(false);
    println!("start without contracts      {:>8.1?}", mean_start(bare).await?);
    println!("start with contracts         {:>8.1?}", mean_start(Devnet::builder).await?);

    let folder = tempfile::tempdir()?;
    let kept = || Devnet::builder().state_folder(folder.path());
    println!("start, into a new folder     {:>8.1?}", start(kept()).await?);
    println!("start from the folder        {:>8.1?}", mean_start(kept).await?);
    println!("a transfer, in memory        {:>8.1?}", mean_transfer(Devnet::builder()).await?);
    println!("a transfer, in the folder    {:>8.1?}", mean_transfer(kept()).await?);
    Ok(())
}

async fn mean_start(builder: impl Fn() -> DevnetBuilder) -> Result<Duration, Box<dyn Error>> {
    let mut total = Duration::ZERO;
    for _ in 0..ROUNDS {
        total += start(builder()).await?;
    }
    Ok(total / ROUNDS)
}

async fn start(builder: DevnetBuilder) -> Result<Duration, Box<dyn Error>> {
    let begun = Instant::now();
    let devnet = builder.start().await?;
    let took = begun.elapsed();
    devnet.stop().await;
    Ok(took)
}

async fn mean_transfer(builder: DevnetBuilder) -> Result<Duration, Box<dyn Error>> {
    let devnet = builder.start().await?;
    let sender = devnet.connect_as(1).await?;
    let receiver = devnet.accounts()[2].address;
    let begun = Instant::now();
    for _ in 0..TRANSACTIONS {
        sender.tokens().transfer(receiver, Amount::from_wei(1)).await?;
    }
    let took = begun.elapsed() / TRANSACTIONS;
    devnet.stop().await;
    Ok(took)
}
