//! Requests to signing services, in their protocols.

use serde::Serialize;
use serde_json::{Value, json};

use crate::identity::{Fees, SignerError, SigningRequest, UnsignedTransaction};
use crate::rpc::{HexBytes, Quantity};
use crate::{Address, Amount};

/// The set of methods of a signing service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignerProtocol {
    /// The methods of Clef, geth's signer: `account_signTransaction`, `account_signData`,
    /// `account_list`.
    Clef,
    /// The methods of nodes and of services that imitate them: `eth_signTransaction`, `eth_sign`,
    /// `eth_accounts`.
    Node,
}

/// One JSON-RPC request.
pub(super) struct Question {
    pub(super) method: &'static str,
    pub(super) parameters: Vec<Value>,
}

impl Question {
    pub(super) const fn accounts(protocol: SignerProtocol) -> Self {
        let method = match protocol {
            SignerProtocol::Clef => "account_list",
            SignerProtocol::Node => "eth_accounts",
        };
        Self { method, parameters: Vec::new() }
    }

    pub(super) fn signature(
        protocol: SignerProtocol,
        account: Address,
        request: &SigningRequest<'_>,
    ) -> Result<Self, SignerError> {
        match request {
            SigningRequest::PersonalMessage(message) => {
                Ok(Self::of_message(protocol, account, message))
            }
            SigningRequest::Transaction { transaction, .. } => {
                Ok(Self::of_transaction(protocol, account, transaction))
            }
            SigningRequest::Hash(_) => Err(SignerError::Unsupported {
                reason: "a remote signer signs transactions and messages, and no bare hashes; \
                         use a wallet of this machine"
                    .into(),
            }),
        }
    }

    fn of_message(protocol: SignerProtocol, account: Address, message: &[u8]) -> Self {
        let message = json!(HexBytes(message.to_vec()));
        match protocol {
            SignerProtocol::Clef => Self {
                method: "account_signData",
                parameters: vec!["text/plain".into(), json!(account), message],
            },
            SignerProtocol::Node => {
                Self { method: "eth_sign", parameters: vec![json!(account), message] }
            }
        }
    }

    fn of_transaction(
        protocol: SignerProtocol,
        account: Address,
        transaction: &UnsignedTransaction,
    ) -> Self {
        let method = match protocol {
            SignerProtocol::Clef => "account_signTransaction",
            SignerProtocol::Node => "eth_signTransaction",
        };
        Self { method, parameters: vec![json!(TransactionFields::of(account, transaction))] }
    }
}

/// A transaction in the form of these methods. All of them read `data`; some do not know the newer
/// `input`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TransactionFields {
    from: Address,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<Address>,
    chain_id: Quantity,
    nonce: Quantity,
    gas: Quantity,
    value: String,
    data: HexBytes,
    #[serde(skip_serializing_if = "Option::is_none")]
    gas_price: Option<Quantity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_fee_per_gas: Option<Quantity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_priority_fee_per_gas: Option<Quantity>,
}

impl TransactionFields {
    fn of(from: Address, transaction: &UnsignedTransaction) -> Self {
        let (gas_price, max_fee, tip) = match transaction.fees {
            Fees::Legacy { gas_price } => (Some(gas_price), None, None),
            Fees::Dynamic { max_fee, tip } => (None, Some(max_fee), Some(tip)),
        };
        Self {
            from,
            to: transaction.to,
            chain_id: Quantity(transaction.chain_id.get()),
            nonce: Quantity(transaction.nonce),
            gas: Quantity(transaction.gas),
            value: quantity(transaction.value),
            data: HexBytes(transaction.data.clone()),
            gas_price: gas_price.map(Quantity),
            max_fee_per_gas: max_fee.map(Quantity),
            max_priority_fee_per_gas: tip.map(Quantity),
        }
    }
}

fn quantity(amount: Amount) -> String {
    format!("{:#x}", amount.as_integer())
}
