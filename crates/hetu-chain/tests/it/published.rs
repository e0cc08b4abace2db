//! Networks with the published contracts: a missing function is reported, and replaced where
//! possible.

use hetu_chain::client::{EnsuredRegistration, OwnedContract};
use hetu_chain::model::{Contract, HyperparameterChanges, SecretWeights};
use hetu_chain::primitives::Bytes32;
use hetu_chain::{Address, Amount, ChainError, Hetutensor, NetUid, Retryable};
use hetu_devnet::{Devnet, Population};

use crate::setup::{miner_of, new_subnet, validator_of, weight};

async fn published() -> (Devnet, Hetutensor) {
    let devnet = Devnet::builder().published_interface(true).start().await.unwrap();
    let owner = devnet.connect_as(1).await.unwrap();
    (devnet, owner)
}

fn lacks<T: std::fmt::Debug>(outcome: Result<T, ChainError>, contract: Contract, function: &str) {
    let error = outcome.unwrap_err();
    let ChainError::Unsupported { contract: given, function: missing } = &error else {
        panic!("{error}");
    };
    assert_eq!((*given, missing.as_str()), (contract, function));
    assert!(!error.retryability().is_retryable());
}

#[tokio::test]
async fn a_subnet_lives_its_life_on_published_contracts() {
    let (devnet, owner) = published().await;
    assert_eq!(devnet.contracts().lens, None);
    let netuid = devnet.open_subnet(&owner).await.unwrap();
    let (miner, validator) =
        (devnet.connect_as(2).await.unwrap(), devnet.connect_as(3).await.unwrap());
    let joined = miner.dendrons().ensure(&miner_of(netuid, 200)).await.unwrap();
    assert_eq!(joined, EnsuredRegistration::Registered, "without a limit of its cost");
    validator.dendrons().ensure(&validator_of(netuid, 500)).await.unwrap();
    let judged = weight(miner.address().unwrap(), 9);
    validator.weights().set(netuid, &[judged]).await.unwrap();

    let snapshot = owner.subnets().snapshot(netuid).await.unwrap();
    assert_eq!(snapshot.dendrons.len(), 2);
    let accounts = owner.dendrons().addresses(netuid).await.unwrap();
    assert_eq!(snapshot.dendrons, owner.dendrons().get_many(netuid, &accounts).await.unwrap());
    let listed = owner.subnets().list().await.unwrap();
    assert_eq!(listed, [owner.subnets().details(netuid).await.unwrap()]);

    let judge = validator.address().unwrap();
    assert_eq!(owner.weights().row(netuid, judge).await.unwrap(), [judged], "put together");
    let rows = owner.weights().rows(netuid).await.unwrap();
    assert_eq!((rows.len(), rows[0].last_set, &rows[0].weights[..]), (1, None, &[judged][..]));
    assert_eq!(owner.weights().next_allowed(netuid, judge).await.unwrap(), 0);
}

#[tokio::test]
async fn what_published_contracts_lack_is_a_typed_refusal() {
    let (devnet, owner) = published().await;
    let netuid = devnet.open_subnet(&owner).await.unwrap();
    let account = owner.address().unwrap();
    let weights = owner.weights();
    let secret = SecretWeights {
        weights: vec![weight(account, 1)],
        version_key: 0,
        salt: Bytes32::from([1; 32]),
    };
    lacks(weights.last_set(netuid, account).await, Contract::Weights, "lastSet");
    lacks(weights.version_key(netuid).await, Contract::Weights, "weightsVersionKey");
    lacks(weights.commitment(netuid, account).await, Contract::Weights, "commitments");
    let commit = weights.commit(netuid, Bytes32::from([1; 32]));
    lacks(commit.await, Contract::Weights, "commitWeights");
    lacks(weights.reveal(netuid, &secret).await, Contract::Weights, "revealWeights");
    let versioned = weights.set_with_version(netuid, &secret.weights, 1);
    lacks(versioned.await, Contract::Weights, "setWeights");
    let version = weights.set_version_key(netuid, 1);
    lacks(version.await, Contract::Weights, "setWeightsVersionKey");

    let dendrons = owner.dendrons();
    let prune = dendrons.prune(netuid, account);
    lacks(prune.await, Contract::DendronManager, "pruneInactiveNeuron");
    let capped = dendrons.register_for_at_most(&miner_of(netuid, 200), Amount::from_hetu(1));
    lacks(capped.dry_run().await, Contract::DendronManager, "registerNeuronWithStakeAllocation");

    let governance = owner.governance();
    lacks(governance.dendron_manager().await, Contract::GlobalStaking, "dendronManager");
    let ownership = governance.ownership_of(OwnedContract::SubnetManager).unwrap();
    lacks(ownership.pending_owner().await, Contract::SubnetManager, "pendingOwner");
    lacks(ownership.accept().await, Contract::SubnetManager, "acceptOwnership");
    let for_other = owner.staking().allocate_for(account, netuid, Amount::from_hetu(1));
    lacks(for_other.await, Contract::GlobalStaking, "allocateFor");

    let error = owner.rewards().unwrap_err();
    assert!(matches!(error, ChainError::NotDeployed { contract: Contract::RewardDistributor, .. }));
    let error = governance.ownership_of(OwnedContract::RewardDistributor).unwrap_err();
    assert!(error.to_string().contains("RewardDistributor"), "{error}");
}

#[tokio::test]
async fn permits_on_published_contracts_are_exact() {
    let (devnet, owner) = published().await;
    let manager = devnet.contracts().subnet_manager;
    let cost = owner.subnets().lock_cost().await.unwrap();
    owner.tokens().wrap(cost).await.unwrap();
    let permit = owner.tokens().sign_permit(manager, cost, 4_000_000_000).await.unwrap();
    let rules = HyperparameterChanges::default();
    let subnets = owner.subnets();
    let ample = subnets.register_with_permit(&new_subnet(), &rules, &permit);
    lacks(ample.await, Contract::SubnetManager, "registerNetworkWithPermit");
    let exact = subnets.register_with_exact_permit(&new_subnet(), &rules, &permit).await.unwrap();
    assert_eq!(exact.netuid, NetUid::new(1));
}

#[tokio::test]
async fn a_refusal_with_a_reason_stays_that_reason() {
    let (devnet, owner) = published().await;
    let netuid = devnet.open_subnet(&owner).await.unwrap();
    let stranger = devnet.connect_as(4).await.unwrap();
    let error = stranger.subnets().activate(netuid).await.unwrap_err();
    assert!(error.is_revert("NOT_OWNER"), "{error}");
    let error = stranger.governance().set_treasury(Address::ZERO).await.unwrap_err();
    assert!(matches!(error, ChainError::Reverted { .. }), "{error}");
}

#[tokio::test]
async fn a_crowd_on_published_contracts_is_read_page_by_page() {
    let (devnet, owner) = published().await;
    let netuid = devnet.open_subnet(&owner).await.unwrap();
    let crowd = Population {
        netuid,
        miners: 100,
        stake: Amount::from_hetu(200),
        cost: Amount::from_hetu(1),
        per_block: 1,
    };
    devnet.populate(2, crowd).await.unwrap();
    let snapshot = owner.subnets().snapshot(netuid).await.unwrap();
    assert_eq!(snapshot.dendrons.len(), 100);
    assert!(snapshot.dendrons.iter().all(|dendron| dendron.stake == crowd.stake));
}
