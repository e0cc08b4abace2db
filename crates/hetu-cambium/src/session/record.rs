//! The fixed data of a session.

use hetu_chain::{Address, ChainId, NetUid, Retryability, Retryable};
use zeroize::Zeroizing;

use super::id::SessionId;
use super::keys::{SessionContext, SessionKeys};
use super::sequence::WINDOW;
use crate::AccountId;

/// Version of a record, which increases with every change of its bytes.
const VERSION: u8 = 1;

const BYTES: usize = 1 + 16 + 8 + 20 + 2 + 20 + 8 + 32 + 32;

/// The data of a session of one account with one miner, as a [`SessionStore`](super::SessionStore)
/// keeps it.
#[derive(Debug)]
pub struct SessionRecord {
    pub(super) id: SessionId,
    pub(super) account: AccountId,
    pub(super) netuid: NetUid,
    pub(super) recipient: Address,
    pub(super) expires: u64,
    pub(super) keys: SessionKeys,
}

impl SessionRecord {
    /// Maximum distance between the number of a request and the newest one in its session.
    pub const WINDOW: u64 = WINDOW;

    pub(crate) fn new(context: &SessionContext, keys: SessionKeys, expires: u64) -> Self {
        Self {
            id: context.id,
            account: context.caller,
            netuid: context.netuid,
            recipient: context.miner.address,
            expires,
            keys,
        }
    }

    /// Returns the id of the session.
    pub const fn id(&self) -> SessionId {
        self.id
    }

    /// Returns the account that opened it.
    pub const fn account(&self) -> AccountId {
        self.account
    }

    /// Returns the first second since 1970, by the miner's clock, in which it is expired.
    pub const fn expires(&self) -> u64 {
        self.expires
    }

    /// Serialises the session with its keys into 139 bytes. A program with these bytes can sign as
    /// the account and as the miner until the session expires, so a store must encrypt them.
    pub fn to_secret_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(BYTES));
        bytes.push(VERSION);
        bytes.extend_from_slice(self.id.as_bytes());
        bytes.extend_from_slice(&self.account.chain.get().to_be_bytes());
        bytes.extend_from_slice(self.account.address.as_bytes());
        bytes.extend_from_slice(&self.netuid.get().to_be_bytes());
        bytes.extend_from_slice(self.recipient.as_bytes());
        bytes.extend_from_slice(&self.expires.to_be_bytes());
        bytes.extend_from_slice(&*self.keys.request);
        bytes.extend_from_slice(&*self.keys.reply);
        bytes
    }

    /// Parses the bytes of [`to_secret_bytes`](Self::to_secret_bytes). The store must ensure that
    /// the bytes were not forged.
    ///
    /// # Errors
    /// [`InvalidSessionRecord`] if the bytes are of another length or version.
    pub fn from_secret_bytes(bytes: &[u8]) -> Result<Self, InvalidSessionRecord> {
        let mut rest = RecordReader(bytes);
        let [version] = rest.take()?;
        if version != VERSION {
            return Err(InvalidSessionRecord);
        }
        let id = SessionId::from_bytes(rest.take()?);
        let chain = ChainId::new(u64::from_be_bytes(rest.take()?));
        let record = Self {
            id,
            account: AccountId::new(chain, Address::new(rest.take()?)),
            netuid: NetUid::new(u16::from_be_bytes(rest.take()?)),
            recipient: Address::new(rest.take()?),
            expires: u64::from_be_bytes(rest.take()?),
            keys: SessionKeys {
                request: Zeroizing::new(rest.take()?),
                reply: Zeroizing::new(rest.take()?),
            },
        };
        if rest.0.is_empty() { Ok(record) } else { Err(InvalidSessionRecord) }
    }
}

struct RecordReader<'a>(&'a [u8]);

impl RecordReader<'_> {
    fn take<const LENGTH: usize>(&mut self) -> Result<[u8; LENGTH], InvalidSessionRecord> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(InvalidSessionRecord)?;
        self.0 = rest;
        Ok(*taken)
    }
}

/// Bytes that are not a session, or were written by another version of this crate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the bytes are no record of a session, or one of another version")]
pub struct InvalidSessionRecord;

impl Retryable for InvalidSessionRecord {
    fn retryability(&self) -> Retryability {
        Retryability::Final
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_survives_its_bytes_and_no_others() {
        let record = SessionRecord {
            id: SessionId::random().unwrap(),
            account: AccountId::new(ChainId::new(560_000), Address::new([1; 20])),
            netuid: NetUid::new(513),
            recipient: Address::new([2; 20]),
            expires: 1_700_000_600,
            keys: SessionKeys { request: Zeroizing::new([3; 32]), reply: Zeroizing::new([4; 32]) },
        };
        let bytes = record.to_secret_bytes();
        assert_eq!(bytes.len(), BYTES);
        let read = SessionRecord::from_secret_bytes(&bytes).unwrap();
        assert_eq!(read.to_secret_bytes(), bytes);
        assert_eq!((read.id(), read.account()), (record.id(), record.account()));
        assert_eq!((read.netuid, read.recipient), (record.netuid, record.recipient));
        assert_eq!(read.expires(), record.expires());
        assert_eq!((*read.keys.request, *read.keys.reply), ([3; 32], [4; 32]));

        for length in 0..BYTES {
            assert!(SessionRecord::from_secret_bytes(&bytes[..length]).is_err(), "{length}");
        }
        let mut other = bytes.to_vec();
        other.push(0);
        assert!(SessionRecord::from_secret_bytes(&other).is_err());
        other.pop();
        other[0] = 2;
        assert!(SessionRecord::from_secret_bytes(&other).is_err());
    }
}
