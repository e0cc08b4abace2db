//! A devnet with a client, and transactions for it.

use std::time::Duration;

use alloy_consensus::{SignableTransaction, Transaction, TxEip1559, TxEnvelope};
use alloy_eips::Encodable2718;
use alloy_primitives::{Address, B256, Bytes, Signature, TxKind, U256, hex};
use hetu_devnet::{Devnet, DevnetBuilder};
use jsonrpsee::core::ClientError;
use jsonrpsee::core::client::{ClientT, Subscription, SubscriptionClientT};
use jsonrpsee::core::traits::ToRpcParams;
use jsonrpsee::http_client::{HttpClient, HttpClientBuilder};
use jsonrpsee::types::ErrorObjectOwned;
use jsonrpsee::ws_client::{WsClient, WsClientBuilder};
use serde::de::DeserializeOwned;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};

/// A contract that keeps a word. Without input it returns the word; with input it stores the first
/// word of the input and logs the topics 1 and that word.
pub(crate) const BOX: [u8; 43] = hex!(
    "601f600c600039601f6000f3"
    "36600f5760005460005260206000f35b60003580600055600160006000a200"
);

/// A running devnet and a client of it.
pub(crate) struct Net {
    pub(crate) devnet: Devnet,
    pub(crate) http: HttpClient,
}

/// Starts a devnet without contracts.
pub(crate) async fn bare() -> Net {
    Net::spawn(Devnet::builder().with_contracts(false)).await
}

impl Net {
    pub(crate) async fn spawn(builder: DevnetBuilder) -> Self {
        Self::of(builder.start().await.unwrap())
    }

    pub(crate) fn of(devnet: Devnet) -> Self {
        let http = HttpClientBuilder::default().build(devnet.http_url()).unwrap();
        Self { devnet, http }
    }

    pub(crate) async fn get<T: DeserializeOwned>(&self, method: &str, params: Value) -> T {
        self.http
            .request(method, Params(params))
            .await
            .unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    /// Returns a client that can subscribe.
    pub(crate) async fn ws(&self) -> WsClient {
        WsClientBuilder::default().build(self.devnet.ws_url()).await.unwrap()
    }

    /// Returns the error that the server answers.
    pub(crate) async fn refused(&self, method: &str, params: Value) -> ErrorObjectOwned {
        let answer: Result<Value, ClientError> = self.http.request(method, Params(params)).await;
        match answer {
            Err(ClientError::Call(error)) => error,
            other => panic!("{method} should be refused, got {other:?}"),
        }
    }

    pub(crate) fn address(&self, account: usize) -> Address {
        Address::from(*self.devnet.accounts()[account].address.as_bytes())
    }

    pub(crate) async fn nonce(&self, account: usize) -> u64 {
        let address = self.address(account);
        let count: U256 = self.get("eth_getTransactionCount", json!([address, "pending"])).await;
        count.to()
    }

    /// Signs and sends a transaction, and returns its hash.
    pub(crate) async fn send(&self, account: usize, transaction: TxEip1559) -> B256 {
        let raw = self.sign(account, transaction);
        self.get("eth_sendRawTransaction", json!([raw])).await
    }

    pub(crate) fn sign<T>(&self, account: usize, transaction: T) -> Bytes
    where
        T: Transaction + SignableTransaction<Signature>,
        TxEnvelope: From<alloy_consensus::Signed<T>>,
    {
        let wallet = &self.devnet.accounts()[account].wallet;
        let signature = wallet.sign_hash_sync(&transaction.signature_hash().0);
        let (r, s) = (signature.r().into(), signature.s().into());
        let signature = Signature::from_scalars_and_parity(r, s, signature.is_y_odd());
        let envelope: TxEnvelope = transaction.into_signed(signature).into();
        envelope.encoded_2718().into()
    }

    /// Returns a transaction with the next nonce and fees that suffice for several blocks.
    pub(crate) async fn call(&self, account: usize, to: Address, input: &[u8]) -> TxEip1559 {
        TxEip1559 {
            chain_id: self.devnet.chain_id().get(),
            nonce: self.nonce(account).await,
            gas_limit: 5_000_000,
            max_fee_per_gas: 10_000_000_000,
            max_priority_fee_per_gas: 1_000_000_000,
            to: TxKind::Call(to),
            input: Bytes::copy_from_slice(input),
            ..TxEip1559::default()
        }
    }

    pub(crate) async fn transfer(&self, account: usize, to: Address, wei: u64) -> TxEip1559 {
        TxEip1559 { gas_limit: 21_000, value: U256::from(wei), ..self.call(account, to, &[]).await }
    }

    /// Creates a [`BOX`] and returns its address.
    pub(crate) async fn create_box(&self) -> Address {
        let creation = TxEip1559 { to: TxKind::Create, ..self.call(0, Address::ZERO, &BOX).await };
        let hash = self.send(0, creation).await;
        let receipt = self.receipt(hash).await;
        serde_json::from_value(receipt["contractAddress"].clone()).unwrap()
    }

    /// Stores `value` in the box at `address` and returns the receipt.
    pub(crate) async fn fill_box(&self, address: Address, value: u64) -> Value {
        let input = U256::from(value).to_be_bytes::<32>();
        let hash = self.send(0, self.call(0, address, &input).await).await;
        self.receipt(hash).await
    }

    pub(crate) async fn receipt(&self, hash: B256) -> Value {
        self.get("eth_getTransactionReceipt", json!([hash])).await
    }

    pub(crate) async fn block(&self, tag: impl serde::Serialize) -> Value {
        self.get("eth_getBlockByNumber", json!([tag, false])).await
    }
}

pub(crate) async fn subscribe(client: &WsClient, params: Value) -> Subscription<Value> {
    client.subscribe("eth_subscribe", Params(params), "eth_unsubscribe").await.unwrap()
}

/// Returns the next notification.
pub(crate) async fn next(subscription: &mut Subscription<Value>) -> Value {
    tokio::time::timeout(Duration::from_secs(10), subscription.next())
        .await
        .unwrap()
        .unwrap()
        .unwrap()
}

/// Positional parameters, passed on unchanged.
pub(crate) struct Params(pub(crate) Value);

impl ToRpcParams for Params {
    fn to_rpc_params(self) -> Result<Option<Box<RawValue>>, serde_json::Error> {
        to_raw_value(&self.0).map(Some)
    }
}

/// Parses a quantity or a word in hexadecimal digits.
pub(crate) fn number(value: &Value) -> u64 {
    let word: U256 = serde_json::from_value(value.clone()).unwrap();
    word.to()
}

/// Encodes a call: the first four bytes of the hash of the function's signature, and its arguments.
pub(crate) fn encode(function: &str, words: &[B256]) -> Bytes {
    let mut input = alloy_primitives::keccak256(function)[..4].to_vec();
    words.iter().for_each(|word| input.extend_from_slice(word.as_slice()));
    input.into()
}
