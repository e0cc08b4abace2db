//! The packed records in the answers of the Lens.

use crate::{Address, Amount};

/// A reader of consecutive packed fields. Numbers are big-endian.
#[derive(Clone, Debug)]
pub(super) struct RecordReader<'bytes> {
    bytes: &'bytes [u8],
    position: usize,
}

impl<'bytes> RecordReader<'bytes> {
    pub(super) const fn new(bytes: &'bytes [u8]) -> Self {
        Self { bytes, position: 0 }
    }

    /// Returns `true` if everything was read.
    pub(super) const fn is_at_end(&self) -> bool {
        self.position == self.bytes.len()
    }

    pub(super) fn u8(&mut self) -> Result<u8, String> {
        self.array().map(u8::from_be_bytes)
    }

    pub(super) fn u16(&mut self) -> Result<u16, String> {
        self.array().map(u16::from_be_bytes)
    }

    pub(super) fn u32(&mut self) -> Result<u32, String> {
        self.array().map(u32::from_be_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64, String> {
        self.array().map(u64::from_be_bytes)
    }

    pub(super) fn u128(&mut self) -> Result<u128, String> {
        self.array().map(u128::from_be_bytes)
    }

    pub(super) fn bool(&mut self) -> Result<bool, String> {
        match self.u8()? {
            0 => Ok(false),
            1 => Ok(true),
            other => Err(self.wrong(&format!("{other} is no truth value"))),
        }
    }

    /// Reads an amount of 16 bytes.
    pub(super) fn amount(&mut self) -> Result<Amount, String> {
        self.u128().map(Amount::from_wei)
    }

    pub(super) fn address(&mut self) -> Result<Address, String> {
        self.array().map(Address::new)
    }

    /// Reads a byte that may have only the bits of `known` set.
    pub(super) fn flags(&mut self, known: u8) -> Result<u8, String> {
        let flags = self.u8()?;
        if flags & !known != 0 {
            return Err(self.wrong(&format!("flags {flags:#04x} are not known")));
        }
        Ok(flags)
    }

    /// Reads a text of at most `limit` bytes. The contracts accept any bytes as a text. Invalid
    /// UTF-8 is replaced, as in all other reads of such texts.
    pub(super) fn text(&mut self, limit: usize) -> Result<String, String> {
        let length = usize::from(self.u16()?);
        if length > limit {
            return Err(self.wrong(&format!("a text has {length} bytes, more than {limit}")));
        }
        Ok(String::from_utf8_lossy(self.take(length)?).into_owned())
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    fn take(&mut self, length: usize) -> Result<&'bytes [u8], String> {
        let rest = &self.bytes[self.position..];
        let taken = rest.get(..length).ok_or_else(|| self.wrong("a record is cut off"))?;
        self.position += length;
        Ok(taken)
    }

    fn wrong(&self, reason: &str) -> String {
        format!("{reason} at byte {} of {}", self.position, self.bytes.len())
    }
}

/// A type with a fixed form in a record.
pub(super) trait RecordField: Sized {
    fn read(reader: &mut RecordReader<'_>) -> Result<Self, String>;
}

macro_rules! record_field {
    ($kind:ty, $read:ident) => {
        impl RecordField for $kind {
            fn read(reader: &mut RecordReader<'_>) -> Result<Self, String> {
                reader.$read()
            }
        }
    };
}

record_field!(u16, u16);
record_field!(u64, u64);
record_field!(bool, bool);
record_field!(Amount, amount);
