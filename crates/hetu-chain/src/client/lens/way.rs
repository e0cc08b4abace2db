//! The ways to call a Lens.

use std::sync::atomic::{AtomicUsize, Ordering};

use arc_swap::ArcSwapOption;
use serde_json::{Value, json};

use super::pages::{FIRST_PAGE, SHORTEST_REMEMBERED_PAGE};
use crate::abi::lens::{RUNTIME_CODE, creation_code, creation_outcome, max_page};
use crate::abi::{Read, decode_revert};
use crate::client::{ChainError, Hetutensor};
use crate::rpc::{CallRequest, HexBytes, NodeError, RpcFailure};
use crate::{Address, Amount};

/// Where a state override puts the code of the Lens: an address that nobody has the key of.
const OVERRIDE_PLACE: Address = Address::new(*b"the lens of hetu sdk");

/// How a Lens is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// It is deployed.
    Deployed(Address),
    /// Its code is placed at an address for the length of the call.
    Override,
    /// Creation code runs it and reverts with the result, which nodes do not limit in length.
    Creation,
    /// Not at all.
    OneByOne,
}

/// What a connection has learned about calling a Lens.
#[derive(Debug)]
pub(crate) struct LensMemory {
    way: ArcSwapOption<Way>,
    page: AtomicUsize,
}

impl Default for LensMemory {
    fn default() -> Self {
        Self { way: ArcSwapOption::empty(), page: AtomicUsize::new(FIRST_PAGE) }
    }
}

impl LensMemory {
    /// How many records to ask for at once.
    pub(super) fn page(&self) -> usize {
        self.page.load(Ordering::Relaxed)
    }

    /// Remembers that a page of `count` records was too long for the node. One subnet with
    /// records out of all proportion does not shorten the pages of all others for good.
    pub(super) fn was_too_long(&self, count: usize) {
        let shorter = (count / 2).max(SHORTEST_REMEMBERED_PAGE);
        self.page.fetch_min(shorter, Ordering::Relaxed);
    }

    /// Remembers that the way is not open any more, so that the next reader looks again.
    pub(super) fn forget_way(&self) {
        self.way.store(None);
    }
}

/// What came of a call of the Lens.
#[derive(Clone, Debug)]
pub(super) enum LensAnswer<T> {
    /// What was asked for.
    Found(T),
    /// Nothing: it did not end, for want of gas or time.
    TooMuch,
    /// Nothing: the node does not go this way.
    Closed,
}

impl Hetutensor {
    /// How a Lens can be called over this connection.
    pub(super) async fn lens_way(&self) -> Result<Way, ChainError> {
        if let Some(way) = self.lens_memory().way.load().as_deref() {
            return Ok(*way);
        }
        let way = self.find_way().await?;
        tracing::debug!(?way, "found how to read much at once");
        self.lens_memory().way.store(Some(way.into()));
        Ok(way)
    }

    async fn find_way(&self) -> Result<Way, ChainError> {
        let deployed = self.network().contracts.lens.map(Way::Deployed);
        for way in deployed.into_iter().chain([Way::Override, Way::Creation]) {
            let answer = self.call_lens(way, &max_page()).await;
            // What is no Lens answers with nonsense; a node out of reach is out of reach for all.
            match answer {
                Ok(LensAnswer::Found(records)) if records > 0 => return Ok(way),
                Ok(_) | Err(ChainError::Malformed { .. } | ChainError::Reverted { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Way::OneByOne)
    }

    /// Calls the Lens.
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with a reason that a contract gave, [`ChainError::Malformed`] if
    /// the answer makes no sense, [`ChainError::Rpc`] if the node is out of reach.
    pub(super) async fn call_lens<T>(
        &self,
        way: Way,
        read: &Read<T>,
    ) -> Result<LensAnswer<T>, ChainError> {
        let returned = match self.transport().read("eth_call", self.lens_call(way, read)).await {
            Ok(HexBytes(returned)) => Ok(returned),
            Err(RpcFailure::Answered { error, .. }) => Err(error),
            Err(failure) => return Err(failure.into()),
        };
        let reverted = match (way, returned) {
            (Way::Creation, Err(error)) => match creation_result(&error) {
                Some(Ok(returned)) => return found(read, &returned),
                Some(Err(reverted)) => reverted,
                None => return Ok(unsuccessful(&error)),
            },
            // Creation code that returns did not run the Lens.
            (Way::Creation, Ok(_)) => return Ok(LensAnswer::Closed),
            (_, Ok(returned)) => return found(read, &returned),
            (_, Err(error)) => match error.revert_data {
                Some(data) if !data.is_empty() => data,
                _ => return Ok(unsuccessful(&error)),
            },
        };
        if reverted.is_empty() {
            return Ok(LensAnswer::TooMuch);
        }
        let (function, revert) = (read.function.clone(), decode_revert(&reverted));
        Err(ChainError::Reverted { function, revert })
    }

    fn lens_call<T>(&self, way: Way, read: &Read<T>) -> Vec<Value> {
        let (to, data) = match way {
            Way::Deployed(lens) => (Some(lens), read.data.clone()),
            Way::Override | Way::OneByOne => (Some(OVERRIDE_PLACE), read.data.clone()),
            Way::Creation => (None, creation_code(&read.data)),
        };
        let request = CallRequest { from: None, to, data: HexBytes(data), value: Amount::ZERO };
        let mut params = vec![json!(request), json!(self.block_ref())];
        if way == Way::Override {
            let code = HexBytes(RUNTIME_CODE.clone());
            let place = OVERRIDE_PLACE.to_lower_hex();
            params.push(json!({ place: { "code": code } }));
        }
        params
    }
}

fn creation_result(error: &NodeError) -> Option<Result<Vec<u8>, Vec<u8>>> {
    creation_outcome(error.revert_data.as_deref()?)
}

/// A call that ended without a result and without a reason. Calls that run out of gas inside of
/// other calls revert without a reason, and nodes have many words for running out of gas and
/// time: so only what is plainly about the request itself says that the way is closed.
fn unsuccessful<T>(error: &NodeError) -> LensAnswer<T> {
    const INVALID_REQUEST: i32 = -32600;
    const METHOD_NOT_FOUND: i32 = -32601;
    const INVALID_PARAMS: i32 = -32602;
    match error.code {
        INVALID_REQUEST | METHOD_NOT_FOUND | INVALID_PARAMS => LensAnswer::Closed,
        _ => LensAnswer::TooMuch,
    }
}

fn found<T>(read: &Read<T>, returned: &[u8]) -> Result<LensAnswer<T>, ChainError> {
    // Where there is no code nothing comes back: the node ignores overrides.
    if returned.is_empty() {
        return Ok(LensAnswer::Closed);
    }
    let malformed = |reason| ChainError::Malformed { function: read.function.clone(), reason };
    read.decode(returned).map(LensAnswer::Found).map_err(malformed)
}
