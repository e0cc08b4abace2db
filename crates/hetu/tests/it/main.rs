//! The promises of the README, through the names of the facade alone.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic like tests")]

use hetu::chain::model::Registration;
use hetu::{Amount, Hetutensor, NetUid, Phloem, Service, Wallet, Xylem};
use hetu_devnet::Devnet;
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

async fn network_with_subnet() -> (Devnet, NetUid) {
    let devnet = Devnet::builder().start().await.unwrap();
    let netuid = devnet.open_subnet(&devnet.connect_as(0).await.unwrap()).await.unwrap();
    (devnet, netuid)
}

async fn connect(devnet: &Devnet, wallet: Wallet) -> Hetutensor {
    Hetutensor::connect(devnet.network()).await.unwrap().with_wallet(wallet)
}

#[tokio::test]
async fn a_miner_and_a_validator_meet_on_a_subnet() {
    let (devnet, netuid) = network_with_subnet().await;
    let hetu = connect(&devnet, devnet.accounts()[1].wallet.clone()).await;
    let miner = Xylem::builder(hetu, netuid)
        .home(env!("CARGO_TARGET_TMPDIR"))
        .bind("127.0.0.1:0")
        .stake(Amount::from_hetu(200))
        .attach::<MathSum>(|call| async move { Ok(Sum { result: call.x + call.y }) })
        .start()
        .await
        .unwrap();

    let hetu = connect(&devnet, devnet.accounts()[2].wallet.clone()).await;
    let registration = Registration::validator(netuid, Amount::from_hetu(500));
    hetu.dendrons().ensure(&registration).await.unwrap();
    assert_eq!(hetu.subnets().info(netuid).await.unwrap().netuid, netuid);
    assert_eq!(hetu.dendrons().miners(netuid).await.unwrap()[0].address, miner.address());
    assert_eq!(
        hetu.dendrons().validators(netuid).await.unwrap()[0].address,
        hetu.address().unwrap()
    );

    let phloem = Phloem::builder(hetu, netuid).start().await.unwrap();
    let miners = phloem.discover();
    let answer = phloem.query(&miners[0], MathSum { x: 5.0, y: 3.0 }).await.unwrap();
    assert_eq!((answer.reply.result, answer.miner), (8.0, miner.address()));
    miner.stop().await;
}
