//! The sending account with its signer, nonces, journal and limits, and the settings that create
//! it.

use std::path::PathBuf;
use std::sync::Arc;

use super::nonce_lane::{NonceLane, NonceLanes, SendTurn};
use super::options::SendOptions;
use super::signed::SignedTransaction;
use crate::abi::UnsignedTransaction;
use crate::client::encoded_call::EncodedCall;
use crate::client::error::{ChainError, JournalError};
use crate::client::journal::{Journal, Settlement, SignedRecord};
use crate::client::policy::{CheckedCall, CountedFee, DailyFees, SpendPolicy};
use crate::client::reader::Reader;
use crate::rpc::{BlockRef, HexBytes};
use crate::{Address, Amount, Clock, Signer, SystemClock, TxHash};

/// A sender of the transactions of one account. Clones share its nonces, its journal and its
/// limits.
#[derive(Clone, Debug)]
pub(in crate::client) struct Sender {
    /// The reader of the latest block.
    pub(super) reader: Reader,
    pub(super) account: Address,
    pub(super) signer: Arc<dyn Signer>,
    pub(super) lane: Arc<NonceLane>,
    /// The journal, or `None` if transactions are not recorded.
    pub(super) journal: Option<Arc<Journal>>,
    /// The spend policy, or `None` if every call is allowed.
    pub(super) policy: Option<Arc<SpendPolicy>>,
    /// The number of confirmations after which an earlier transaction counts as included.
    pub(super) confirmations: u64,
    /// The daily fee limit, or `None` if daily fees are not limited.
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

    /// Refuses a node of another chain than the journal's.
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

    /// Counts the fee of a transaction that is about to be signed, if daily fees are limited.
    pub(super) async fn count_daily_fee(
        &self,
        fee: Amount,
    ) -> Result<Option<CountedFee>, ChainError> {
        match &self.daily_fees {
            Some(daily_fees) => daily_fees.count(fee).await.map(Some),
            None => Ok(None),
        }
    }

    /// Signs the transaction and writes it to the journal before it can be sent.
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

    /// Notes that no node accepted a transaction and that none can accept it later.
    pub(super) async fn note_refused(&self, transaction: TxHash) -> Result<(), ChainError> {
        if let Some(journal) = &self.journal {
            journal.settle(vec![(transaction, Settlement::Refused)]).await?;
        }
        Ok(())
    }
}

/// The settings that create a [`Sender`] when there is a signer. Without a signer, calls can be
/// created, encoded and simulated, but not sent.
#[derive(Clone, Debug)]
pub(in crate::client) struct SenderSettings {
    /// The reader of the latest block.
    pub(super) reader: Reader,
    lanes: Arc<NonceLanes>,
    pub(in crate::client) options: Arc<SendOptions>,
    pub(in crate::client) signer: Option<Arc<dyn Signer>>,
    pub(in crate::client) policy: Option<Arc<SpendPolicy>>,
    pub(in crate::client) journal: Option<Arc<Journal>>,
    /// The folder of the daily fee count, or `None` if daily fees are not limited.
    pub(in crate::client) fee_folder: Option<PathBuf>,
}

impl SenderSettings {
    pub(in crate::client) fn new(reader: &Reader) -> Self {
        Self {
            reader: reader.at(BlockRef::Latest),
            lanes: Arc::new(NonceLanes::new(reader.network())),
            options: Arc::default(),
            signer: None,
            policy: None,
            journal: None,
            fee_folder: None,
        }
    }

    /// Returns the signer of the sending account.
    ///
    /// # Errors
    /// [`ChainError::NoSigner`].
    pub(in crate::client) fn signer(&self) -> Result<&Arc<dyn Signer>, ChainError> {
        self.signer.as_ref().ok_or(ChainError::NoSigner)
    }

    /// Returns the sending account.
    ///
    /// # Errors
    /// [`ChainError::NoSigner`].
    pub(in crate::client) fn address(&self) -> Result<Address, ChainError> {
        Ok(self.signer()?.address())
    }

    /// Returns the sender for the signer's account.
    ///
    /// # Errors
    /// [`ChainError::NoSigner`]; [`ChainError::Journal`] if the journal belongs to another account.
    pub(in crate::client) fn sender(&self) -> Result<Sender, ChainError> {
        let signer = Arc::clone(self.signer()?);
        let account = signer.address();
        if let Some(journal) = &self.journal {
            journal.check_account(account)?;
        }
        Ok(Sender {
            reader: self.reader.clone(),
            account,
            signer,
            lane: self.lanes.of(account),
            journal: self.journal.clone(),
            policy: self.policy.clone(),
            confirmations: self.options.confirmations,
            daily_fees: self.daily_fees(account),
        })
    }

    /// Returns the daily fee limit, or `None` if daily fees are not limited.
    pub(in crate::client) fn daily_fees(&self, account: Address) -> Option<DailyFees> {
        let folder = self.fee_folder.clone()?;
        Some(DailyFees::new(folder, self.reader.network(), account, self.policy.as_deref()))
    }
}
