//! From a prepared call to a transaction that a node has.

use tracing::Instrument;

use super::Call;
use super::attempts::Attempt;
use super::broadcast::{Delivery, Refusal};
use super::flight::Flight;
use super::nonce_lane::Turn;
use super::preparation::{Prepared, understood};
use crate::abi::UnsignedTransaction;
use crate::client::journal::{Settlement, SignedRecord};
use crate::client::{ChainError, Hetutensor};
use crate::identity::SignerError;
use crate::rpc::{BlockRef, HexBytes};
use crate::text::ForeignError;
use crate::{Address, Clock, SystemClock};

/// How many nonces are tried when others send for the same account.
const NONCE_TRIES: usize = 16;

/// What is to be sent.
#[derive(Debug)]
pub(super) struct Order {
    pub(super) call: Call,
    pub(super) prepared: Prepared,
    /// What names the call, so that it is made once.
    pub(super) key: Option<String>,
}

impl Hetutensor {
    /// Signs and sends. Once begun it runs to its end, even if the caller stops waiting: nothing
    /// is left signed, or written down, and not sent.
    pub(super) async fn dispatch(&self, order: Order) -> Result<Flight, ChainError> {
        let hetu = self.clone();
        let function = order.call.function.clone();
        let task = async move { hetu.dispatch_in_turn(order).await };
        match tokio::spawn(task.in_current_span()).await {
            Ok(sent) => sent,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => Err(ChainError::Interrupted { function }),
            },
        }
    }

    async fn dispatch_in_turn(&self, order: Order) -> Result<Flight, ChainError> {
        let account = self.address()?;
        let turn = self.lanes().of(account).turn().await;
        self.check_genesis().await?;
        if let Some(key) = &order.key
            && let Some(flight) = self.flight_with_key(key, &order.call)?
        {
            return Ok(flight);
        }
        self.unblock(&turn).await?;
        let reservation = order.prepared.checked.reserve()?;
        let max_fee = order.prepared.max_fee();
        let counted_fee = self.count_daily_fee(max_fee).await?;
        let outcome = self.send_with_free_nonce(account, &turn, order).await;
        let may_be_under_way = matches!(&outcome, Ok(_) | Err(ChainError::Uncertain { .. }));
        if may_be_under_way {
            if let Some(reservation) = reservation {
                reservation.keep();
            }
        } else if let Some(counted_fee) = counted_fee {
            counted_fee.take_back().await;
        }
        outcome
    }

    async fn send_with_free_nonce(
        &self,
        account: Address,
        turn: &Turn,
        order: Order,
    ) -> Result<Flight, ChainError> {
        let Order { call, prepared, key } = order;
        for _ in 0..NONCE_TRIES {
            let journaled = self.journal()?.map(|journal| journal.waiting_nonces());
            let count = self.pending_count(account).await?;
            let nonce = turn.nonce(count, &journaled.unwrap_or_default());
            let transaction = self.transaction(&call, nonce, &prepared)?;
            let attempt = self.sign_transaction(transaction, false).await?;
            self.write_down(&call.function, account, &attempt, key.clone()).await?;
            let mut held = turn.hold(nonce);
            match self.deliver(account, &attempt).await? {
                Delivery::Taken => {
                    tracing::debug!(call.function, transaction = %attempt.hash, nonce, "sent");
                    return Ok(Flight {
                        function: call.function,
                        account,
                        nonce,
                        key,
                        attempts: turn.attempts(nonce, attempt),
                        was_included: false,
                        was_counted: true,
                        counted_fee: prepared.max_fee(),
                        held,
                    });
                }
                Delivery::Refused(Refusal::NonceInUse) => {
                    tracing::debug!(call.function, nonce, "the nonce is in use: taking another");
                    held.pass_over();
                }
                Delivery::Refused(refusal) => {
                    held.release();
                    return Err(self.refused(&call.function, account, &attempt, refusal).await);
                }
                Delivery::Unclear(source) => {
                    // Whatever takes the nonce next, one of the two at most is included.
                    held.release();
                    return Err(ChainError::Uncertain { transaction: attempt.hash, nonce, source });
                }
            }
        }
        Err(ChainError::NonceContention { account, attempts: NONCE_TRIES })
    }

    /// The transaction, told apart from one that another program signs with the same key for the
    /// same call and nonce: a node that has that one would say that it has this one.
    fn transaction(
        &self,
        call: &Call,
        nonce: u64,
        prepared: &Prepared,
    ) -> Result<UnsignedTransaction, ChainError> {
        let random = getrandom::u64().map_err(|error| SignerError::Unavailable {
            reason: ForeignError::new(error).in_context("the system has no randomness"),
        })?;
        let Call { to, data, value, .. } = call.clone();
        let chain_id = self.network().chain_id;
        let (gas, fees) = prepared.varied_by(random);
        Ok(UnsignedTransaction { chain_id, nonce, to, value, data, gas, fees })
    }

    /// Has the transaction in the journal, if there is one, before it is sent.
    pub(super) async fn write_down(
        &self,
        function: &str,
        account: Address,
        attempt: &Attempt,
        key: Option<String>,
    ) -> Result<(), ChainError> {
        let Some(journal) = self.journal()? else {
            return Ok(());
        };
        let record = SignedRecord {
            chain_id: attempt.transaction.chain_id,
            genesis: journal.genesis(),
            account,
            nonce: attempt.transaction.nonce,
            hash: attempt.hash,
            function: function.to_owned(),
            cancels: attempt.cancels,
            key,
            time: SystemClock.unix_seconds(),
            signed: HexBytes(attempt.bytes.clone()),
        };
        Ok(journal.signed(record).await?)
    }

    /// Gives a transaction that is written down to a node.
    pub(super) async fn deliver(
        &self,
        account: Address,
        attempt: &Attempt,
    ) -> Result<Delivery, ChainError> {
        let delivery = self.broadcast(account, attempt).await;
        if let (Delivery::Refused(_), Some(journal)) = (&delivery, self.journal()?) {
            journal.settle(vec![(attempt.hash, Settlement::Refused)]).await?;
        }
        Ok(delivery)
    }

    /// Why a node did not take the transaction, with what the caller can do about it.
    pub(super) async fn refused(
        &self,
        function: &str,
        account: Address,
        attempt: &Attempt,
        refusal: Refusal,
    ) -> ChainError {
        let UnsignedTransaction { value, gas, fees, .. } = attempt.transaction;
        let offered = fees.max_fee_per_gas();
        match refusal {
            Refusal::InsufficientFunds => {
                match self.at(BlockRef::Latest).native_balance(account).await {
                    Ok(held) => {
                        let needed = value.saturating_add(offered.saturating_mul(gas));
                        ChainError::InsufficientFunds { account, held, needed }
                    }
                    Err(error) => error,
                }
            }
            Refusal::NonceInUse => {
                ChainError::FeeTooLow { offered, needed: fees.outbid(fees).max_fee_per_gas() }
            }
            Refusal::FeeTooLow(failure) => match self.base_fee().await {
                Some(needed) if needed > offered => ChainError::FeeTooLow { offered, needed },
                _ => failure.into(),
            },
            Refusal::Other(failure) => understood(function, failure),
        }
    }
}
