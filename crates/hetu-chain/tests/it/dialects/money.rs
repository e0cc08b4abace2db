//! Refused transactions cost no fee, with any words, envelope and status of the refusal.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::future::join_all;
use hetu_chain::client::TransactionOutcome;
use hetu_chain::{Address, Amount, ChainError, Hetutensor};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{SEND, at, balance, error, error_in, friend, plain, transactions, wei};
use crate::dialect_node::{Envelope, STATUSES};
use crate::faulty_node::{Fault, FaultyNode, is_call_of};
use crate::setup::{Chain, devnet_chain};

const GWEI: u128 = 1_000_000_000;
/// The number of accounts that work through the matrix at the same time.
const WORKERS: usize = 6;

/// Refusals that remain with any other nonce.
const REFUSALS: [(i32, &str); 4] = [
    (-32_010, "InsufficientFunds, Account balance: 0, cumulative cost: 1"),
    (-32_000, "transaction underpriced"),
    (-32_602, "intrinsic gas too low"),
    (-38_013, "no words at all"),
];
/// Envelopes around errors. Other tests cover the remaining envelopes.
const WRAPPED: [Envelope; 5] =
    [Envelope::Plain, Envelope::Null, Envelope::MoreMembers, Envelope::Nested, Envelope::TextError];

/// An account that is refused, and then sends through a good node.
struct Worker {
    chain: Arc<Chain>,
    account: usize,
    folder: TempDir,
    bad: FaultyNode,
    good: FaultyNode,
}

impl Worker {
    async fn new(chain: Arc<Chain>, account: usize) -> Self {
        let (bad, good) = (plain(&chain).await, plain(&chain).await);
        Self { chain, account, folder: TempDir::new().unwrap(), bad, good }
    }

    /// Returns a client of the account at one node, with its journal.
    async fn hetu(&self, node: &FaultyNode) -> Hetutensor {
        let hetu = Hetutensor::connect(at(&self.chain, &[node])).await.unwrap();
        let hetu = hetu.with_wallet(self.chain.wallet(self.account));
        hetu.with_journal(self.folder.path()).await.unwrap()
    }

    fn address(&self) -> Address {
        self.chain.wallet(self.account).address()
    }

    /// Sends a transfer at fixed prices, which takes few reads.
    async fn pay(&self, hetu: &Hetutensor, to: Address, amount: Amount) -> Result<(), ChainError> {
        let transfer = hetu.tokens().transfer(to, amount);
        let transfer = transfer.max_fee_per_gas(wei(100 * GWEI)).max_priority_fee_per_gas(wei(1));
        transfer.gas_limit(60_000).await.map(drop)
    }

    fn refuse(&self, envelope: Envelope, status: &'static str, code: i32, message: &'static str) {
        self.bad.behave(move |request| match is_call_of(request, SEND) {
            true => error_in(request, envelope, status, error(code, message)),
            false => Fault::None,
        });
    }

    /// Returns the distinct transactions that a node received.
    fn given(node: &FaultyNode) -> BTreeSet<String> {
        node.params_of(SEND).iter().map(|params| params[0].to_string()).collect()
    }

    /// Verifies one refusal in these words, and then sends one more transaction through a good
    /// node.
    async fn case(
        &self,
        clients: &(Hetutensor, Hetutensor),
        (envelope, status, code, message): (Envelope, &'static str, i32, &'static str),
    ) {
        let name = format!("{message} in {envelope:?} of {status}");
        let (refused_at, next_at) = clients;
        self.refuse(envelope, status, code, message);
        let (to, me) = (friend(), self.address());
        let nonce = transactions(&self.chain, me).await;
        let held = balance(&self.chain, me).await;
        let given = Self::given(&self.bad).len();
        let refused = self.pay(refused_at, to, wei(5)).await.unwrap_err();
        let is_final = matches!(
            refused,
            ChainError::Rpc(_)
                | ChainError::InsufficientFunds { .. }
                | ChainError::FeeTooLow { .. }
        );
        assert!(is_final, "{name}: {refused}");
        assert_eq!(Self::given(&self.bad).len(), given + 1, "{name}");
        assert_eq!(transactions(&self.chain, me).await, nonce, "{name}");
        assert_eq!(balance(&self.chain, me).await, held, "{name}");
        let waiting = refused_at.transactions().recover().await.unwrap().transactions;
        assert!(waiting.is_empty(), "{name}: {waiting:?}");

        self.pay(next_at, to, wei(7)).await.unwrap();
        assert_eq!(transactions(&self.chain, me).await, nonce + 1, "{name}");
        assert_eq!(next_at.tokens().balance(to).await.unwrap(), wei(7), "{name}");
    }
}

/// Verifies every combination of refusal, envelope and status: each settles the transaction.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn envelope_null_result_refused_transaction_is_settled_and_never_resent() {
    let chain = Arc::new(devnet_chain().await);
    let mut cases = Vec::new();
    for (code, message) in REFUSALS {
        for envelope in WRAPPED {
            for status in STATUSES {
                cases.push((envelope, status, code, message));
            }
        }
    }
    let share = cases.len().div_ceil(WORKERS);
    let workers = cases.chunks(share).map(<[_]>::to_vec).enumerate().map(|(index, cases)| {
        let chain = Arc::clone(&chain);
        tokio::spawn(async move {
            let worker = Worker::new(chain, index + 1).await;
            let clients = (worker.hetu(&worker.bad).await, worker.hetu(&worker.good).await);
            for case in &cases {
                worker.case(&clients, *case).await;
            }
            let refused = Worker::given(&worker.bad);
            let sent = Worker::given(&worker.good);
            assert_eq!((refused.len(), sent.len()), (cases.len(), cases.len()));
            assert!(refused.is_disjoint(&sent), "no refused bytes are given to a node again");
        })
    });
    for worker in workers.collect::<Vec<_>>() {
        worker.await.unwrap();
    }
}

/// Covers nonces that are used elsewhere: each is refused once, and none of those bytes is kept.
#[tokio::test]
async fn envelope_null_result_refused_nonce_is_settled_and_never_resent() {
    let chain = Arc::new(devnet_chain().await);
    let messages = [
        "nonce too low: next nonce 5, tx nonce 3",
        "OldNonce, Current nonce: 5, nonce of rejected tx: 4",
        "replacement transaction underpriced",
    ];
    for (index, message) in messages.into_iter().enumerate() {
        for (envelope, status) in [
            (Envelope::Null, STATUSES[0]),
            (Envelope::Nested, STATUSES[4]),
            (Envelope::TextError, STATUSES[1]),
        ] {
            let worker = Worker::new(Arc::clone(&chain), index + 1).await;
            worker.refuse(envelope, status, -32_000, message);
            let nonce = transactions(&chain, worker.address()).await;
            let (bad, good) = (worker.hetu(&worker.bad).await, worker.hetu(&worker.good).await);
            let refused = worker.pay(&bad, friend(), wei(5)).await.unwrap_err();
            assert!(matches!(refused, ChainError::NonceContention { .. }), "{message}: {refused}");
            let waiting = good.transactions().recover().await.unwrap().transactions;
            assert!(waiting.is_empty(), "{message}: {waiting:?}");
            worker.pay(&good, friend(), wei(7)).await.unwrap();
            assert_eq!(transactions(&chain, worker.address()).await, nonce + 1, "{message}");
            assert!(Worker::given(&worker.bad).is_disjoint(&Worker::given(&worker.good)));
        }
    }
}

/// Covers an error that leaves the outcome open: the transaction stays pending, and the same bytes
/// are sent again.
#[tokio::test]
async fn error_in_http_status_that_leaves_outcome_open_keeps_transaction_pending() {
    let chain = Arc::new(devnet_chain().await);
    let open: [fn(&Value) -> Fault; 8] = [
        |request| error_in(request, Envelope::Null, "200 OK", error(-32_603, "internal error")),
        |request| error_in(request, Envelope::TextError, "500 Error", json!("something broke")),
        |request| error_in(request, Envelope::Plain, "502 Bad Gateway", error(-32_000, "no")),
        |request| {
            error_in(request, Envelope::Plain, "200 OK", error(-32_000, "upstream timed out"))
        },
        |_| Fault::status("502 Bad Gateway", ""),
        |_| Fault::body("<html>"),
        |_| Fault::Close { after_delivery: false },
        |request| {
            let error = error(-32_000, "nonce too low");
            let answer = json!({ "id": request["id"], "result": "0x1f", "error": error });
            Fault::body(answer.to_string())
        },
    ];
    let cases = open.into_iter().enumerate().map(|(index, fault)| {
        let chain = Arc::clone(&chain);
        async move {
            let worker = Worker::new(chain, index + 1).await;
            let to = friend();
            let bad = worker.hetu(&worker.bad).await;
            worker.bad.behave(move |request| match is_call_of(request, SEND) {
                true => fault(request),
                false => Fault::None,
            });
            let unclear = worker.pay(&bad, to, wei(5)).await.unwrap_err();
            assert!(matches!(unclear, ChainError::Uncertain { .. }), "{index}: {unclear}");
            let given = Worker::given(&worker.bad);
            assert_eq!(given.len(), 1, "{index}: the same bytes each time");

            let good = worker.hetu(&worker.good).await;
            let waiting = good.transactions().recover().await.unwrap().transactions;
            assert!(
                matches!(waiting[..], [ref one] if one.fate == TransactionOutcome::SentAgain),
                "{waiting:?}"
            );
            assert_eq!(Worker::given(&worker.good), given, "{index}");
            assert_eq!(good.tokens().balance(to).await.unwrap(), wei(5), "{index}");
            assert_eq!(transactions(&worker.chain, worker.address()).await, 1, "{index}");
        }
    });
    join_all(cases).await;
}
