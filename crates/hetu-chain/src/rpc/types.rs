//! The JSON of the Ethereum execution API that this crate needs.

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Value, json};

use crate::primitives::BlockHash;
use crate::{Address, Amount, TxHash};

/// The block that a read refers to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BlockRef {
    /// The newest block at the moment of the call. Two reads may use two different blocks.
    #[default]
    Latest,
    /// The block at this height, in any history.
    Number(u64),
    /// The block with this hash (EIP-1898). The node refuses if a reorganisation dropped it.
    Hash(BlockHash),
}

impl Serialize for BlockRef {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let value: Value = match self {
            Self::Latest => "latest".into(),
            Self::Number(number) => format!("{number:#x}").into(),
            Self::Hash(hash) => json!({ "blockHash": hash, "requireCanonical": true }),
        };
        value.serialize(serializer)
    }
}

/// An integer in the encoding of nodes: hexadecimal, `0x`, no leading zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Quantity(pub(crate) u64);

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: serde::Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        let text = String::deserialize(reader)?;
        text.strip_prefix("0x")
            .and_then(|digits| u64::from_str_radix(digits, 16).ok())
            .map(Self)
            .ok_or_else(|| serde::de::Error::custom(format!("{text:?} is not a 64-bit quantity")))
    }
}

impl Serialize for Quantity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:#x}", self.0))
    }
}

/// Bytes in the encoding of nodes: hexadecimal with `0x`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct HexBytes(pub(crate) Vec<u8>);

impl<'de> Deserialize<'de> for HexBytes {
    fn deserialize<D: serde::Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        let text = String::deserialize(reader)?;
        text.strip_prefix("0x")
            .and_then(|digits| hex::decode(digits).ok())
            .map(Self)
            .ok_or_else(|| serde::de::Error::custom("not bytes in hexadecimal"))
    }
}

impl Serialize for HexBytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("0x{}", hex::encode(&self.0)))
    }
}

/// One JSON-RPC call of a batch.
#[derive(Clone, Debug)]
pub(crate) struct RpcCall {
    pub(crate) method: &'static str,
    pub(crate) params: Vec<Value>,
}

/// The parameters of `eth_call` and `eth_estimateGas`.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct CallRequest {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) from: Option<Address>,
    /// The called contract, or `None` to create one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) to: Option<Address>,
    /// The call data. Written as `input` and as `data`: some nodes read only one of the two.
    #[serde(flatten, serialize_with = "as_data_and_input")]
    pub(crate) data: HexBytes,
    #[serde(skip_serializing_if = "is_zero", serialize_with = "as_quantity")]
    pub(crate) value: Amount,
    /// The gas limit, or `None` for as much as the node allows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) gas: Option<Quantity>,
}

fn as_data_and_input<S: Serializer>(bytes: &HexBytes, serializer: S) -> Result<S::Ok, S::Error> {
    let mut members = serializer.serialize_map(Some(2))?;
    members.serialize_entry("data", bytes)?;
    members.serialize_entry("input", bytes)?;
    members.end()
}

fn is_zero(amount: &Amount) -> bool {
    amount.is_zero()
}

fn as_quantity<S: Serializer>(amount: &Amount, serializer: S) -> Result<S::Ok, S::Error> {
    let digits = hex::encode(amount.to_be_bytes());
    let significant = digits.trim_start_matches('0');
    serializer
        .collect_str(&format_args!("0x{}", if significant.is_empty() { "0" } else { significant }))
}

/// The members of a block's header that this crate reads.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RawBlock {
    pub(crate) number: Quantity,
    pub(crate) hash: BlockHash,
    pub(crate) parent_hash: BlockHash,
    pub(crate) timestamp: Quantity,
}

/// The members of a receipt that this crate reads.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RawReceipt {
    pub(crate) transaction_hash: TxHash,
    pub(crate) block_hash: BlockHash,
    pub(crate) block_number: Quantity,
    pub(crate) gas_used: Quantity,
    /// The gas price paid. Nodes from before the London upgrade omit it.
    pub(crate) effective_gas_price: Option<Quantity>,
    pub(crate) status: Quantity,
    pub(crate) contract_address: Option<Address>,
    pub(crate) logs: Vec<RawLog>,
}

/// The members of a log entry that this crate reads.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct RawLog {
    pub(crate) address: Address,
    pub(crate) topics: Vec<HexBytes>,
    pub(crate) data: HexBytes,
}

/// A log entry and its position.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RawLogEntry {
    #[serde(flatten)]
    pub(crate) log: RawLog,
    pub(crate) block_number: Quantity,
    pub(crate) block_hash: BlockHash,
    pub(crate) transaction_hash: TxHash,
    pub(crate) log_index: Quantity,
    #[serde(default)]
    pub(crate) removed: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_named_as_nodes_expect() {
        let name = |block| serde_json::to_value::<BlockRef>(block).unwrap();
        assert_eq!(name(BlockRef::Latest), json!("latest"));
        assert_eq!(name(BlockRef::Number(255)), json!("0xff"));
        let hash = BlockHash::from([1; 32]);
        assert_eq!(name(BlockRef::Hash(hash))["blockHash"], json!(hash.to_string()));
    }

    #[test]
    fn quantities_have_no_leading_zeros() {
        let request = |wei| CallRequest {
            from: None,
            to: Some(Address::ZERO),
            data: HexBytes(vec![1]),
            value: Amount::from_wei(wei),
            gas: None,
        };
        let value = serde_json::to_value(request(256)).unwrap();
        assert_eq!(value["value"], json!("0x100"));
        assert_eq!((&value["data"], &value["input"]), (&json!("0x01"), &json!("0x01")));
        assert!(serde_json::to_value(request(0)).unwrap().get("value").is_none());
        assert_eq!(serde_json::from_value::<Quantity>(json!("0x10")).unwrap(), Quantity(16));
        assert!(serde_json::from_value::<Quantity>(json!("16")).is_err());
    }
}
