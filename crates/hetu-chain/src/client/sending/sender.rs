//! The account that sends: its signer, its nonces, its journal and its limits.

use std::sync::Arc;

use super::nonce_lane::{NonceLane, SendTurn};
use super::signed::SignedTransaction;
use crate::abi::UnsignedTransaction;
use crate::client::encoded_call::EncodedCall;
use crate::client::error::{ChainError, JournalError};
use crate::client::journal::{Journal, Settlement, SignedRecord};
use crate::client::policy::{CheckedCall, CountedFee, DailyFees, SpendPolicy};
use crate::client::reader::Reader;
use crate::rpc::HexBytes;
use crate::{Address, Amount, Clock, Signer, SystemClock, TxHash};

/// Sends the transactions of one account. Clones share its nonces, its journal and its limits.
#[derive(Clone, Debug)]
pub(in crate::client) struct Sender {
    /// Reads of the newest block.
    pub(super) reader: Reader,
    pub(super) account: Address,
    pub(super) signer: Arc<dyn Signer>,
    pub(super) lane: Arc<NonceLane>,
    /// `None` if transactions are not written down.
    pub(super) journal: Option<Arc<Journal>>,
    /// `None` if every call is allowed.
    pub(super) policy: Option<Arc<SpendPolicy>>,
    /// Number of blocks after which a transaction of earlier counts as included.
    pub(super) confirmations: u64,
    /// `None` if the fees of a day are not bounded.
    pub(super) daily_fees: Option<DailyFees>,
}

impl Sender {
    /// Waits for the account's turn to send.
    pub(super) async fn turn(&self) -> SendTurn {
        Arc::clone(&self.lane).turn().await
    }

    /// Returns the journal, or an error if there is none.
    pub(super) fn required_journal(&self) -> Result<&Arc<Journal>, JournalError> {
        self.journal.as_ref().ok_or(JournalError::Missing)
    }

    /// Refuses a node of another chain than that of the journal.
    pub(super) async fn check_genesis(&self) -> Result<(), ChainError> {
        let Some(expected) = self.journal.as_ref().and_then(|journal| journal.genesis()) else {
            return Ok(());
        };
        let actual = self.reader.genesis().await?;
        if actual == expected {
            return Ok(());
        }
        let network = self.reader.network().name.clone();
        Err(ChainError::OtherGenesis { network, expected, actual })
    }

    /// Checks a call against the spend policy.
    pub(super) async fn check_policy(&self, call: &EncodedCall) -> Result<CheckedCall, ChainError> {
        match &self.policy {
            Some(policy) => policy.check(&self.reader, call, self.account).await,
            None => Ok(CheckedCall::free()),
        }
    }

    /// Counts the fee of a transaction that is going to be signed, if the fees of a day are
    /// bounded.
    pub(super) async fn count_daily_fee(
        &self,
        fee: Amount,
    ) -> Result<Option<CountedFee>, ChainError> {
        match &self.daily_fees {
            Some(daily_fees) => daily_fees.count(fee).await.map(Some),
            None => Ok(None),
        }
    }

    /// Signs the transaction, and has it in the journal before it can be sent.
    pub(super) async fn sign(
        &self,
        function: &str,
        transaction: UnsignedTransaction,
        cancels: bool,
        key: Option<String>,
    ) -> Result<SignedTransaction, ChainError> {
        let signed = SignedTransaction::sign(&*self.signer, transaction, cancels).await?;
        let Some(journal) = &self.journal else {
            return Ok(signed);
        };
        let record = SignedRecord {
            chain_id: signed.transaction.chain_id,
            genesis: journal.genesis(),
            account: self.account,
            nonce: signed.transaction.nonce,
            hash: signed.hash,
            function: function.to_owned(),
            cancels,
            key,
            time: SystemClock.unix_seconds(),
            signed: HexBytes(signed.bytes.clone()),
        };
        journal.signed(record).await?;
        Ok(signed)
    }

    /// Notes that no node took a transaction and none will.
    pub(super) async fn note_refused(&self, transaction: TxHash) -> Result<(), ChainError> {
        if let Some(journal) = &self.journal {
            journal.settle(vec![(transaction, Settlement::Refused)]).await?;
        }
        Ok(())
    }
}
