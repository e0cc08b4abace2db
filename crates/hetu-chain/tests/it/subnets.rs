//! Registration and reads of subnets.

use hetu_chain::model::{HyperparameterChanges, NewSubnet, RegistrationRules, SubnetEvent};
use hetu_chain::{Amount, ChainError, NetUid};

use crate::setup::{chain, new_subnet, refusal};

#[tokio::test]
async fn a_subnet_is_registered_activated_and_read_back() {
    let chain = chain().await;
    let owner = chain.connect_as(1).await;
    assert_eq!(owner.subnets().lock_cost().await.unwrap(), Amount::from_hetu(100));
    let registered = owner.subnets().register(&new_subnet(), Amount::from_hetu(100)).await.unwrap();
    assert_eq!(registered.netuid, NetUid::new(1));
    assert_eq!((registered.cost, registered.burned), (Amount::from_hetu(100), Amount::ZERO));
    assert_eq!(registered.pool_initial, Amount::from_hetu(100));

    let subnet = owner.subnets().info(registered.netuid).await.unwrap();
    assert_eq!(subnet.owner, owner.address().unwrap());
    assert_eq!((subnet.alpha_token, subnet.pool), (registered.alpha_token, registered.pool));
    assert!(!owner.subnets().is_active(registered.netuid).await.unwrap());
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

#[tokio::test]
async fn subnets_are_found_by_owner_and_number() {
    let chain = chain().await;
    let owner = chain.connect_as(1).await;
    let subnets = owner.subnets();
    let account = owner.address().unwrap();
    assert_eq!(subnets.next_netuid().await.unwrap(), NetUid::new(1));
    assert!(subnets.owned_by(account).await.unwrap().is_empty());
    let netuid = chain.active_subnet().await;
    assert_eq!(subnets.owned_by(account).await.unwrap(), [netuid]);
    assert_eq!(subnets.next_netuid().await.unwrap(), NetUid::new(2));
    assert!(subnets.is_active(netuid).await.unwrap());

    let details = subnets.details(netuid).await.unwrap();
    assert_eq!(details.subnet, subnets.info(netuid).await.unwrap());
    assert_eq!((details.price, details.volume), (Amount::from_hetu(1), Amount::ZERO));
    assert_eq!(details.hetu_reserve, Amount::from_hetu(100));
    assert_eq!(details.alpha_reserve, Amount::from_hetu(100));
    for missing in [
        subnets.details(NetUid::new(2)).await.map(drop),
        subnets.is_active(NetUid::new(2)).await.map(drop),
    ] {
        assert!(matches!(missing, Err(ChainError::NoSubnet(_))));
    }
}

#[tokio::test]
async fn rules_of_its_own_are_what_a_subnet_starts_with() {
    let chain = chain().await;
    let owner = chain.connect_as(1).await;
    let limit = Amount::from_hetu(100);
    let wrong = HyperparameterChanges { tempo: Some(0), ..Default::default() };
    let error = owner.subnets().register_with(&new_subnet(), &wrong, limit).await.unwrap_err();
    assert!(error.is_revert("INVALID_MERGED_HYPERPARAMS"), "{error}");

    let rules = HyperparameterChanges {
        tempo: Some(359),
        base_dendron_cost: Some(Amount::from_hetu(7)),
        commit_reveal_enabled: Some(true),
        dendron_threshold: Some(Amount::from_hetu(11)),
        ..Default::default()
    };
    let registered = owner.subnets().register_with(&new_subnet(), &rules, limit).await.unwrap();
    let found = owner.subnets().hyperparameters(registered.netuid).await.unwrap();
    assert_eq!(rules.apply_to(&found), found);
    assert_eq!((found.max_validators, found.rho), (64, 10), "the rest is the default");
}

#[tokio::test]
async fn an_owner_changes_some_rules_and_keeps_the_others() {
    let chain = chain().await;
    let netuid = chain.active_subnet().await;
    let (owner, stranger) = (chain.connect_as(1).await, chain.connect_as(2).await);
    let before = owner.subnets().hyperparameters(netuid).await.unwrap();
    let changes =
        HyperparameterChanges { tempo: Some(9), kappa: Some(40_000), ..Default::default() };
    let change = owner.subnets().change_hyperparameters(netuid, &changes).await.unwrap();
    let receipt = change.await.unwrap();
    let after = owner.subnets().hyperparameters(netuid).await.unwrap();
    assert_eq!(after, changes.apply_to(&before));
    assert!(receipt.events.iter().any(|event| matches!(event, hetu_chain::model::ChainEvent::Subnet(
        SubnetEvent::HyperparametersUpdated { hyperparameters, .. }) if **hyperparameters == after)));

    let error = stranger.subnets().set_hyperparameters(netuid, &after).await.unwrap_err();
    assert!(error.is_revert("NOT_SUBNET_OWNER"), "{error}");
    let mut invalid = after;
    invalid.max_registrations_per_block = 11;
    let error = owner.subnets().set_hyperparameters(netuid, &invalid).await.unwrap_err();
    assert!(error.is_revert("INVALID_HYPERPARAMS"), "{error}");
}

#[tokio::test]
async fn the_networks_owner_sets_what_subnets_cost() {
    let chain = chain().await;
    let (owner, stranger) = (chain.connect_as(0).await, chain.connect_as(1).await);
    chain.active_subnet().await;
    let subnets = owner.subnets();
    let before = subnets.network_parameters().await.unwrap();
    assert_eq!(
        (before.min_lock, before.last_lock),
        (Amount::from_hetu(100), Amount::from_hetu(100))
    );
    assert_eq!((before.rate_limit, before.reduction_interval, before.subnets), (100, 14_400, 1));
    assert!(before.last_lock_block > 0);

    let rules = RegistrationRules {
        min_lock: Amount::from_hetu(50),
        rate_limit: 10,
        reduction_interval: 100,
    };
    let error = subnets.set_network_config(&rules).await.unwrap_err();
    assert!(error.is_revert("INVALID_RATE_LIMIT"), "{error}");
    subnets.set_network_parameters(&rules).await.unwrap();
    let after = subnets.network_parameters().await.unwrap();
    assert_eq!((after.min_lock, after.rate_limit), (rules.min_lock, 10));
    let wider = RegistrationRules { rate_limit: 100, reduction_interval: 1_000, ..rules };
    subnets.set_network_config(&wider).await.unwrap();
    assert_eq!(subnets.network_parameters().await.unwrap().rate_limit, 100);
    assert!(subnets.lock_cost().await.unwrap() > Amount::from_hetu(100));
    subnets.reset_lock_cost().await.unwrap();
    assert_eq!(subnets.lock_cost().await.unwrap(), Amount::from_hetu(50));

    let error = stranger.subnets().set_network_parameters(&rules).await.unwrap_err();
    assert_eq!(refusal(error), "OwnableUnauthorizedAccount");
    let nothing = RegistrationRules { min_lock: Amount::ZERO, ..rules };
    let error = subnets.set_network_parameters(&nothing).await.unwrap_err();
    assert!(error.is_revert("MIN_LOCK_ZERO"), "{error}");
}
