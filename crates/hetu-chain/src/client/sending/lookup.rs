//! Lookup of transactions that were sent earlier, by this process or elsewhere.

use serde_json::json;

use super::flight::Flight;
use super::node_transaction::RawTransaction;
use super::sender::Sender;
use super::signed::SignedTransaction;
use crate::client::encoded_call::EncodedCall;
use crate::client::error::{ChainError, JournalError};
use crate::client::journal::{SignedRecord, check_key};
use crate::{Amount, TxHash};

impl Sender {
    /// Returns the account's transaction with this hash, and its replacements.
    pub(super) async fn flight(&self, transaction: TxHash) -> Result<Flight, ChainError> {
        if let Some(flight) = self.journaled_flight(transaction) {
            return Ok(flight);
        }
        let account = self.account;
        let found = self.flight_at_node(transaction).await?;
        found.ok_or(ChainError::UnknownTransaction { transaction, account })
    }

    /// Returns the hash of the transaction that was sent under `key`, or `None`.
    pub(in crate::client) fn sent_under_key(
        &self,
        key: &str,
    ) -> Result<Option<TxHash>, ChainError> {
        check_key(key)?;
        Ok(self.required_journal()?.with_key(key).map(|record| record.hash))
    }

    /// Returns the transaction that was sent under `key`, or `None`.
    pub(super) fn flight_with_key(
        &self,
        key: &str,
        call: &EncodedCall,
    ) -> Result<Option<Flight>, ChainError> {
        check_key(key)?;
        let Some(record) = self.required_journal()?.with_key(key) else {
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
        if let Some(flight) = self.journaled_flight(record.hash) {
            return Ok(Some(flight));
        }
        Ok(self.flight_of(&[record]).map(|flight| Flight { was_included: true, ..flight }))
    }

    /// Returns all journaled transactions with the nonce of this unsettled transaction.
    fn journaled_flight(&self, transaction: TxHash) -> Option<Flight> {
        let waiting = self.journal.as_ref()?.waiting();
        let nonce = waiting.iter().find(|record| record.hash == transaction)?.nonce;
        let records: Vec<_> = waiting.into_iter().filter(|record| record.nonce == nonce).collect();
        self.flight_of(&records)
    }

    /// Returns the transactions of these records, which have one nonce.
    pub(super) fn flight_of(&self, records: &[SignedRecord]) -> Option<Flight> {
        let first = records.first()?;
        let mut attempts: Vec<_> =
            records.iter().filter_map(SignedTransaction::of_record).collect();
        // Each replacement pays more than what it replaces.
        attempts.sort_by_key(|attempt| attempt.transaction.fees.max_fee_per_gas());
        let key = records.iter().find_map(|record| record.key.clone());
        Some(self.earlier_flight(first.function.clone(), first.nonce, key, attempts))
    }

    async fn flight_at_node(&self, hash: TxHash) -> Result<Option<Flight>, ChainError> {
        let params = vec![json!(hash)];
        let found: Option<RawTransaction> =
            self.reader.transport().read("eth_getTransactionByHash", params).await?;
        let chain_id = self.reader.network().chain_id;
        let signed = found.and_then(|raw| raw.verified(chain_id, self.account, hash));
        Ok(signed.map(|signed| {
            let nonce = signed.transaction.nonce;
            self.earlier_flight("transaction".into(), nonce, None, vec![signed])
        }))
    }

    fn earlier_flight(
        &self,
        function: String,
        nonce: u64,
        key: Option<String>,
        attempts: Vec<SignedTransaction>,
    ) -> Flight {
        Flight {
            function,
            nonce,
            key,
            attempts: self.lane.attempts(nonce, attempts),
            was_included: false,
            was_counted: false,
            counted_fee: Amount::ZERO,
            held: self.lane.clone().hold(nonce),
        }
    }
}
