//! Setting weights and reading them back.

use crate::setup::{chain, miner_of, validator_of};

#[tokio::test]
async fn a_validator_sets_weights_and_a_miner_does_not() {
    let chain = chain().await;
    let netuid = chain.active_subnet().await;
    let (miner, validator) = (chain.connect_as(2).await, chain.connect_as(3).await);
    miner.dendrons().ensure(&miner_of(netuid, 200)).await.unwrap();
    validator.dendrons().ensure(&validator_of(netuid, 500)).await.unwrap();
    let (judged, judge) = (miner.address().unwrap(), validator.address().unwrap());

    validator.weights().set(netuid, &[(judged, 65_535)]).await.unwrap();
    let read = miner.weights().get(netuid, judge, &[judged, judge]).await.unwrap();
    assert_eq!(read, [65_535, 0]);

    assert!(miner.weights().set(netuid, &[(judged, 1)]).await.is_err());
    let stranger = chain.wallet(4).address();
    assert!(validator.weights().set(netuid, &[(stranger, 1)]).await.is_err());
}
