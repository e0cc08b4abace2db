//! `hetu localnet`: a development chain that stays.

use std::time::Duration;

use clap::Args;
use hetu::Amount;
use hetu_devnet::Devnet;
use tokio::signal;

use crate::error::CliError;
use crate::output::{Output, table};

#[derive(Args, Debug)]
pub(crate) struct LocalnetArguments {
    /// The port of JSON-RPC, http and ws, on this machine only.
    #[arg(long, default_value_t = 8545)]
    port: u16,

    /// Seconds between blocks; without it, each transaction is its own block at once.
    #[arg(long, value_name = "SECONDS")]
    block_time: Option<u64>,

    /// How many funded accounts there are.
    #[arg(long, default_value_t = 10, value_name = "NUMBER")]
    accounts: u32,

    /// What each of them holds, in HETU.
    #[arg(long, default_value = "1000000", value_name = "HETU")]
    balance: Amount,

    /// Print neither accounts nor contracts.
    #[arg(long)]
    silent: bool,
}

pub(crate) async fn run(arguments: LocalnetArguments, output: &Output) -> Result<(), CliError> {
    let devnet = Devnet::builder()
        .port(arguments.port)
        .block_time(arguments.block_time.map(Duration::from_secs))
        .accounts(arguments.accounts)
        .balance(arguments.balance)
        .spawn()
        .await?;
    let netuid = devnet.open_subnet(&devnet.connect_as(0).await?).await?;
    if !arguments.silent {
        output.note(describe(&devnet));
    }
    output.note(format_args!("subnet {netuid} is open at {}; stop with ctrl-c", devnet.http_url()));
    interrupted().await?;
    devnet.stop().await;
    Ok(())
}

fn describe(devnet: &Devnet) -> String {
    let accounts = devnet.accounts().iter().map(|account| {
        let key = format!("0x{}", hex::encode(*account.wallet.secret_bytes()));
        [account.address.to_string(), key]
    });
    let contracts = devnet.contracts();
    format!(
        "{}\nThese keys are public: never use them on another network.\n\n{}",
        table(["account", "secret key"], accounts),
        table(
            ["contract", "address"],
            contracts.iter().map(|(name, address)| [name.to_owned(), address.to_string()])
        ),
    )
}

async fn interrupted() -> Result<(), CliError> {
    #[cfg(unix)]
    {
        let mut terminate = signal::unix::signal(signal::unix::SignalKind::terminate())?;
        tokio::select! {
            interrupted = signal::ctrl_c() => interrupted?,
            _ = terminate.recv() => {}
        }
    }
    #[cfg(not(unix))]
    signal::ctrl_c().await?;
    Ok(())
}
