//! Keys on other machines.

use std::sync::Arc;
use std::time::Duration;

use hetu_chain::identity::{
    RemoteSigner, SignerError, SignerProtocol, SigningRequest, personal_message_hash,
    recover_address,
};
use hetu_chain::{Amount, Retryable, Signer, Wallet};
use tokio::net::TcpListener;

use crate::node::Listens;
use crate::setup::{chain, devnet_chain};
use crate::signing_service::{Conduct, SigningService};

const PROTOCOLS: [SignerProtocol; 2] = [SignerProtocol::Clef, SignerProtocol::Node];

async fn sign_a_message(conduct: Conduct, protocol: SignerProtocol) -> Result<(), SignerError> {
    let service = SigningService::start(Wallet::random(), conduct).await;
    let signer = service.signer(protocol);
    let signature = signer.sign(SigningRequest::PersonalMessage(b"hello")).await?;
    let recovered = recover_address(&personal_message_hash(b"hello"), &signature).unwrap();
    assert_eq!(recovered, signer.address());
    Ok(())
}

/// Wraps HETU on a chain of its own through a remote signer.
async fn wrap(conduct: Conduct, protocol: SignerProtocol) -> Result<(), SignerError> {
    let chain = chain().await;
    let service = SigningService::start(chain.wallet(2), conduct).await;
    let signer = service.signer(protocol);
    let hetu = chain.connect().await.with_signer(Arc::new(signer));
    let wrapped = hetu.tokens().wrap(Amount::from_hetu(3)).await;
    let balance = hetu.tokens().wrapped_balance(hetu.address().unwrap()).await.unwrap();
    match wrapped {
        Ok(_) => {
            assert_eq!(balance, Amount::from_hetu(3));
            Ok(())
        }
        Err(hetu_chain::ChainError::Signer(error)) => {
            assert_eq!(balance, Amount::ZERO);
            Err(error)
        }
        Err(other) => panic!("{other}"),
    }
}

#[tokio::test]
async fn the_chain_is_changed_by_a_key_that_never_leaves_its_machine() {
    for protocol in PROTOCOLS {
        for conduct in [Conduct::Honest, Conduct::BytesAlone] {
            wrap(conduct, protocol).await.unwrap();
        }
    }
}

#[tokio::test]
async fn contracts_are_deployed_by_a_key_on_another_machine() {
    let chain = chain().await;
    let service = SigningService::start(chain.wallet(2), Conduct::Honest).await;
    let signer = service.signer(SignerProtocol::Clef);
    let hetu = chain.connect().await.with_signer(Arc::new(signer));
    // The creation code is STOP, so the contract has no code.
    let receipt = hetu.transactions().create(vec![0x00]).await.unwrap();
    assert!(receipt.created.is_some());
}

#[tokio::test]
async fn messages_are_signed_as_wallets_sign_them() {
    for protocol in PROTOCOLS {
        for conduct in [Conduct::Honest, Conduct::Parity] {
            sign_a_message(conduct, protocol).await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_transaction_that_was_not_asked_for_is_thrown_away() {
    for conduct in
        [Conduct::OtherReceiver, Conduct::OtherChain, Conduct::OtherKey, Conduct::Nonsense]
    {
        let error = wrap(conduct, SignerProtocol::Clef).await.unwrap_err();
        assert!(matches!(error, SignerError::WrongAnswer { .. }), "{conduct:?}: {error}");
        assert!(!error.retryability().is_retryable());
    }
}

#[tokio::test]
async fn a_signature_of_something_else_is_thrown_away() {
    for conduct in [Conduct::OtherMessage, Conduct::OtherKey, Conduct::HighS, Conduct::Nonsense] {
        let error = sign_a_message(conduct, SignerProtocol::Node).await.unwrap_err();
        assert!(matches!(error, SignerError::WrongAnswer { .. }), "{conduct:?}: {error}");
    }
}

#[tokio::test]
async fn a_refusal_is_told_in_words_fit_for_a_terminal() {
    let error = wrap(Conduct::Refuses, SignerProtocol::Clef).await.unwrap_err();
    let SignerError::Refused { reason } = &error else { panic!("{error}") };
    assert!(reason.starts_with("Request denied [2J!"), "{reason}");
    assert_eq!(reason.chars().count(), 200);
    assert!(!error.retryability().is_retryable());
}

#[tokio::test]
async fn a_signer_that_never_answers_is_given_up() {
    let service = SigningService::start(Wallet::random(), Conduct::NeverAnswers).await;
    let limit = Duration::from_millis(100);
    let signer = service.signer(SignerProtocol::Clef).with_deadline(limit);
    let error = signer.sign(SigningRequest::PersonalMessage(b"hello")).await.unwrap_err();
    assert_eq!(error, SignerError::TimedOut { limit });
    assert!(error.retryability().is_retryable());
}

#[tokio::test]
async fn a_bare_hash_is_not_even_asked_for() {
    let service = SigningService::start(Wallet::random(), Conduct::Honest).await;
    let signer = service.signer(SignerProtocol::Node);
    let error = signer.sign(SigningRequest::Hash([7; 32])).await.unwrap_err();
    assert!(matches!(error, SignerError::Unsupported { .. }), "{error}");
}

#[tokio::test]
async fn the_account_is_looked_for_before_there_is_something_to_sign() {
    let wallet = Wallet::random();
    let service = SigningService::start(wallet.clone(), Conduct::Honest).await;
    for protocol in PROTOCOLS {
        let signer = service.signer(protocol);
        assert_eq!(signer.accounts().await.unwrap(), [wallet.address()]);
        signer.check_account().await.unwrap();
        let url = service.url().parse().unwrap();
        let other = RemoteSigner::new(url, Wallet::random().address(), protocol).unwrap();
        let error = other.check_account().await.unwrap_err();
        assert!(matches!(error, SignerError::Unsupported { .. }), "{error}");
    }
}

#[tokio::test]
async fn a_service_of_another_protocol_is_told_from_one_that_refuses() {
    let chain = chain().await;
    let url = chain.node.http_url().parse().unwrap();
    let signer = RemoteSigner::new(url, chain.wallet(0).address(), SignerProtocol::Clef).unwrap();
    let error = signer.sign(SigningRequest::PersonalMessage(b"hello")).await.unwrap_err();
    assert!(matches!(error, SignerError::Unsupported { .. }), "{error}");
    assert!(error.to_string().contains("account_signData"), "{error}");
}

#[tokio::test]
async fn a_service_that_is_not_there_is_named_without_its_password() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let url = format!("http://me:secret@{free}/secret").parse().unwrap();
    let account = Wallet::random().address();
    let signer = RemoteSigner::new(url, account, SignerProtocol::Clef).unwrap();
    let error = signer.sign(SigningRequest::PersonalMessage(b"hello")).await.unwrap_err();
    assert!(matches!(error, SignerError::Unavailable { .. }), "{error}");
    assert!(error.retryability().is_retryable());
    let shown = format!("{error} {signer:?}");
    assert!(shown.contains(&free.to_string()) && !shown.contains("secret"), "{shown}");
}

#[tokio::test]
async fn a_node_with_keys_signs_messages_and_says_so_where_it_signs_no_transactions() {
    let chain = devnet_chain().await;
    let url = chain.node.http_url().parse().unwrap();
    let account = chain.wallet(3).address();
    let signer = RemoteSigner::new(url, account, SignerProtocol::Node).unwrap();
    signer.check_account().await.unwrap();
    let signature = signer.sign(SigningRequest::PersonalMessage(b"hello")).await.unwrap();
    assert_eq!(signature, chain.wallet(3).sign_message_sync(b"hello"));

    let hetu = chain.connect().await.with_signer(Arc::new(signer));
    let error = hetu.tokens().wrap(Amount::from_hetu(1)).await.unwrap_err();
    assert!(error.to_string().contains("has no eth_signTransaction"), "{error}");
}
