//! The miners of the demo: honest ones, a dishonest one, and one that is down.

use futures_util::future::join_all;
use hetu::chain::model::{RawEndpoint, Registration};
use hetu::xylem::RunningXylem;
use hetu::{Amount, Hetutensor, Metastruct, NetUid, Xylem};
use tokio::net::TcpListener;

use super::funded;
use crate::error::CliError;
use crate::math::{MathSum, Sum};

const HONEST_STAKES: [u64; 3] = [500, 400, 300];
const LIAR_STAKE: u64 = 350;
const ABSENT_STAKE: u64 = 250;
const VALIDATOR_STAKE: u64 = 600;
/// HETU for gas and for the registration fee.
const SPARE: u64 = 10;

pub(super) struct DemoMiners {
    serving: Vec<RunningXylem>,
}

impl DemoMiners {
    /// Funds, stakes, registers and starts the miners in sequence, because a subnet accepts one
    /// registration per block.
    pub(super) async fn start(bank: &Hetutensor, picture: &Metastruct) -> Result<Self, CliError> {
        let mut serving = Vec::new();
        for stake in HONEST_STAKES {
            serving.push(serve(bank, picture, stake, MathSum::answer).await?);
        }
        serving.push(serve(bank, picture, LIAR_STAKE, lie).await?);
        register_absent(bank, picture.view().netuid()).await?;
        Ok(Self { serving })
    }

    pub(super) fn len(&self) -> usize {
        self.serving.len() + 1
    }

    pub(super) async fn stop(self) {
        join_all(self.serving.into_iter().map(RunningXylem::stop)).await;
    }
}

pub(super) fn validator_stake(netuid: NetUid) -> Registration {
    Registration::validator(netuid, Amount::from_hetu(VALIDATOR_STAKE))
}

async fn serve(
    bank: &Hetutensor,
    picture: &Metastruct,
    stake: u64,
    answer: fn(MathSum) -> Sum,
) -> Result<RunningXylem, CliError> {
    let stake = Amount::from_hetu(stake);
    let miner = funded(bank, stake.saturating_add(Amount::from_hetu(SPARE))).await?;
    let xylem = Xylem::builder(miner, picture.view().netuid())
        .metastruct(picture.clone())
        .bind("127.0.0.1:0")
        .stake(stake)
        .attach::<MathSum>(move |question| async move { Ok(answer(question)) })
        .start()
        .await?;
    Ok(xylem)
}

fn lie(question: MathSum) -> Sum {
    Sum { result: question.answer().result + 1.0 }
}

/// Registers a miner at a port without a listener.
async fn register_absent(bank: &Hetutensor, netuid: NetUid) -> Result<(), CliError> {
    let stake = Amount::from_hetu(ABSENT_STAKE);
    let miner = funded(bank, stake.saturating_add(Amount::from_hetu(SPARE))).await?;
    let port = TcpListener::bind("127.0.0.1:0").await?.local_addr()?.port();
    let endpoint = RawEndpoint::new("127.0.0.1", port);
    miner.dendrons().ensure(&Registration::miner(netuid, stake, endpoint)).await?;
    Ok(())
}
