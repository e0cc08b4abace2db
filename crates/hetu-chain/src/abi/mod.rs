//! The contracts' functions as bytes, and back.
//!
//! The only module that knows `ethers`: everything above it sees the types of this crate, so
//! another ABI library can take its place without anyone noticing.

mod bindings;
mod convert;
pub(crate) mod dendron_manager;
mod events;
pub(crate) mod global_staking;
mod revert;
pub(crate) mod subnet_manager;
pub(crate) mod token;
mod transaction;
pub(crate) mod weights;

use ethers_contract::EthCall;
use ethers_core::abi::AbiDecode;

pub(crate) use crate::identity::{Fees, UnsignedTransaction};
pub(crate) use events::{UndecodedLog, decode_event};
pub use revert::Revert;
pub(crate) use revert::decode_revert;

/// A call of a function that changes nothing, and how its answer reads.
pub(crate) struct Read<T> {
    pub(crate) function: String,
    pub(crate) data: Vec<u8>,
    decode: Box<Decode<T>>,
}

type Decode<T> = dyn Fn(&[u8]) -> Result<T, String> + Send + Sync;

impl<T> Read<T> {
    /// `convert` makes what the function returns, `R`, into our own type.
    fn new<C: EthCall, R: AbiDecode>(
        call: C,
        convert: impl Fn(R) -> T + Send + Sync + 'static,
    ) -> Self {
        Self {
            function: C::function_name().into_owned(),
            data: call.encode(),
            decode: Box::new(move |bytes| {
                R::decode(bytes).map(&convert).map_err(|error| error.to_string())
            }),
        }
    }

    /// Reads what the function returned.
    pub(crate) fn decode(&self, returned: &[u8]) -> Result<T, String> {
        (self.decode)(returned)
    }
}

/// A call of a function that changes something.
#[derive(Clone, Debug)]
pub(crate) struct Write {
    pub(crate) function: String,
    pub(crate) data: Vec<u8>,
}

impl Write {
    fn new<C: EthCall>(call: C) -> Self {
        Self { function: C::function_name().into_owned(), data: call.encode() }
    }
}
