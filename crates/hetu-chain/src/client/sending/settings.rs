//! The settings of a connection by which it sends.

use std::path::PathBuf;
use std::sync::Arc;

use super::nonce_lane::NonceLanes;
use super::options::SendOptions;
use super::sender::Sender;
use crate::client::error::ChainError;
use crate::client::journal::Journal;
use crate::client::policy::{DailyFees, SpendPolicy};
use crate::client::reader::Reader;
use crate::rpc::BlockRef;
use crate::{Address, Signer};

/// The settings of which a [`Sender`] is made once there is a signer. Without one, calls can be
/// made, encoded and tried, and not sent.
#[derive(Clone, Debug)]
pub(in crate::client) struct SenderSettings {
    /// Reads of the newest block.
    pub(super) reader: Reader,
    lanes: Arc<NonceLanes>,
    pub(in crate::client) options: Arc<SendOptions>,
    pub(in crate::client) signer: Option<Arc<dyn Signer>>,
    pub(in crate::client) policy: Option<Arc<SpendPolicy>>,
    pub(in crate::client) journal: Option<Arc<Journal>>,
    /// The folder with the count of the fees of a day, or `None` if they are not bounded.
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

    /// Returns the signer of the account that sends.
    ///
    /// # Errors
    /// [`ChainError::NoSigner`].
    pub(in crate::client) fn signer(&self) -> Result<&Arc<dyn Signer>, ChainError> {
        self.signer.as_ref().ok_or(ChainError::NoSigner)
    }

    /// Returns the account that sends.
    ///
    /// # Errors
    /// [`ChainError::NoSigner`].
    pub(in crate::client) fn address(&self) -> Result<Address, ChainError> {
        Ok(self.signer()?.address())
    }

    /// Returns the sender for the account of the signer.
    ///
    /// # Errors
    /// [`ChainError::NoSigner`]; [`ChainError::Journal`] if the journal is of another account.
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

    /// Returns the bound on the fees of a day, or `None` if they are not bounded.
    pub(in crate::client) fn daily_fees(&self, account: Address) -> Option<DailyFees> {
        let folder = self.fee_folder.clone()?;
        Some(DailyFees::new(folder, self.reader.network(), account, self.policy.as_deref()))
    }
}
