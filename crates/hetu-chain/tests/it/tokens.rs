//! Allowances, permits, and the tokens of subnets.

use hetu_chain::model::{HyperparameterChanges, Permit};
use hetu_chain::{Amount, ChainError, NetUid};

use crate::setup::{chain, devnet_chain, new_subnet, refusal};

const NEVER: u64 = 4_000_000_000;

#[tokio::test]
async fn whetu_is_backed_to_the_wei_and_has_a_label() {
    let chain = chain().await;
    let hetu = chain.connect_as(2).await;
    let tokens = hetu.tokens();
    tokens.wrap(Amount::from_hetu(5)).await.unwrap();
    assert_eq!(tokens.wrapped_supply().await.unwrap(), Amount::from_hetu(5));
    assert_eq!(tokens.wrapped_backing().await.unwrap(), Amount::from_hetu(5));
    let label = tokens.wrapped_label().await.unwrap();
    assert_eq!((label.name.as_str(), label.symbol.as_str()), ("Wrapped HETU", "WHETU"));
    assert_eq!(label.decimals, 18);
}

#[tokio::test]
async fn who_is_allowed_moves_as_much_as_is_allowed() {
    let chain = chain().await;
    let (owner, spender) = (chain.connect_as(2).await, chain.connect_as(3).await);
    let (from, to) = (owner.address().unwrap(), spender.address().unwrap());
    owner.tokens().wrap(Amount::from_hetu(5)).await.unwrap();
    owner.tokens().approve(to, Amount::from_hetu(2)).await.unwrap();
    assert_eq!(spender.tokens().allowance(from, to).await.unwrap(), Amount::from_hetu(2));
    let error =
        spender.tokens().transfer_wrapped_from(from, to, Amount::from_hetu(3)).await.unwrap_err();
    assert_eq!(refusal(error), "ERC20InsufficientAllowance");
    spender.tokens().transfer_wrapped_from(from, to, Amount::from_hetu(2)).await.unwrap();
    assert_eq!(spender.tokens().wrapped_balance(to).await.unwrap(), Amount::from_hetu(2));
}

#[tokio::test]
async fn a_permit_is_an_allowance_that_anybody_submits_once() {
    let chain = chain().await;
    let (owner, spender) = (chain.connect_as(2).await, chain.connect_as(3).await);
    let (from, to) = (owner.address().unwrap(), spender.address().unwrap());
    let permit = owner.tokens().sign_permit(to, Amount::from_hetu(2), NEVER).await.unwrap();
    let mut changed: Permit = permit;
    changed.value = Amount::from_hetu(3);
    let error = spender.tokens().submit_permit(&changed).await.unwrap_err();
    assert_eq!(refusal(error), "ERC2612InvalidSigner");
    spender.tokens().submit_permit(&permit).await.unwrap();
    assert_eq!(owner.tokens().allowance(from, to).await.unwrap(), Amount::from_hetu(2));
    assert_eq!(owner.tokens().permit_nonce(from).await.unwrap(), 1);
    let error = spender.tokens().submit_permit(&permit).await.unwrap_err();
    assert_eq!(refusal(error), "ERC2612InvalidSigner");
    let expired = owner.tokens().sign_permit(to, Amount::from_hetu(2), 1).await.unwrap();
    let error = spender.tokens().submit_permit(&expired).await.unwrap_err();
    assert_eq!(refusal(error), "ERC2612ExpiredSignature");
}

#[tokio::test]
async fn a_subnet_is_registered_by_permit_without_approving_before() {
    let chain = devnet_chain().await;
    let owner = chain.connect_as(1).await;
    let manager = chain.network.contracts.subnet_manager;
    owner.tokens().wrap(Amount::from_hetu(600)).await.unwrap();
    let cost = owner.subnets().lock_cost().await.unwrap();
    let short = Amount::from_wei(cost.to_wei().unwrap() - 1);
    let low = owner.tokens().sign_permit(manager, short, NEVER).await.unwrap();
    let none = HyperparameterChanges::default();
    let error = owner.subnets().register_with_permit(&new_subnet(), &none, &low).await.unwrap_err();
    assert_eq!(refusal(error), "PermitBelowLockCost");

    let exact = owner.tokens().sign_permit(manager, cost, NEVER).await.unwrap();
    let first =
        owner.subnets().register_with_exact_permit(&new_subnet(), &none, &exact).await.unwrap();
    assert_eq!((first.netuid, first.cost), (NetUid::new(1), cost));

    chain.node.mine(101).await;
    let tempo = HyperparameterChanges { tempo: Some(359), ..Default::default() };
    let ample = owner.tokens().sign_permit(manager, Amount::from_hetu(300), NEVER).await.unwrap();
    let second = owner.subnets().register_with_permit(&new_subnet(), &tempo, &ample).await.unwrap();
    assert_eq!(owner.subnets().hyperparameters(second.netuid).await.unwrap().tempo, 359);
    assert!(second.cost > first.cost && second.cost < ample.value);

    chain.node.mine(30_000).await;
    let cost = owner.subnets().lock_cost().await.unwrap();
    let exact = owner.tokens().sign_permit(manager, cost, NEVER).await.unwrap();
    let third =
        owner.subnets().register_with_exact_permit(&new_subnet(), &tempo, &exact).await.unwrap();
    assert_eq!(owner.subnets().hyperparameters(third.netuid).await.unwrap().tempo, 359);
    let ample = owner.tokens().sign_permit(manager, Amount::from_hetu(300), NEVER).await.unwrap();
    let again = owner.subnets().register_with_permit(&new_subnet(), &none, &ample).await;
    assert!(again.unwrap_err().is_revert("RATE_LIMIT_EXCEEDED"));
}

#[tokio::test]
async fn alpha_is_minted_by_minters_and_burned_by_its_holders() {
    let chain = chain().await;
    let netuid = chain.active_subnet().await;
    let (owner, minter) = (chain.connect_as(1).await, chain.connect_as(4).await);
    let (holder, account) = (chain.connect_as(5).await, minter.address().unwrap());
    let receiver = holder.address().unwrap();
    let minted = minter.tokens().alpha(netuid).await.unwrap();
    let held = holder.tokens().alpha(netuid).await.unwrap();
    let three = Amount::from_hetu(3);

    assert_eq!(refusal(minted.mint(receiver, three).await.unwrap_err()), "NotMinter");
    owner.subnets().add_minter(netuid, account).await.unwrap();
    assert!(minted.is_minter(account).await.unwrap());
    minted.mint(receiver, three).await.unwrap();
    assert_eq!(held.balance(receiver).await.unwrap(), three);
    assert_eq!(held.total_supply().await.unwrap(), Amount::from_hetu(103));

    let one = Amount::from_hetu(1);
    let error = minted.burn(receiver, one).await.unwrap_err();
    assert_eq!(refusal(error), "ERC20InsufficientAllowance");
    held.burn(receiver, one).await.unwrap();
    held.approve(account, one).await.unwrap();
    minted.transfer_from(receiver, account, one).await.unwrap();
    held.transfer(account, one).await.unwrap();
    assert_eq!(held.balance(account).await.unwrap(), Amount::from_hetu(2));
    assert_eq!(held.allowance(receiver, account).await.unwrap(), Amount::ZERO);

    owner.subnets().remove_minter(netuid, account).await.unwrap();
    assert!(!minted.is_minter(account).await.unwrap());
    let error = minter.subnets().add_minter(netuid, account).await.unwrap_err();
    assert!(error.is_revert("NOT_SUBNET_OWNER"), "{error}");
    let info = minted.info().await.unwrap();
    assert_eq!((info.name.as_str(), info.symbol.as_str(), info.netuid), ("Sum", "SUM", netuid));
    assert_eq!((info.total_supply, minted.netuid()), (Amount::from_hetu(102), netuid));
    assert_eq!(info.first_minter, chain.network.contracts.subnet_manager);
    let missing = minter.tokens().alpha(NetUid::new(9)).await.unwrap_err();
    assert!(matches!(missing, ChainError::NoSubnet(_)), "{missing}");
}
