//! The ways to call a Lens.

use std::sync::atomic::{AtomicUsize, Ordering};

use arc_swap::ArcSwapOption;
use serde_json::{Value, json};

use super::pages::{LONGEST_PAGE, SHORTEST_REMEMBERED_PAGE};
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
}

/// What a connection has learned about calling a Lens.
#[derive(Debug)]
pub(crate) struct LensMemory {
    /// Nothing before it was tried; the inner nothing says that there is no way.
    way: ArcSwapOption<Option<Way>>,
    page: AtomicUsize,
}

impl Default for LensMemory {
    fn default() -> Self {
        Self { way: ArcSwapOption::empty(), page: AtomicUsize::new(LONGEST_PAGE) }
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
    /// How a Lens can be called over this connection, if it can.
    pub(super) async fn lens_way(&self) -> Result<Option<Way>, ChainError> {
        if let Some(way) = self.lens_memory().way.load().as_deref() {
            return Ok(*way);
        }
        let way = self.find_way().await?;
        tracing::debug!(?way, "tried how to read much at once");
        self.lens_memory().way.store(Some(way.into()));
        Ok(way)
    }

    async fn find_way(&self) -> Result<Option<Way>, ChainError> {
        let deployed = self.network().contracts.lens.map(Way::Deployed);
        for way in deployed.into_iter().chain([Way::Override, Way::Creation]) {
            // What is no Lens answers with nonsense; a node out of reach is out of reach for all.
            match self.call_lens(way, &max_page()).await {
                Ok(LensAnswer::Found(records)) if records > 0 => return Ok(Some(way)),
                Ok(_) | Err(ChainError::Malformed { .. } | ChainError::Reverted { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
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
        match outcome(way, returned) {
            Outcome::Returned(returned) => {
                let (function, decoded) = (read.function.clone(), read.decode(&returned));
                let malformed = |reason| ChainError::Malformed { function, reason };
                decoded.map(LensAnswer::Found).map_err(malformed)
            }
            Outcome::Reverted(data) => {
                let (function, revert) = (read.function.clone(), decode_revert(&data));
                Err(ChainError::Reverted { function, revert })
            }
            Outcome::TooMuch => Ok(LensAnswer::TooMuch),
            Outcome::Closed => Ok(LensAnswer::Closed),
        }
    }

    fn lens_call<T>(&self, way: Way, read: &Read<T>) -> Vec<Value> {
        let (to, data) = match way {
            Way::Deployed(lens) => (Some(lens), read.data.clone()),
            Way::Override => (Some(OVERRIDE_PLACE), read.data.clone()),
            Way::Creation => (None, creation_code(&read.data)),
        };
        let data = HexBytes(data);
        let request = CallRequest { from: None, to, data, value: Amount::ZERO, gas: None };
        let mut params = vec![json!(request), json!(self.block_ref())];
        if way == Way::Override {
            let code = HexBytes(RUNTIME_CODE.clone());
            let place = OVERRIDE_PLACE.to_lower_hex();
            params.push(json!({ place: { "code": code } }));
        }
        params
    }
}

/// How a call of the Lens ended.
enum Outcome {
    Returned(Vec<u8>),
    /// With a reason.
    Reverted(Vec<u8>),
    TooMuch,
    Closed,
}

fn outcome(way: Way, answer: Result<Vec<u8>, NodeError>) -> Outcome {
    let (ended, error) = match (way, answer) {
        (Way::Creation, Err(error)) => {
            let ended = error.revert_data.as_deref().and_then(creation_outcome);
            (ended, Some(error))
        }
        // Creation code that returns did not run the Lens, and where there is no code nothing
        // comes back: the node ignores overrides.
        (Way::Creation, Ok(_)) => (None, None),
        (_, Ok(returned)) if returned.is_empty() => (None, None),
        (_, Ok(returned)) => (Some(Ok(returned)), None),
        (_, Err(error)) => (error.revert_data.clone().map(Err), Some(error)),
    };
    match (ended, error) {
        (Some(Ok(returned)), _) => Outcome::Returned(returned),
        (Some(Err(reason)), _) if !reason.is_empty() => Outcome::Reverted(reason),
        (_, Some(error)) if is_about_the_request(&error) => Outcome::Closed,
        (_, Some(_)) => Outcome::TooMuch,
        (None | Some(Err(_)), None) => Outcome::Closed,
    }
}

/// Whether a node refused the request as such. Calls that run out of gas inside of other calls
/// revert without a reason, and nodes have many words for running out of gas and time: so
/// whatever is not plainly about the request may be for want of those.
fn is_about_the_request(error: &NodeError) -> bool {
    const INVALID_REQUEST: i32 = -32600;
    const METHOD_NOT_FOUND: i32 = -32601;
    const INVALID_PARAMS: i32 = -32602;
    matches!(error.code, INVALID_REQUEST | METHOD_NOT_FOUND | INVALID_PARAMS)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEPLOYED: Way = Way::Deployed(Address::ZERO);
    const WAYS: [Way; 3] = [DEPLOYED, Way::Override, Way::Creation];

    fn refused(code: i32, revert_data: Option<&[u8]>) -> Result<Vec<u8>, NodeError> {
        let revert_data = revert_data.map(<[u8]>::to_vec);
        Err(NodeError { code, message: "no".into(), revert_data, http_status: 200 })
    }

    #[test]
    fn a_refused_request_closes_the_way_and_any_other_failure_asks_for_less() {
        for way in WAYS {
            for code in [-32600, -32601, -32602] {
                assert!(matches!(outcome(way, refused(code, None)), Outcome::Closed));
            }
            for data in [None, Some(&b""[..])] {
                assert!(matches!(outcome(way, refused(-32000, data)), Outcome::TooMuch));
            }
        }
    }

    #[test]
    fn a_revert_with_a_reason_is_the_answer_of_a_contract() {
        let reason = [1, 2, 3, 4];
        for way in [DEPLOYED, Way::Override] {
            let outcome = outcome(way, refused(3, Some(&reason)));
            assert!(matches!(outcome, Outcome::Reverted(data) if data == reason));
        }
        let foreign = outcome(Way::Creation, refused(3, Some(&reason)));
        assert!(matches!(foreign, Outcome::TooMuch), "not what the code reverts with");
    }

    #[test]
    fn where_nothing_comes_back_there_is_no_lens() {
        for way in [DEPLOYED, Way::Override] {
            assert!(matches!(outcome(way, Ok(Vec::new())), Outcome::Closed));
            assert!(matches!(outcome(way, Ok(vec![1])), Outcome::Returned(data) if data == [1]));
        }
        assert!(matches!(outcome(Way::Creation, Ok(vec![1])), Outcome::Closed));
    }
}
