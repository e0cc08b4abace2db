//! `hetu demo`: a whole subnet in one process.

mod judge;
mod miners;
mod report;

use clap::Args;
use hetu::{Amount, Hetutensor, Metastruct, Phloem, Wallet};
use hetu_devnet::Devnet;

use self::judge::judge;
use self::miners::{DemoMiners, validator_stake};
use self::report::{DemoReport, table_of};
use crate::error::CliError;
use crate::output::Output;

#[derive(Args, Debug)]
pub(crate) struct DemoArguments {
    /// How many sums each miner is asked for.
    #[arg(long, default_value_t = 20, value_name = "NUMBER",
          value_parser = clap::value_parser!(u32).range(1..=10_000))]
    questions: u32,
}

pub(crate) async fn run(arguments: DemoArguments, output: &Output) -> Result<(), CliError> {
    let stage = output.stage("starting the chain");
    let devnet = Devnet::builder().start().await?;
    let bank = devnet.connect_as(0).await?;
    let url = devnet.http_url();
    stage.done(format_args!("chain {} with its contracts at {url}", devnet.chain_id()));

    let stage = output.stage("registering the subnet");
    let owner = funded(&bank, Amount::from_hetu(200)).await?;
    let netuid = devnet.open_subnet(&owner).await?;
    stage.done(format_args!("subnet {netuid} registered and activated by {}", owner.address()?));

    let stage = output.stage("registering the miners");
    let picture = Metastruct::builder(bank.clone(), netuid).start().await?;
    let miners = DemoMiners::start(&bank, &picture).await?;
    stage.done(format_args!("{} miners staked, registered and serving, but for one", miners.len()));

    let stage = output.stage("registering the validator");
    let validator = funded(&bank, Amount::from_hetu(1_000)).await?;
    validator.dendrons().ensure(&validator_stake(netuid)).await?;
    picture.refresh().await?;
    stage.done(format_args!("validator {} staked and registered", validator.address()?));

    let stage = output.stage("discovering the miners");
    let phloem = Phloem::builder(validator.clone(), netuid).metastruct(picture).start().await?;
    let targets = phloem.discover();
    stage.done(format_args!(
        "{} miners discovered in the picture of block {}",
        targets.len(),
        phloem.metastruct().view().block.id.number
    ));

    let stage = output.stage("asking the miners");
    let scores = judge(&phloem, &targets, arguments.questions).await;
    stage.done(format_args!(
        "{} signed questions asked, every reply verified",
        arguments.questions as usize * targets.len()
    ));

    let stage = output.stage("setting the weights");
    let weights = scores.weights();
    validator.weights().set(netuid, &weights).await?;
    let report = DemoReport::read(&validator, netuid, &targets, &scores).await?;
    stage.done(format_args!("weights set on chain and read back at block {}", report.block));

    miners.stop().await;
    output.result(&report, table_of);
    if report.weights_on_chain { Ok(()) } else { Err(CliError::WeightsNotKept) }
}

/// Returns a client of a new account, funded by `bank`.
async fn funded(bank: &Hetutensor, money: Amount) -> Result<Hetutensor, CliError> {
    let wallet = Wallet::random();
    bank.tokens().transfer(wallet.address(), money).await?;
    Ok(bank.clone().with_wallet(wallet))
}
