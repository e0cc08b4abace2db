//! A service that keeps keys and signs over JSON-RPC, as Clef and nodes do: a test kit. It encodes
//! transactions with another library than the SDK, and can misbehave.

use std::sync::Arc;

use alloy_consensus::{SignableTransaction, TxEip1559, TxEnvelope, TxLegacy};
use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::{Address, Bytes, Signature, TxKind, U256, hex};
use hetu_chain::Wallet;
use hetu_chain::identity::{RemoteSigner, SignerProtocol};
use jsonrpsee::RpcModule;
use jsonrpsee::server::{Server, ServerHandle};
use jsonrpsee::types::{ErrorObjectOwned, Params};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

/// The behavior of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Conduct {
    Honest,
    /// An answer with the bytes of the transaction alone, as some gateways send.
    BytesAlone,
    /// A signature with the parity instead of 27 or 28.
    Parity,
    Refuses,
    NeverAnswers,
    /// A signature by another key.
    OtherKey,
    /// A signed transaction with another receiver.
    OtherReceiver,
    OtherChain,
    /// A signature of another message.
    OtherMessage,
    /// The malleable twin of the signature.
    HighS,
    Nonsense,
}

pub(crate) struct SigningService {
    url: String,
    wallet: Wallet,
    _server: ServerHandle,
}

struct Keeper {
    wallet: Wallet,
    conduct: Conduct,
    never: Semaphore,
}

impl SigningService {
    pub(crate) async fn start(wallet: Wallet, conduct: Conduct) -> Self {
        let server = Server::builder().build("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", server.local_addr().unwrap());
        let keeper = Keeper { wallet: wallet.clone(), conduct, never: Semaphore::new(0) };
        Self { url, wallet, _server: server.start(methods(keeper)) }
    }

    pub(crate) fn signer(&self, protocol: SignerProtocol) -> RemoteSigner {
        RemoteSigner::new(self.url.parse().unwrap(), self.wallet.address(), protocol).unwrap()
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

fn methods(keeper: Keeper) -> RpcModule<Arc<Keeper>> {
    let mut module = RpcModule::new(Arc::new(keeper));
    for name in ["account_list", "eth_accounts"] {
        let list = |_: Params<'_>, keeper: &Arc<Keeper>, _: &_| json!([keeper.wallet.address()]);
        module.register_method(name, list).unwrap();
    }
    for name in ["account_signTransaction", "eth_signTransaction"] {
        module
            .register_async_method(name, |parameters, keeper, _| async move {
                let [fields]: [Value; 1] = parameters.parse()?;
                keeper.sign_transaction(&fields).await
            })
            .unwrap();
    }
    module
        .register_async_method("account_signData", |parameters, keeper, _| async move {
            let [kind, account, message]: [String; 3] = parameters.parse()?;
            assert_eq!(kind, "text/plain");
            keeper.sign_message(&account, &message).await
        })
        .unwrap();
    module
        .register_async_method("eth_sign", |parameters, keeper, _| async move {
            let [account, message]: [String; 2] = parameters.parse()?;
            keeper.sign_message(&account, &message).await
        })
        .unwrap();
    module
}

impl Keeper {
    async fn sign_transaction(&self, fields: &Value) -> Result<Value, ErrorObjectOwned> {
        self.consent().await?;
        assert_eq!(fields["from"], json!(self.wallet.address()));
        let signed = match fields["gasPrice"].as_str() {
            Some(_) => self.signed(self.legacy(fields)),
            None => self.signed(self.dynamic(fields)),
        };
        let raw = format!("0x{}", hex::encode(signed));
        Ok(match self.conduct {
            Conduct::BytesAlone => json!(raw),
            Conduct::Nonsense => json!({ "raw": 7, "tx": fields }),
            _ => json!({ "raw": raw, "tx": fields }),
        })
    }

    async fn sign_message(&self, account: &str, message: &str) -> Result<Value, ErrorObjectOwned> {
        self.consent().await?;
        assert_eq!(account, self.wallet.address().to_string());
        let mut message = hex::decode(message).unwrap();
        if self.conduct == Conduct::OtherMessage {
            message.push(b'!');
        }
        let mut signature = *self.key().sign_message_sync(&message).as_bytes();
        match self.conduct {
            Conduct::Parity => signature[64] -= 27,
            Conduct::HighS => signature = malleable_twin(signature),
            Conduct::Nonsense => return Ok(json!("0x1234")),
            _ => {}
        }
        Ok(json!(format!("0x{}", hex::encode(signature))))
    }

    async fn consent(&self) -> Result<(), ErrorObjectOwned> {
        match self.conduct {
            Conduct::Refuses => {
                let text = format!("Request denied\u{1b}[2J{}", "!".repeat(5_000));
                Err(ErrorObjectOwned::owned(-32_000, text, None::<()>))
            }
            Conduct::NeverAnswers => {
                let _ = self.never.acquire().await;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn key(&self) -> Wallet {
        match self.conduct {
            Conduct::OtherKey => Wallet::random(),
            _ => self.wallet.clone(),
        }
    }

    fn legacy(&self, fields: &Value) -> TxLegacy {
        TxLegacy {
            chain_id: Some(self.chain_id(fields)),
            nonce: small(&fields["nonce"]),
            gas_price: small(&fields["gasPrice"]).into(),
            gas_limit: small(&fields["gas"]),
            to: self.receiver(fields),
            value: number(&fields["value"]),
            input: bytes(&fields["data"]),
        }
    }

    fn dynamic(&self, fields: &Value) -> TxEip1559 {
        TxEip1559 {
            chain_id: self.chain_id(fields),
            nonce: small(&fields["nonce"]),
            gas_limit: small(&fields["gas"]),
            max_fee_per_gas: small(&fields["maxFeePerGas"]).into(),
            max_priority_fee_per_gas: small(&fields["maxPriorityFeePerGas"]).into(),
            to: self.receiver(fields),
            value: number(&fields["value"]),
            input: bytes(&fields["data"]),
            ..TxEip1559::default()
        }
    }

    fn chain_id(&self, fields: &Value) -> u64 {
        let asked = small(&fields["chainId"]);
        if self.conduct == Conduct::OtherChain { asked + 1 } else { asked }
    }

    fn receiver(&self, fields: &Value) -> TxKind {
        match fields["to"].as_str() {
            _ if self.conduct == Conduct::OtherReceiver => TxKind::Call(Address::repeat_byte(0xba)),
            Some(address) => TxKind::Call(address.parse().unwrap()),
            None => TxKind::Create,
        }
    }

    fn signed<T>(&self, transaction: T) -> Vec<u8>
    where
        T: SignableTransaction<Signature>,
        TxEnvelope: From<alloy_consensus::Signed<T>>,
    {
        let signature = self.key().sign_hash_sync(&transaction.signature_hash().0);
        let (r, s) = (signature.r().into(), signature.s().into());
        let signature = Signature::from_scalars_and_parity(r, s, signature.is_y_odd());
        TxEnvelope::from(transaction.into_signed(signature)).encoded_2718()
    }
}

fn number(quantity: &Value) -> U256 {
    quantity.as_str().unwrap().parse().unwrap()
}

fn small(quantity: &Value) -> u64 {
    number(quantity).to()
}

fn bytes(digits: &Value) -> Bytes {
    digits.as_str().unwrap().parse().unwrap()
}

fn malleable_twin(mut signature: [u8; 65]) -> [u8; 65] {
    let order = "0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
    let order: U256 = order.parse().unwrap();
    let s = order - U256::from_be_slice(&signature[32..64]);
    signature[32..64].copy_from_slice(&s.to_be_bytes::<32>());
    signature[64] = if signature[64] == 27 { 28 } else { 27 };
    signature
}
