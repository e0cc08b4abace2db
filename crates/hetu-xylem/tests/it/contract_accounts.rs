//! Callers with contract accounts on the embedded chain.

use std::sync::Arc;
use std::time::Duration;

use hetu_cambium::{Envelope, RequestSigner};
use hetu_chain::Signature;
use hetu_chain::future::ReadyOrBoxed;
use hetu_chain::identity::{SignerError, SigningRequest};
use hetu_chain::{Address, Hetutensor, NetUid, Signer, SystemClock, Wallet};
use hetu_devnet::Devnet;
use hetu_xylem::{Policy, RunningXylem, Xylem};

use crate::support::{MathSum, Reply, add, miner, refused, roster, send};

/// A signer that signs with the key of an owner in the name of the contract that it owns.
#[derive(Debug)]
struct OwnedContract {
    address: Address,
    owner: Wallet,
}

impl Signer for OwnedContract {
    fn address(&self) -> Address {
        self.address
    }

    fn sign<'request>(
        &'request self,
        request: SigningRequest<'request>,
    ) -> ReadyOrBoxed<'request, Result<Signature, SignerError>> {
        self.owner.sign(request)
    }
}

/// Creates a contract account that accepts the signatures of `owner`.
async fn create_account(hetu: &Hetutensor, owner: Address) -> Address {
    let artifact = include_str!("../../../hetu-chain/tests/contracts/OwnerWallet.json");
    let artifact: serde_json::Value = serde_json::from_str(artifact).unwrap();
    let code = artifact["bytecode"].as_str().unwrap().trim_start_matches("0x");
    let mut code: Vec<u8> = (0..code.len() / 2)
        .map(|place| u8::from_str_radix(&code[2 * place..2 * place + 2], 16).unwrap())
        .collect();
    code.extend([0; 12]);
    code.extend(owner.as_bytes());
    hetu.transactions().create(code).await.unwrap().created.unwrap()
}

async fn start(hetu: &Hetutensor) -> RunningXylem {
    let chain = hetu.network().chain_id;
    Xylem::detached(Arc::new(miner()), chain, 1, roster())
        .bind("127.0.0.1:0")
        .policy(Policy::anyone())
        .contract_signature_verifier(Arc::new(hetu.erc1271_verifier()))
        .attach::<MathSum>(add)
        .start()
        .await
        .unwrap()
}

async fn call(miner: &RunningXylem, hetu: &Hetutensor, signer: impl Signer + 'static) -> Reply {
    let signer = RequestSigner::new(Arc::new(signer), hetu.network().chain_id);
    let envelope = Envelope::new(NetUid::new(1), miner.address(), Duration::from_secs(20));
    let endpoint = format!("http://{}", miner.local_addr()).parse().unwrap();
    let call = MathSum { x: 5.0, y: 3.0 };
    let signed = signer.call::<MathSum>(&endpoint, &call, &envelope).await.unwrap();
    let reply = send(miner.local_addr(), signed.request).await;
    let verified =
        signed.pending.verify(reply.status, &reply.headers, &reply.content, &SystemClock);
    assert_eq!(verified.is_ok(), reply.status == 200);
    reply
}

#[tokio::test]
async fn a_contract_calls_by_its_owners_signature_and_an_account_by_its_own() {
    let devnet = Devnet::builder().start().await.unwrap();
    let hetu = devnet.connect_as(1).await.unwrap();
    let owner = devnet.accounts()[2].wallet.clone();
    let address = create_account(&hetu, owner.address()).await;
    let miner = start(&hetu).await;

    let reply = call(&miner, &hetu, OwnedContract { address, owner: owner.clone() }).await;
    assert_eq!((reply.status.as_u16(), &reply.json()["result"]), (200, &8.0.into()));
    let thief = OwnedContract { address, owner: devnet.accounts()[3].wallet.clone() };
    assert_eq!(call(&miner, &hetu, thief).await.refusal(), refused(401, "bad_signature"));
    assert_eq!(call(&miner, &hetu, owner).await.status, 200);
}

#[tokio::test]
async fn without_its_chain_a_miner_takes_nobody_at_their_word() {
    let devnet = Devnet::builder().start().await.unwrap();
    let hetu = devnet.connect_as(1).await.unwrap();
    let owner = devnet.accounts()[2].wallet.clone();
    let address = create_account(&hetu, owner.address()).await;
    let miner = start(&hetu).await;
    devnet.stop().await;
    for signer in [
        Box::new(OwnedContract { address, owner: owner.clone() }) as Box<dyn Signer>,
        Box::new(owner),
    ] {
        let reply = call(&miner, &hetu, Boxed(signer)).await;
        assert_eq!(reply.refusal(), refused(503, "signature_verification_unavailable"));
        assert!(reply.headers.contains_key("retry-after"));
    }
}

#[derive(Debug)]
struct Boxed(Box<dyn Signer>);

impl Signer for Boxed {
    fn address(&self) -> Address {
        self.0.address()
    }

    fn sign<'request>(
        &'request self,
        request: SigningRequest<'request>,
    ) -> ReadyOrBoxed<'request, Result<Signature, SignerError>> {
        self.0.sign(request)
    }
}
