//! Registering and reading subnets.

use hetu_chain::{Amount, ChainError, NetUid, NewSubnet};

use crate::setup::{chain, new_subnet};

#[tokio::test]
async fn a_subnet_is_registered_activated_and_read_back() {
    let chain = chain().await;
    let owner = chain.connect_as(1).await;
    assert_eq!(owner.subnets().lock_cost().await.unwrap(), Amount::from_hetu(100));
    let registered = owner.subnets().register(&new_subnet(), Amount::from_hetu(100)).await.unwrap();
    assert_eq!(registered.netuid, NetUid::new(1));

    let subnet = owner.subnets().info(registered.netuid).await.unwrap();
    assert_eq!(subnet.owner, owner.address().unwrap());
    assert_eq!((subnet.name.as_str(), subnet.is_active), ("Sums", false));
    assert_eq!(subnet.locked, Amount::from_hetu(100));

    owner.subnets().activate(registered.netuid).await.unwrap();
    assert!(owner.subnets().info(registered.netuid).await.unwrap().is_active);
    assert_eq!(owner.subnets().count().await.unwrap(), 1);

    let hyperparameters = owner.subnets().hyperparameters(registered.netuid).await.unwrap();
    assert_eq!(hyperparameters.tempo, 99);
    assert_eq!(hyperparameters.validator_threshold, Amount::from_hetu(500));
    assert_eq!(hyperparameters.dendron_threshold, Amount::from_hetu(200));
}

#[tokio::test]
async fn a_price_above_the_limit_is_not_paid() {
    let chain = chain().await;
    let owner = chain.connect_as(1).await;
    let error = owner.subnets().register(&new_subnet(), Amount::from_hetu(99)).await.unwrap_err();
    assert!(matches!(error, ChainError::TooExpensive { .. }), "{error}");
    assert_eq!(owner.subnets().count().await.unwrap(), 0);
}

#[tokio::test]
async fn what_is_missing_or_forbidden_is_named() {
    let chain = chain().await;
    let hetu = chain.connect_as(1).await;
    let missing = hetu.subnets().info(NetUid::new(9)).await.unwrap_err();
    assert!(matches!(missing, ChainError::NoSubnet(netuid) if netuid.get() == 9));
    let missing = hetu.subnets().hyperparameters(NetUid::new(9)).await.unwrap_err();
    assert!(matches!(missing, ChainError::NoSubnet(_)));

    let nameless = NewSubnet { name: String::new(), ..new_subnet() };
    let error = hetu.subnets().register(&nameless, Amount::from_hetu(100)).await.unwrap_err();
    assert!(error.is_revert("EMPTY_NAME"), "{error}");

    let netuid = chain.active_subnet().await;
    let stranger = chain.connect_as(2).await;
    let error = stranger.subnets().activate(netuid).await.unwrap_err();
    assert!(error.is_revert("NOT_OWNER"), "{error}");
}
