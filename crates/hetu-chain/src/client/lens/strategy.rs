//! Strategies of calling a Lens.

use serde_json::{Value, json};

use crate::abi::lens::{RUNTIME_CODE, creation_code, creation_outcome, max_page};
use crate::abi::{Read, decode_revert};
use crate::client::error::ChainError;
use crate::client::lens_memory::LensStrategy;
use crate::client::reader::Reader;
use crate::rpc::{CallRequest, HexBytes, NodeError, RpcFailure};
use crate::{Address, Amount};

/// The address at which a state override puts the code of the Lens. Its key is unknown.
const OVERRIDE_PLACE: Address = Address::new(*b"the lens of hetu sdk");

/// The result of calling the Lens.
#[derive(Clone, Debug)]
pub(super) enum LensAnswer<T> {
    /// The requested data.
    Found(T),
    /// No data: the call did not finish within its gas or time.
    TooMuch,
    /// No data: the node does not support this strategy.
    Closed,
}

/// Returns a strategy with which the nodes of this connection run a Lens, or `None`.
pub(super) async fn strategy(reader: &Reader) -> Result<Option<LensStrategy>, ChainError> {
    if let Some(known) = reader.lens_memory().strategy() {
        return Ok(known);
    }
    let strategy = find_strategy(reader).await?;
    tracing::debug!(?strategy, "tried how to read much at once");
    reader.lens_memory().remember(strategy);
    Ok(strategy)
}

async fn find_strategy(reader: &Reader) -> Result<Option<LensStrategy>, ChainError> {
    let deployed = reader.network().contracts.lens.map(LensStrategy::Deployed);
    let others = [LensStrategy::Override, LensStrategy::Creation];
    for strategy in deployed.into_iter().chain(others) {
        // A contract that is not a Lens returns an invalid answer. An unreachable node is
        // unreachable with every strategy.
        match call_lens(reader, strategy, &max_page()).await {
            Ok(LensAnswer::Found(records)) if records > 0 => return Ok(Some(strategy)),
            Ok(_) | Err(ChainError::Malformed { .. } | ChainError::Reverted { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// Calls the Lens.
///
/// # Errors
/// [`ChainError::Reverted`] with the reason of a contract, [`ChainError::Malformed`] if the answer
/// is invalid, [`ChainError::Rpc`] if the node is unreachable.
pub(super) async fn call_lens<T>(
    reader: &Reader,
    strategy: LensStrategy,
    read: &Read<T>,
) -> Result<LensAnswer<T>, ChainError> {
    let params = parameters(reader, strategy, read);
    let returned = match reader.transport().read("eth_call", params).await {
        Ok(HexBytes(returned)) => Ok(returned),
        Err(RpcFailure::Answered { error, .. }) => Err(error),
        Err(failure) => return Err(failure.into()),
    };
    match outcome(strategy, returned) {
        LensOutcome::Returned(returned) => {
            let (function, decoded) = (read.function.clone(), read.decode(&returned));
            let malformed = |reason| ChainError::Malformed { function, reason };
            decoded.map(LensAnswer::Found).map_err(malformed)
        }
        LensOutcome::Reverted(data) => {
            let (function, revert) = (read.function.clone(), decode_revert(&data));
            Err(ChainError::Reverted { function, revert })
        }
        LensOutcome::TooMuch => Ok(LensAnswer::TooMuch),
        LensOutcome::Closed => Ok(LensAnswer::Closed),
    }
}

fn parameters<T>(reader: &Reader, strategy: LensStrategy, read: &Read<T>) -> Vec<Value> {
    let (to, data) = match strategy {
        LensStrategy::Deployed(lens) => (Some(lens), read.data.clone()),
        LensStrategy::Override => (Some(OVERRIDE_PLACE), read.data.clone()),
        LensStrategy::Creation => (None, creation_code(&read.data)),
    };
    let data = HexBytes(data);
    let request = CallRequest { from: None, to, data, value: Amount::ZERO, gas: None };
    let mut params = vec![json!(request), json!(reader.block_ref())];
    if strategy == LensStrategy::Override {
        let code = HexBytes(RUNTIME_CODE.clone());
        let place = OVERRIDE_PLACE.to_lower_hex();
        params.push(json!({ place: { "code": code } }));
    }
    params
}

/// The outcome of a call of the Lens.
enum LensOutcome {
    Returned(Vec<u8>),
    /// A revert with a reason.
    Reverted(Vec<u8>),
    TooMuch,
    Closed,
}

fn outcome(strategy: LensStrategy, answer: Result<Vec<u8>, NodeError>) -> LensOutcome {
    let (ended, error) = match (strategy, answer) {
        (LensStrategy::Creation, Err(error)) => {
            let ended = error.revert_data.as_deref().and_then(creation_outcome);
            (ended, Some(error))
        }
        // Creation code that returns did not run the Lens. An empty result means that there is no
        // code, because the node ignores overrides.
        (LensStrategy::Creation, Ok(_)) => (None, None),
        (_, Ok(returned)) if returned.is_empty() => (None, None),
        (_, Ok(returned)) => (Some(Ok(returned)), None),
        (_, Err(error)) => (error.revert_data.clone().map(Err), Some(error)),
    };
    match (ended, error) {
        (Some(Ok(returned)), _) => LensOutcome::Returned(returned),
        (Some(Err(reason)), _) if !reason.is_empty() => LensOutcome::Reverted(reason),
        (_, Some(error)) if is_about_the_request(&error) => LensOutcome::Closed,
        (_, Some(_)) => LensOutcome::TooMuch,
        (None | Some(Err(_)), None) => LensOutcome::Closed,
    }
}

/// Returns `true` if a node refused the request itself. Calls that run out of gas inside of other
/// calls revert without a reason, and nodes use many different messages if gas or time run out.
/// Every other error is therefore treated as a lack of gas or time.
fn is_about_the_request(error: &NodeError) -> bool {
    const INVALID_REQUEST: i32 = -32600;
    const METHOD_NOT_FOUND: i32 = -32601;
    const INVALID_PARAMS: i32 = -32602;
    matches!(error.code, INVALID_REQUEST | METHOD_NOT_FOUND | INVALID_PARAMS)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEPLOYED: LensStrategy = LensStrategy::Deployed(Address::ZERO);
    const STRATEGIES: [LensStrategy; 3] =
        [DEPLOYED, LensStrategy::Override, LensStrategy::Creation];

    fn refused(code: i32, revert_data: Option<&[u8]>) -> Result<Vec<u8>, NodeError> {
        let revert_data = revert_data.map(<[u8]>::to_vec);
        Err(NodeError { code, message: "no".into(), revert_data, http_status: 200 })
    }

    #[test]
    fn a_refused_request_closes_the_way_and_any_other_failure_asks_for_less() {
        for strategy in STRATEGIES {
            for code in [-32600, -32601, -32602] {
                assert!(matches!(outcome(strategy, refused(code, None)), LensOutcome::Closed));
            }
            for data in [None, Some(&b""[..])] {
                assert!(matches!(outcome(strategy, refused(-32000, data)), LensOutcome::TooMuch));
            }
        }
    }

    #[test]
    fn a_revert_with_a_reason_is_the_answer_of_a_contract() {
        let reason = [1, 2, 3, 4];
        for strategy in [DEPLOYED, LensStrategy::Override] {
            let outcome = outcome(strategy, refused(3, Some(&reason)));
            assert!(matches!(outcome, LensOutcome::Reverted(data) if data == reason));
        }
        let foreign = outcome(LensStrategy::Creation, refused(3, Some(&reason)));
        assert!(matches!(foreign, LensOutcome::TooMuch), "not what the code reverts with");
    }

    #[test]
    fn where_nothing_comes_back_there_is_no_lens() {
        for strategy in [DEPLOYED, LensStrategy::Override] {
            assert!(matches!(outcome(strategy, Ok(Vec::new())), LensOutcome::Closed));
            assert!(
                matches!(outcome(strategy, Ok(vec![1])), LensOutcome::Returned(data) if data == [1])
            );
        }
        assert!(matches!(outcome(LensStrategy::Creation, Ok(vec![1])), LensOutcome::Closed));
    }
}
