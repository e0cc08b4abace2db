//! Calls of contract functions by their signature, with integers and addresses as arguments. They
//! compare the SDK with the result of the contract itself.

use hetu_chain::model::TransactionReceipt;
use hetu_chain::primitives::keccak256;
use hetu_chain::{Address, Amount, Hetutensor};
use jsonrpsee::core::client::ClientT;
use jsonrpsee::http_client::{HttpClient, HttpClientBuilder};
use serde_json::json;

use crate::node::Listens;

/// 32 bytes of arguments or of an answer.
pub(crate) type Word = [u8; 32];

pub(crate) fn word(address: Address) -> Word {
    let mut word = [0; 32];
    word[12..].copy_from_slice(address.as_bytes());
    word
}

pub(crate) fn input(signature: &str, arguments: &[Word]) -> Vec<u8> {
    let selector = &keccak256(signature.as_bytes())[..4];
    selector.iter().copied().chain(arguments.concat()).collect()
}

/// A contract that is read without the SDK.
pub(crate) struct Contract {
    client: HttpClient,
    address: Address,
}

impl Contract {
    pub(crate) fn at(address: Address, node: &impl Listens) -> Self {
        let client = HttpClientBuilder::default().build(node.http_url()).unwrap();
        Self { client, address }
    }

    /// Returns the words that the function returns, or `None` if it reverts.
    pub(crate) async fn read(&self, signature: &str, arguments: &[Word]) -> Option<Vec<Amount>> {
        let data = format!("0x{}", hex::encode(input(signature, arguments)));
        let request = json!({ "to": self.address, "input": data });
        let answer: String =
            self.client.request("eth_call", vec![request, json!("latest")]).await.ok()?;
        let bytes = hex::decode(&answer[2..]).unwrap();
        Some(bytes.chunks(32).map(|word| Amount::from_be_bytes(word.try_into().unwrap())).collect())
    }

    pub(crate) async fn write(
        &self,
        hetu: &Hetutensor,
        signature: &str,
        arguments: &[Word],
    ) -> TransactionReceipt {
        let input = input(signature, arguments);
        hetu.transactions().call(self.address, signature, input, Amount::ZERO).await.unwrap()
    }
}
