//! Reads of the state of one block, by its hash (EIP-1898) or, on nodes that do not accept hashes,
//! by its number.
//!
//! Reads use hashes until a node refuses a hash and accepts the number instead. After a read by
//! number, the hash of the block at that number is checked: if it differs, a reorganisation
//! happened in between, and the read counts as one of an unknown block.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::exchange::{BatchOutcome, RpcExchange};
use super::{BlockRef, NodeError, Quantity, RawBlock, RpcCall, RpcError, RpcFailure};
use crate::primitives::BlockHash;

/// The index of the block among the parameters of all methods that read state.
const BLOCK_PARAMETER: usize = 1;

/// The client of one node that may accept blocks by hash.
#[derive(Debug)]
pub(super) struct PinnedExchange {
    pub(super) exchange: RpcExchange,
    by_number: AtomicBool,
    /// Set once the node has accepted a hash, so that a later refusal has another reason.
    by_hash: AtomicBool,
    /// The last block that was read by number. The number of a hash never changes.
    last: Mutex<Option<(BlockHash, u64)>>,
}

impl PinnedExchange {
    pub(super) const fn new(exchange: RpcExchange) -> Self {
        Self {
            exchange,
            by_number: AtomicBool::new(false),
            by_hash: AtomicBool::new(false),
            last: Mutex::new(None),
        }
    }

    /// Returns `true` once the node has refused a hash and accepted the number instead.
    pub(super) fn reads_by_number(&self) -> bool {
        self.by_number.load(Ordering::Relaxed)
    }

    pub(super) async fn call<T: DeserializeOwned>(
        &self,
        method: &'static str,
        params: &[Value],
        limit: Duration,
    ) -> Result<T, RpcFailure> {
        let Some(hash) = pinned_hash(params) else {
            return self.exchange.call(method, params, limit).await;
        };
        let deadline = Instant::now() + limit;
        let mut refused = None;
        if !self.reads_by_number() {
            match self.exchange.call(method, params, limit).await {
                Err(failure) if refuses_parameters(&failure) && self.may_be_hash(params) => {
                    refused = Some(failure);
                }
                answer => {
                    self.note_hash(&answer);
                    return answer;
                }
            }
        }
        let answer = self.call_by_number(method, params, hash, deadline).await;
        match (&answer, refused) {
            // The block parameter is not the reason: the node refuses both forms.
            (Err(failure), Some(first)) if refuses_parameters(failure) => Err(first),
            (Ok(_) | Err(RpcFailure::Answered { .. }), Some(_)) => {
                self.remember();
                answer
            }
            _ => answer,
        }
    }

    pub(super) async fn batch<T: DeserializeOwned>(
        &self,
        calls: &[RpcCall],
        limit: Duration,
    ) -> BatchOutcome<T> {
        // All calls of a batch that name a block by hash name the same block.
        let Some(hash) = calls.iter().find_map(|call| pinned_hash(&call.params)) else {
            return self.exchange.batch(calls, limit).await;
        };
        let deadline = Instant::now() + limit;
        let mut refused = None;
        if !self.reads_by_number() {
            let answers = self.exchange.batch(calls, limit).await?;
            let takes_hashes = self.by_hash.load(Ordering::Relaxed);
            if takes_hashes || !answers.iter().any(is_refused_parameter) {
                self.note_hash(&Ok(()));
                return Ok(answers);
            }
            refused = Some(answers);
        }
        let answers: Vec<Result<T, NodeError>> =
            self.batch_by_number(calls, hash, deadline).await?;
        if let Some(refused) = refused {
            if answers.iter().any(is_refused_parameter) {
                return Ok(refused);
            }
            self.remember();
        }
        Ok(answers)
    }

    async fn call_by_number<T: DeserializeOwned>(
        &self,
        method: &'static str,
        params: &[Value],
        hash: BlockHash,
        deadline: Instant,
    ) -> Result<T, RpcFailure> {
        let number = self.number_of(hash, deadline).await?;
        let params = by_number(params, number);
        let answer = self.exchange.call(method, &params, left(deadline)).await;
        if !matches!(answer, Err(RpcFailure::Failed(_))) {
            self.check(method, hash, number, deadline).await?;
        }
        answer
    }

    async fn batch_by_number<T: DeserializeOwned>(
        &self,
        calls: &[RpcCall],
        hash: BlockHash,
        deadline: Instant,
    ) -> BatchOutcome<T> {
        let number = self.number_of(hash, deadline).await?;
        let numbered: Vec<_> = calls
            .iter()
            .map(|call| RpcCall { method: call.method, params: by_number(&call.params, number) })
            .collect();
        let answers = self.exchange.batch(&numbered, left(deadline)).await?;
        let method = calls.first().map_or("batch", |call| call.method);
        self.check(method, hash, number, deadline).await?;
        Ok(answers)
    }

    async fn number_of(&self, hash: BlockHash, deadline: Instant) -> Result<u64, RpcFailure> {
        let known = *self.last.lock();
        if let Some((of, number)) = known
            && of == hash
        {
            return Ok(number);
        }
        let method = "eth_getBlockByHash";
        let params = [json!(hash), json!(false)];
        let block: Option<RawBlock> = self.exchange.call(method, &params, left(deadline)).await?;
        let Some(RawBlock { number: Quantity(number), .. }) = block else {
            return Err(self.unknown_block(method));
        };
        *self.last.lock() = Some((hash, number));
        Ok(number)
    }

    /// Verifies that the block at `number` still has this hash.
    async fn check(
        &self,
        method: &'static str,
        hash: BlockHash,
        number: u64,
        deadline: Instant,
    ) -> Result<(), RpcFailure> {
        let params = [json!(BlockRef::Number(number)), json!(false)];
        let now: Option<RawBlock> =
            self.exchange.call("eth_getBlockByNumber", &params, left(deadline)).await?;
        if now.is_some_and(|now| now.hash == hash) {
            return Ok(());
        }
        Err(self.unknown_block(method))
    }

    fn unknown_block(&self, method: &'static str) -> RpcFailure {
        RpcError::UnknownBlock { endpoint: self.exchange.url.clone(), method }.into()
    }

    /// Returns `true` if a refused parameter may be the hash: the node has not accepted a hash yet,
    /// and the call has no later parameter that fewer nodes accept (state overrides).
    fn may_be_hash(&self, params: &[Value]) -> bool {
        !self.by_hash.load(Ordering::Relaxed) && params.len() == BLOCK_PARAMETER + 1
    }

    fn note_hash<T>(&self, answer: &Result<T, RpcFailure>) {
        if answer.is_ok() {
            self.by_hash.store(true, Ordering::Relaxed);
        }
    }

    fn remember(&self) {
        let endpoint = &self.exchange.url;
        tracing::info!(%endpoint, "the node takes no block hashes: reading by number");
        self.by_number.store(true, Ordering::Relaxed);
    }
}

/// Returns the block hash in the parameters of a call that reads state, if it has one.
fn pinned_hash(params: &[Value]) -> Option<BlockHash> {
    params.get(BLOCK_PARAMETER)?.get("blockHash")?.as_str()?.parse().ok()
}

fn by_number(params: &[Value], number: u64) -> Vec<Value> {
    let mut params = params.to_vec();
    if pinned_hash(&params).is_some()
        && let Some(block) = params.get_mut(BLOCK_PARAMETER)
    {
        *block = json!(BlockRef::Number(number));
    }
    params
}

fn refuses_parameters(failure: &RpcFailure) -> bool {
    matches!(failure, RpcFailure::Answered { error, .. } if error.refuses_parameters())
}

fn is_refused_parameter<T>(answer: &Result<T, NodeError>) -> bool {
    matches!(answer, Err(error) if error.refuses_parameters())
}

fn left(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now())
}
