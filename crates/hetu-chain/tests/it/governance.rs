//! Ownership of the contracts, and its transfer.

use std::time::Duration;

use hetu_chain::client::OwnedContract;
use hetu_chain::model::{Proposal, ProposalState, RegistrationRules, TimelockRole};
use hetu_chain::primitives::Bytes32;
use hetu_chain::{Address, Hetutensor};
use hetu_devnet::timelock_code;

use crate::setup::{Chain, chain, refusal};

const DELAY: Duration = Duration::from_secs(3_600);

#[tokio::test]
async fn an_owner_is_replaced_by_one_that_accepts() {
    let chain = chain().await;
    let (owner, heir) = (chain.connect_as(0).await, chain.connect_as(1).await);
    for contract in [
        OwnedContract::GlobalStaking,
        OwnedContract::SubnetManager,
        OwnedContract::DendronManager,
        OwnedContract::RewardDistributor,
    ] {
        let held = owner.governance().ownership_of(contract).unwrap();
        let inherited = heir.governance().ownership_of(contract).unwrap();
        let next = heir.address().unwrap();
        assert_eq!(refusal(inherited.accept().await.unwrap_err()), "OwnableUnauthorizedAccount");
        assert_eq!(held.pending_owner().await.unwrap(), None);
        held.transfer_to(next).await.unwrap();
        assert_eq!(held.pending_owner().await.unwrap(), Some(next));
        assert_eq!(held.owner().await.unwrap(), owner.address().unwrap(), "until it is accepted");
        inherited.accept().await.unwrap();
        assert_eq!(held.owner().await.unwrap(), next);
        let error = inherited.renounce().await.unwrap_err();
        assert_eq!(refusal(error), "OwnershipCannotBeRenounced");
    }
}

#[tokio::test]
async fn the_owner_names_treasury_callers_managers_and_distributor() {
    let chain = chain().await;
    let (owner, stranger) = (chain.connect_as(0).await, chain.connect_as(1).await);
    let governance = owner.governance();
    let account = stranger.address().unwrap();
    let contracts = chain.network.contracts;
    assert_eq!(governance.treasury().await.unwrap(), owner.address().unwrap());
    governance.set_treasury(account).await.unwrap();
    assert_eq!(governance.treasury().await.unwrap(), account);

    assert!(governance.is_authorized(contracts.dendron_manager).await.unwrap());
    governance.set_authorized(account, true).await.unwrap();
    assert!(governance.is_authorized(account).await.unwrap());
    assert_eq!(governance.dendron_manager().await.unwrap(), contracts.dendron_manager);
    governance.set_dendron_manager(account).await.unwrap();
    assert_eq!(governance.dendron_manager().await.unwrap(), account);
    let distributor = owner.dendrons().reward_distributor().await.unwrap();
    assert_eq!(distributor, contracts.reward_distributor);
    governance.set_reward_distributor(Address::ZERO).await.unwrap();
    assert_eq!(owner.dendrons().reward_distributor().await.unwrap(), None);

    for call in [
        stranger.governance().set_treasury(account),
        stranger.governance().set_authorized(account, true),
        stranger.governance().set_dendron_manager(account),
        stranger.governance().set_reward_distributor(account),
        stranger.subnets().reset_lock_cost(),
    ] {
        assert_eq!(refusal(call.await.unwrap_err()), "OwnableUnauthorizedAccount");
    }
}

struct Locked {
    chain: Chain,
    proposer: Hetutensor,
    timelock: Address,
}

/// Deploys a timelock that owns the SubnetManager, at which account 1 may propose and any account
/// may execute.
async fn locked() -> Locked {
    let chain = chain().await;
    let owner = chain.connect_as(0).await;
    let proposer = chain.connect_as(1).await;
    let code = timelock_code(DELAY.as_secs(), &[proposer.address().unwrap()], &[Address::ZERO]);
    let receipt = owner.transactions().create(code.unwrap()).await.unwrap();
    let timelock = receipt.created.unwrap();
    let ownership = owner.governance().ownership_of(OwnedContract::SubnetManager).unwrap();
    ownership.transfer_to(timelock).await.unwrap();
    Locked { chain, proposer, timelock }
}

#[tokio::test]
async fn a_timelock_makes_changes_after_its_delay_and_not_before() {
    let Locked { chain, proposer, timelock } = locked().await;
    let governance = proposer.governance();
    let ownership = governance.ownership_of(OwnedContract::SubnetManager).unwrap();
    let timelock = governance.timelock(timelock);
    assert_eq!(timelock.min_delay().await.unwrap(), DELAY);
    let rules = RegistrationRules {
        min_lock: hetu_chain::Amount::from_hetu(5),
        rate_limit: 200,
        reduction_interval: 5_000,
    };
    let proposal = Proposal {
        calls: vec![
            ownership.accept().as_proposed().unwrap(),
            proposer.subnets().set_network_parameters(&rules).as_proposed().unwrap(),
        ],
        ..Proposal::default()
    };
    let id = timelock.id_of(&proposal);
    assert_eq!(timelock.state(id).await.unwrap(), ProposalState::Unknown);
    let soon = timelock.schedule(&proposal, Duration::from_secs(1)).await.unwrap_err();
    assert_eq!(refusal(soon), "TimelockInsufficientDelay");
    timelock.schedule(&proposal, DELAY).await.unwrap();
    assert_eq!(timelock.state(id).await.unwrap(), ProposalState::Waiting);
    let ready_at = timelock.ready_at(id).await.unwrap().unwrap();
    assert_eq!(ready_at, proposer.block().await.unwrap().time + DELAY.as_secs());
    let early = timelock.execute(&proposal).await.unwrap_err();
    assert_eq!(refusal(early), "TimelockUnexpectedOperationState");

    chain.node.increase_time(DELAY).await;
    chain.node.mine(1).await;
    assert_eq!(timelock.state(id).await.unwrap(), ProposalState::Ready);
    let anyone = chain.connect_as(5).await;
    anyone.governance().timelock(timelock.address()).execute(&proposal).await.unwrap();
    assert_eq!(timelock.state(id).await.unwrap(), ProposalState::Done);
    assert_eq!(timelock.ready_at(id).await.unwrap(), None);
    let parameters = proposer.subnets().network_parameters().await.unwrap();
    assert_eq!((parameters.min_lock, parameters.rate_limit), (rules.min_lock, 200));
    assert_eq!(parameters.reduction_interval, 5_000);
}

#[tokio::test]
async fn proposals_are_told_apart_and_cancelled() {
    let Locked { chain, proposer, timelock: address } = locked().await;
    let timelock = proposer.governance().timelock(address);
    let change = proposer.subnets().reset_lock_cost().as_proposed().unwrap();
    let proposal = Proposal { calls: vec![change], ..Proposal::default() };
    let other = Proposal { salt: Bytes32::from([1; 32]), ..proposal.clone() };
    assert_ne!(timelock.id_of(&proposal), timelock.id_of(&other));
    let scheduled = timelock.schedule(&proposal, DELAY).await.unwrap();
    assert!(scheduled.block.number > 0);
    let id = timelock.id_of(&proposal);
    assert_eq!(
        timelock.state(id).await.unwrap(),
        ProposalState::Waiting,
        "the id is the contract's"
    );
    timelock.cancel(id).await.unwrap();
    assert_eq!(timelock.state(id).await.unwrap(), ProposalState::Unknown);

    let stranger = chain.connect_as(6).await;
    let error = stranger.governance().timelock(address).schedule(&other, DELAY).await.unwrap_err();
    assert_eq!(refusal(error), "AccessControlUnauthorizedAccount");
}

#[tokio::test]
async fn roles_of_a_timelock_are_the_timelocks_to_give() {
    let Locked { chain, proposer, timelock: address } = locked().await;
    let timelock = proposer.governance().timelock(address);
    let (account, next) = (proposer.address().unwrap(), chain.wallet(4).address());
    for role in [TimelockRole::Proposer, TimelockRole::Canceller] {
        assert!(timelock.has_role(role, account).await.unwrap());
    }
    assert!(timelock.has_role(TimelockRole::Executor, Address::ZERO).await.unwrap());
    assert!(timelock.has_role(TimelockRole::Admin, address).await.unwrap());
    let error = timelock.grant_role(TimelockRole::Proposer, next).await.unwrap_err();
    assert_eq!(refusal(error), "AccessControlUnauthorizedAccount");
    let error = timelock.update_delay(DELAY).await.unwrap_err();
    assert_eq!(refusal(error), "TimelockUnauthorizedCaller");

    let proposal = Proposal {
        calls: vec![
            timelock.grant_role(TimelockRole::Proposer, next).as_proposed().unwrap(),
            timelock.revoke_role(TimelockRole::Canceller, account).as_proposed().unwrap(),
            timelock.update_delay(Duration::from_secs(60)).as_proposed().unwrap(),
        ],
        ..Proposal::default()
    };
    timelock.schedule(&proposal, DELAY).await.unwrap();
    chain.node.increase_time(DELAY).await;
    chain.node.mine(1).await;
    timelock.execute(&proposal).await.unwrap();
    assert!(timelock.has_role(TimelockRole::Proposer, next).await.unwrap());
    assert!(!timelock.has_role(TimelockRole::Canceller, account).await.unwrap());
    assert_eq!(timelock.min_delay().await.unwrap(), Duration::from_secs(60));
    timelock.renounce_role(TimelockRole::Proposer, account).await.unwrap();
    assert!(!timelock.has_role(TimelockRole::Proposer, account).await.unwrap());
}
