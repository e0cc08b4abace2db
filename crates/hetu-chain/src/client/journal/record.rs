//! The records of the journal, as one JSON object per line.

use serde::{Deserialize, Serialize};

use crate::abi::UnsignedTransaction;
use crate::primitives::{BlockHash, keccak256};
use crate::rpc::HexBytes;
use crate::text::ForeignError;
use crate::{Address, ChainId, TxHash};

/// The account and the chain of a journal.
///
/// Development chains share a chain id, and only the hash of the first block distinguishes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::client) struct JournalIdentity {
    pub(in crate::client) chain_id: ChainId,
    /// The hash of the first block, or `None` in journals of earlier releases, which did not record
    /// it.
    pub(in crate::client) genesis: Option<BlockHash>,
    pub(in crate::client) account: Address,
}

impl JournalIdentity {
    /// Returns the name of the file without its extension.
    pub(super) fn file_stem(&self) -> String {
        let Self { chain_id, genesis, account } = self;
        let account = account.to_lower_hex();
        match genesis {
            Some(genesis) => format!("{chain_id}-{}-{account}", hex::encode(genesis.as_bytes())),
            None => format!("{chain_id}-{account}"),
        }
    }
}

/// One line of the journal.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "lowercase")]
pub(super) enum JournalRecord {
    /// A transaction that is about to be sent.
    Signed(SignedRecord),
    /// The outcome of a transaction.
    Settled { hash: TxHash, outcome: Settlement },
}

/// The outcome of a transaction, as recorded in the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(in crate::client) enum Settlement {
    /// A block includes it.
    Included,
    /// No node accepted it.
    Refused,
    /// A block includes another transaction with its nonce.
    Replaced,
    /// The user removed it, regardless of its outcome.
    Forgotten,
    /// The journal of its chain contains it now.
    Moved,
}

/// A transaction before it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::client) struct SignedRecord {
    pub(in crate::client) chain_id: ChainId,
    /// The hash of the first block, or `None` in records of earlier releases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::client) genesis: Option<BlockHash>,
    pub(in crate::client) account: Address,
    pub(in crate::client) nonce: u64,
    pub(in crate::client) hash: TxHash,
    /// The contract function.
    pub(in crate::client) function: String,
    /// `true` if it only cancels another transaction by using its nonce.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(in crate::client) cancels: bool,
    /// The key under which the call is made once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::client) key: Option<String>,
    /// The signing time, in seconds since 1970.
    pub(in crate::client) time: u64,
    /// The signed bytes.
    pub(in crate::client) signed: HexBytes,
}

impl SignedRecord {
    /// Returns the transaction in the signed bytes.
    pub(in crate::client) fn transaction(&self) -> Option<UnsignedTransaction> {
        UnsignedTransaction::of_signed(&self.signed.0)
    }

    /// Returns a description of how the record contradicts itself or its file, or `None`.
    fn mistake(&self, identity: JournalIdentity) -> Option<&'static str> {
        let JournalIdentity { chain_id, genesis, account } = identity;
        if TxHash::from(keccak256(&self.signed.0)) != self.hash {
            return Some("the hash is not that of the signed bytes");
        }
        if (self.chain_id, self.genesis, self.account) != (chain_id, genesis, account) {
            return Some("it is of another chain or account");
        }
        match self.transaction() {
            Some(transaction)
                if (transaction.chain_id, transaction.nonce) == (chain_id, self.nonce) =>
            {
                None
            }
            Some(_) => Some("the signed bytes have another chain or nonce"),
            None => Some("the signed bytes are no transaction"),
        }
    }
}

impl JournalRecord {
    /// Parses one line, without its line ending.
    pub(super) fn parse(line: &str, identity: JournalIdentity) -> Result<Self, ForeignError> {
        let record = serde_json::from_str(line).map_err(ForeignError::new)?;
        if let Self::Signed(signed) = &record
            && let Some(mistake) = signed.mistake(identity)
        {
            return Err(mistake.into());
        }
        Ok(record)
    }
}
