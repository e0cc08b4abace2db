//! Discovery of miners.

use hetu_chain::model::{RawEndpoint, Registration};
use hetu_chain::{Amount, ChainError, Hetutensor};
use hetu_metastruct::Metastruct;
use hetu_phloem::{BuildError, Phloem};

use crate::scene::Scene;

#[tokio::test]
async fn miners_are_discovered_by_stake_and_without_those_that_cannot_serve() {
    let scene = Scene::open().await;
    let _low = scene.miner(2, 200).await;
    let _high = scene.miner(3, 400).await;
    let leaving = scene.connect_as(4).await;
    let unreachable =
        Registration::miner(scene.netuid, Amount::from_hetu(300), RawEndpoint::default());
    leaving.dendrons().ensure(&unreachable).await.unwrap();
    scene.registered_at(5, 9).await;
    let lowered = scene.connect_as(5).await;
    lowered.staking().deallocate(scene.netuid, Amount::from_hetu(1)).await.unwrap();
    scene.picture.refresh().await.unwrap();

    let discovered = scene.validator().await.discover();
    let addresses: Vec<_> = discovered.iter().map(|target| target.address).collect();
    assert_eq!(addresses, [scene.wallet(3).address(), scene.wallet(2).address()]);
    assert_eq!(discovered[0].stake, Amount::from_hetu(400));
}

#[tokio::test]
async fn a_client_is_of_the_subnet_of_its_picture() {
    let scene = Scene::open().await;
    let owner = scene.connect_as(0).await;
    // Subnets are registered at intervals.
    scene.devnet.mine(100).await;
    let second = scene.devnet.open_subnet(&owner).await.unwrap();
    let picture = Metastruct::builder(owner, second).start().await.unwrap();
    let phloem = Phloem::builder(scene.connect_as(1).await, second).metastruct(picture);
    assert_eq!(phloem.start().await.unwrap().network_health().netuid, Some(second));
    assert_ne!(second, scene.netuid);
}

#[tokio::test]
async fn a_client_needs_a_wallet_and_a_subnet() {
    let scene = Scene::open().await;
    let nobody = Hetutensor::connect(scene.devnet.network()).await.unwrap();
    let error = Phloem::builder(nobody, 1).start().await.unwrap_err();
    assert!(matches!(error, BuildError::Chain(ChainError::NoSigner)), "{error}");

    let other = Phloem::builder(scene.connect_as(1).await, 9).metastruct(scene.picture.clone());
    let other = other.start().await.unwrap_err();
    let BuildError::OtherSubnet { asked, shown } = other else { panic!("{other}") };
    assert_eq!((asked, shown), (9.into(), scene.netuid));

    let error = Phloem::builder(scene.connect_as(1).await, 9).start().await.unwrap_err();
    assert!(matches!(error, BuildError::Sync(_)), "{error}");
}
