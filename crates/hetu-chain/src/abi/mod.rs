//! The contracts' functions as encoded bytes, and the decoding of their results.
//!
//! This is the only module that uses `ethers`. All other modules see only the types of this crate,
//! so the ABI library can be replaced without changing them.

pub(crate) mod alpha_token;
mod bindings;
mod bytecode;
mod convert;
pub(crate) mod dendron_manager;
mod erc6492;
mod event_sources;
mod events;
pub(crate) mod global_staking;
pub(crate) mod lens;
mod logs;
mod meaning;
pub(crate) mod ownership;
mod records;
mod revert;
mod revert_words;
pub(crate) mod reward_distributor;
pub(crate) mod signature_check;
pub(crate) mod subnet_amm;
pub(crate) mod subnet_manager;
pub(crate) mod timelock;
pub(crate) mod token;
mod transaction;
pub(crate) mod weights;
pub(crate) mod whetu;

use ethers_contract::EthCall;
use ethers_core::abi::AbiDecode;

pub(crate) use crate::identity::{Fees, UnsignedTransaction};
pub(crate) use erc6492::{MalformedWrapper, WrappedSignature};
pub(crate) use event_sources::EventSources;
pub(crate) use logs::log_of;
pub(crate) use meaning::{Meaning, Spending, claimed_netuid, meaning};
pub use revert::Revert;
pub(crate) use revert::decode_revert;
pub(crate) use revert_words::revert_of;

use crate::model::Contract;
use crate::text::ForeignError;

/// A call of a function without side effects, with the decoder of its result.
pub(crate) struct Read<T> {
    pub(crate) function: String,
    pub(crate) data: Vec<u8>,
    /// The contract, if only this project's version has the function and the published one does
    /// not.
    pub(crate) only_ours: Option<Contract>,
    decode: Box<Decode<T>>,
}

type Decode<T> = dyn Fn(&[u8]) -> Result<T, ForeignError> + Send + Sync;

impl<T> Read<T> {
    /// Creates a read. `convert` turns the returned value `R` into the type of this crate.
    fn new<C: EthCall, R: AbiDecode>(
        call: C,
        convert: impl Fn(R) -> T + Send + Sync + 'static,
    ) -> Self {
        Self::checked(call, move |returned| Ok(convert(returned)))
    }

    /// Creates a read like [`Read::new`], for values that may be invalid although their type is
    /// right.
    fn checked<C: EthCall, R: AbiDecode>(
        call: C,
        convert: impl Fn(R) -> Result<T, String> + Send + Sync + 'static,
    ) -> Self {
        Self {
            function: C::function_name().into_owned(),
            data: call.encode(),
            only_ours: None,
            decode: Box::new(move |bytes| {
                Ok(convert(R::decode(bytes).map_err(ForeignError::new)?)?)
            }),
        }
    }

    /// Marks a function that the published `contract` does not have.
    fn beyond_published(mut self, contract: Contract) -> Self {
        self.only_ours = Some(contract);
        self
    }

    /// Decodes the returned bytes.
    pub(crate) fn decode(&self, returned: &[u8]) -> Result<T, ForeignError> {
        (self.decode)(returned)
    }
}

/// A call of a function that changes state.
#[derive(Clone, Debug)]
pub(crate) struct Write {
    pub(crate) function: String,
    pub(crate) data: Vec<u8>,
    /// The contract, if only this project's version has the function and the published one does
    /// not.
    pub(crate) only_ours: Option<Contract>,
}

impl Write {
    fn new<C: EthCall>(call: C) -> Self {
        Self::raw(C::function_name(), call.encode())
    }

    /// Creates a call from encoded bytes.
    pub(crate) fn raw(function: impl Into<String>, data: Vec<u8>) -> Self {
        Self { function: function.into(), data, only_ours: None }
    }

    /// Marks a function that the published `contract` does not have.
    fn beyond_published(mut self, contract: Contract) -> Self {
        self.only_ours = Some(contract);
        self
    }
}
