//! Signed transactions as nodes report them.

use serde::{Deserialize, Deserializer};

use super::signed::SignedTransaction;
use crate::abi::{Fees, UnsignedTransaction};
use crate::identity::recover_address;
use crate::primitives::keccak256;
use crate::rpc::{HexBytes, Quantity};
use crate::{Address, Amount, ChainId, Signature, TxHash};

/// A transaction as a node reports it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RawTransaction {
    nonce: Quantity,
    to: Option<Address>,
    value: Word,
    input: HexBytes,
    gas: Quantity,
    gas_price: Option<Quantity>,
    max_fee_per_gas: Option<Quantity>,
    max_priority_fee_per_gas: Option<Quantity>,
    r: Word,
    s: Word,
    v: Quantity,
}

/// An integer of up to 256 bits.
#[derive(Debug)]
struct Word([u8; 32]);

impl<'de> Deserialize<'de> for Word {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        let text = String::deserialize(reader)?;
        let digits = text.strip_prefix("0x").unwrap_or_default();
        let mut bytes = [0; 32];
        hex::decode_to_slice(format!("{digits:0>64}"), &mut bytes)
            .map_err(|_| serde::de::Error::custom("not a 256-bit quantity"))?;
        Ok(Self(bytes))
    }
}

impl RawTransaction {
    /// Returns the transaction if it has this hash and is from `account`. The check is necessary
    /// because a node could invent the transaction that a replacement is made from.
    pub(super) fn verified(
        self,
        chain_id: ChainId,
        account: Address,
        hash: TxHash,
    ) -> Option<SignedTransaction> {
        let signature = self.signature()?;
        let fees = match (self.max_fee_per_gas, self.max_priority_fee_per_gas) {
            (Some(max_fee), Some(tip)) => Fees::Dynamic { max_fee: max_fee.0, tip: tip.0 },
            _ => Fees::Legacy { gas_price: self.gas_price?.0 },
        };
        let transaction = UnsignedTransaction {
            chain_id,
            nonce: self.nonce.0,
            to: self.to,
            value: Amount::from_be_bytes(self.value.0),
            data: self.input.0,
            gas: self.gas.0,
            fees,
        };
        let bytes = transaction.signed(&signature);
        let is_the_one = TxHash::from(keccak256(&bytes)) == hash
            && recover_address(&transaction.hash(), &signature) == Ok(account);
        is_the_one.then_some(SignedTransaction { hash, transaction, bytes, cancels: false })
    }

    fn signature(&self) -> Option<Signature> {
        // The value is 0 or 1 in typed transactions, and 35 or more in legacy ones (EIP-155).
        let is_odd = if self.v.0 < 2 { self.v.0 == 1 } else { self.v.0.is_multiple_of(2) };
        let bytes = [&self.r.0[..], &self.s.0, &[27 + u8::from(is_odd)]].concat();
        Signature::parse(&bytes).ok()
    }
}
