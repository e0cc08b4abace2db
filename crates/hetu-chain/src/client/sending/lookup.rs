//! Transactions that were sent before: by this program, by its last run, or elsewhere.

use serde::{Deserialize, Deserializer};
use serde_json::json;

use super::attempts::Attempt;
use super::flight::Flight;
use super::{Call, SentTransaction};
use crate::abi::{Fees, UnsignedTransaction};
use crate::client::journal::{JournalError, SignedRecord, check_key};
use crate::client::{ChainError, Hetutensor};
use crate::identity::recover_address;
use crate::primitives::keccak256;
use crate::rpc::{HexBytes, Quantity};
use crate::{Address, Amount, Signature, TxHash};

impl Hetutensor {
    /// The account's transaction with this hash, and its replacements.
    pub(in crate::client) async fn find_sent(
        &self,
        transaction: TxHash,
    ) -> Result<SentTransaction, ChainError> {
        let account = self.address()?;
        let flight = match self.journaled_flight(account, transaction)? {
            Some(flight) => flight,
            None => self
                .flight_at_node(account, transaction)
                .await?
                .ok_or(ChainError::UnknownTransaction { transaction, account })?,
        };
        let options = self.send_options().clone();
        Ok(SentTransaction::new(self.clone(), flight, options, Box::new(Ok)))
    }

    /// The hash of the transaction that was sent under `key`, if there is one.
    pub(in crate::client) fn sent_under_key(
        &self,
        key: &str,
    ) -> Result<Option<TxHash>, ChainError> {
        check_key(key)?;
        let journal = self.journal()?.ok_or(JournalError::Missing)?;
        Ok(journal.with_key(key).map(|record| record.hash))
    }

    /// The transaction that was sent under `key`, if there is one.
    pub(super) fn flight_with_key(
        &self,
        key: &str,
        call: &Call,
    ) -> Result<Option<Flight>, ChainError> {
        check_key(key)?;
        let account = self.address()?;
        let journal = self.journal()?.ok_or(JournalError::Missing)?;
        let Some(record) = journal.with_key(key) else {
            return Ok(None);
        };
        let same = record.transaction().is_some_and(|transaction| {
            (transaction.to, &transaction.data, transaction.value)
                == (call.to, &call.data, call.value)
        });
        if !same {
            let (key, function) = (key.to_owned(), record.function);
            return Err(JournalError::KeyTaken { key, function }.into());
        }
        if let Some(flight) = self.journaled_flight(account, record.hash)? {
            return Ok(Some(flight));
        }
        Ok(self.flight_of(account, &[record]).map(|flight| Flight { was_included: true, ..flight }))
    }

    /// What the journal holds with the nonce of this unsettled transaction.
    fn journaled_flight(
        &self,
        account: Address,
        transaction: TxHash,
    ) -> Result<Option<Flight>, ChainError> {
        let waiting = self.journal()?.map(|journal| journal.waiting()).unwrap_or_default();
        let found = waiting.iter().find(|record| record.hash == transaction);
        let Some(nonce) = found.map(|record| record.nonce) else {
            return Ok(None);
        };
        let records: Vec<_> = waiting.into_iter().filter(|record| record.nonce == nonce).collect();
        Ok(self.flight_of(account, &records))
    }

    /// The transactions that these records of one nonce are of.
    pub(super) fn flight_of(&self, account: Address, records: &[SignedRecord]) -> Option<Flight> {
        let first = records.first()?;
        let mut attempts: Vec<_> = records.iter().filter_map(Attempt::of_record).collect();
        // Each replacement pays more than what it replaces.
        attempts.sort_by_key(|attempt| attempt.transaction.fees.max_fee_per_gas());
        let lane = self.lanes().of(account);
        Some(Flight {
            function: first.function.clone(),
            account,
            nonce: first.nonce,
            key: records.iter().find_map(|record| record.key.clone()),
            attempts: lane.attempts(first.nonce, attempts),
            was_included: false,
            was_counted: false,
            counted_fee: Amount::ZERO,
            held: lane.hold(first.nonce),
        })
    }

    async fn flight_at_node(
        &self,
        account: Address,
        hash: TxHash,
    ) -> Result<Option<Flight>, ChainError> {
        let params = vec![json!(hash)];
        let found: Option<RawTransaction> =
            self.transport().read("eth_getTransactionByHash", params).await?;
        let attempt = found.and_then(|raw| raw.verified(self, account, hash));
        Ok(attempt.map(|attempt| {
            let (lane, nonce) = (self.lanes().of(account), attempt.transaction.nonce);
            Flight {
                function: "transaction".into(),
                account,
                nonce,
                key: None,
                attempts: lane.attempts(nonce, vec![attempt]),
                was_included: false,
                was_counted: false,
                counted_fee: Amount::ZERO,
                held: lane.hold(nonce),
            }
        }))
    }

    /// Whether blocks include a transaction of the account with this nonce. False also if that
    /// cannot be found out.
    pub(super) async fn has_passed(&self, account: Address, nonce: u64) -> bool {
        matches!(self.mined_count(account).await, Ok(count) if count > nonce)
    }

    pub(super) async fn mined_count(&self, account: Address) -> Result<u64, ChainError> {
        let params = vec![json!(account), json!("latest")];
        let Quantity(count) = self.transport().read("eth_getTransactionCount", params).await?;
        Ok(count)
    }

    pub(in crate::client) async fn pending_count(
        &self,
        account: Address,
    ) -> Result<u64, ChainError> {
        let params = vec![json!(account), json!("pending")];
        let Quantity(count) = self.transport().read("eth_getTransactionCount", params).await?;
        Ok(count)
    }
}

/// A transaction as a node tells of it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawTransaction {
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
    /// The transaction, if it has this hash and is of `account`: what is signed in its place
    /// must not be what a node makes up.
    fn verified(self, hetu: &Hetutensor, account: Address, hash: TxHash) -> Option<Attempt> {
        let signature = self.signature()?;
        let fees = match (self.max_fee_per_gas, self.max_priority_fee_per_gas) {
            (Some(max_fee), Some(tip)) => Fees::Dynamic { max_fee: max_fee.0, tip: tip.0 },
            _ => Fees::Legacy { gas_price: self.gas_price?.0 },
        };
        let transaction = UnsignedTransaction {
            chain_id: hetu.network().chain_id,
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
        is_the_one.then_some(Attempt { hash, transaction, bytes, cancels: false })
    }

    fn signature(&self) -> Option<Signature> {
        // 0 and 1 in typed transactions, 35 and on in legacy ones (EIP-155).
        let is_odd = if self.v.0 < 2 { self.v.0 == 1 } else { self.v.0.is_multiple_of(2) };
        let bytes = [&self.r.0[..], &self.s.0, &[27 + u8::from(is_odd)]].concat();
        Signature::parse(&bytes).ok()
    }
}
