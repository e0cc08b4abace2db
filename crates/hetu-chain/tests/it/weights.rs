//! Weights: setting, commitment and reads.

use hetu_chain::model::{HyperparameterChanges, SecretWeights, WeightsEvent};
use hetu_chain::primitives::Bytes32;
use hetu_chain::{Address, ChainError, NetUid};

use crate::setup::{Chain, chain, miner_of, refusal, validator_of, weight};

struct Judging {
    chain: Chain,
    netuid: NetUid,
    miner: Address,
    validator: hetu_chain::Hetutensor,
}

impl Judging {
    async fn start() -> Self {
        let chain = chain().await;
        let netuid = chain.active_subnet().await;
        let (miner, validator) = (chain.connect_as(2).await, chain.connect_as(3).await);
        miner.dendrons().ensure(&miner_of(netuid, 200)).await.unwrap();
        validator.dendrons().ensure(&validator_of(netuid, 500)).await.unwrap();
        Self { chain, netuid, miner: miner.address().unwrap(), validator }
    }

    async fn change_rules(&self, changes: HyperparameterChanges) {
        let owner = self.chain.connect_as(1).await;
        let change = owner.subnets().change_hyperparameters(self.netuid, &changes).await.unwrap();
        change.await.unwrap();
    }
}

#[tokio::test]
async fn a_validator_sets_weights_and_a_miner_does_not() {
    let Judging { chain, netuid, miner, validator } = Judging::start().await;
    let judge = validator.address().unwrap();
    assert_eq!(validator.weights().row(netuid, judge).await.unwrap(), []);
    assert_eq!(validator.weights().last_set(netuid, judge).await.unwrap(), None);
    assert_eq!(validator.weights().next_allowed(netuid, judge).await.unwrap(), 0);

    let row = [weight(miner, 65_535)];
    let set = validator.weights().set(netuid, &row).await.unwrap();
    let reader = chain.connect().await;
    let read = reader.weights().get(netuid, judge, &[miner, judge]).await.unwrap();
    assert_eq!(read, [65_535, 0]);
    assert_eq!(reader.weights().row(netuid, judge).await.unwrap(), row);
    let last_set = reader.weights().last_set(netuid, judge).await.unwrap();
    assert_eq!(last_set, Some(set.block.number));

    let as_miner = chain.connect_as(2).await;
    let error = as_miner.weights().set(netuid, &row).await.unwrap_err();
    assert_eq!(refusal(error), "NotActiveValidator");
}

#[tokio::test]
async fn weights_too_soon_or_of_strangers_are_refused() {
    let Judging { chain, netuid, miner, validator } = Judging::start().await;
    let stranger = [weight(chain.wallet(4).address(), 1)];
    let error = validator.weights().set(netuid, &stranger).await.unwrap_err();
    assert_eq!(refusal(error), "DestinationNotRegistered");

    let row = [weight(miner, 1)];
    let set = validator.weights().set(netuid, &row).await.unwrap();
    let error = validator.weights().set(netuid, &row).await.unwrap_err();
    assert_eq!(refusal(error), "WeightsRateLimited");
    let judge = validator.address().unwrap();
    let next = validator.weights().next_allowed(netuid, judge).await.unwrap();
    assert_eq!(next, set.block.number + 100);
    chain.node.mine(next - chain.node.block_number().await).await;
    validator.weights().set(netuid, &row).await.unwrap();
}

#[tokio::test]
async fn old_versions_of_the_rules_are_refused() {
    let Judging { chain, netuid, miner, validator } = Judging::start().await;
    let owner = chain.connect_as(1).await;
    owner.weights().set_version_key(netuid, 3).await.unwrap();
    assert_eq!(validator.weights().version_key(netuid).await.unwrap(), 3);
    let row = [weight(miner, 1)];
    let error = validator.weights().set(netuid, &row).await.unwrap_err();
    assert_eq!(refusal(error), "WeightsVersionTooOld");
    let error = validator.weights().set_with_version(netuid, &row, 2).await.unwrap_err();
    assert_eq!(refusal(error), "WeightsVersionTooOld");
    validator.weights().set_with_version(netuid, &row, 3).await.unwrap();
    let error = validator.weights().set_version_key(netuid, 4).await.unwrap_err();
    assert_eq!(refusal(error), "NotSubnetOwner");
}

#[tokio::test]
async fn what_was_committed_to_is_revealed_in_its_time_and_not_otherwise() {
    let judging = Judging::start().await;
    judging
        .change_rules(HyperparameterChanges {
            commit_reveal_enabled: Some(true),
            commit_reveal_period: Some(10),
            ..Default::default()
        })
        .await;
    let Judging { chain, netuid, miner, validator } = judging;
    let judge = validator.address().unwrap();
    let weights = validator.weights();
    let secret = SecretWeights {
        weights: vec![weight(miner, 9)],
        version_key: 0,
        salt: Bytes32::from([5; 32]),
    };
    let error = weights.set(netuid, &secret.weights).await.unwrap_err();
    assert_eq!(refusal(error), "CommitRevealRequired");
    let error = weights.reveal(netuid, &secret).await.unwrap_err();
    assert_eq!(refusal(error), "NoCommitment");

    let hash = weights.commitment_of(netuid, judge, &secret);
    let committed = weights.commit(netuid, hash).await.unwrap();
    assert_eq!(committed.commitment.hash, hash);
    assert_eq!(committed.commitment.reveal_from, committed.receipt.block.number + 10);
    assert_eq!(committed.commitment.reveal_until, committed.receipt.block.number + 20);
    let open = weights.commitment(netuid, judge).await.unwrap();
    assert_eq!(open, Some(committed.commitment));
    let error = weights.commit(netuid, hash).await.unwrap_err();
    assert_eq!(refusal(error), "CommitmentOpen");
    let error = weights.reveal(netuid, &secret).await.unwrap_err();
    assert_eq!(refusal(error), "RevealTooEarly");

    chain.node.mine(10).await;
    let other = SecretWeights { salt: Bytes32::from([6; 32]), ..secret.clone() };
    let error = weights.reveal(netuid, &other).await.unwrap_err();
    assert_eq!(refusal(error), "CommitmentMismatch");
    let revealed = weights.reveal(netuid, &secret).await.unwrap();
    let is_reveal = |event: &_| matches!(event, hetu_chain::model::ChainEvent::Weights(WeightsEvent::Revealed { commitment, .. }) if *commitment == hash);
    assert!(revealed.events.iter().any(is_reveal));
    assert_eq!(weights.row(netuid, judge).await.unwrap(), secret.weights);
    assert_eq!(weights.commitment(netuid, judge).await.unwrap(), None);
}

#[tokio::test]
async fn commitments_where_the_subnet_wants_none_are_refused() {
    let Judging { netuid, validator, chain: _chain, .. } = Judging::start().await;
    let error = validator.weights().commit(netuid, Bytes32::from([1; 32])).await.unwrap_err();
    assert_eq!(refusal(error), "CommitRevealDisabled");
    let error = validator.weights().next_allowed(NetUid::new(9), Address::ZERO).await.unwrap_err();
    assert!(matches!(error, ChainError::NoSubnet(_)), "{error}");
}
