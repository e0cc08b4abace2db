//! A transaction on its way.

use std::fmt;

use super::attempts::Attempt;
use super::broadcast::{Delivery, Refusal};
use super::contract_call::Outcome;
use super::flight::Flight;
use super::{Call, SendOptions};
use crate::abi::UnsignedTransaction;
use crate::client::policy::Reservation;
use crate::client::{ChainError, Hetutensor};
use crate::model::TransactionReceipt;
use crate::{Amount, TxHash};

/// The gas of a transfer without data, which is what takes the place of a cancelled transaction.
const TRANSFER_GAS: u64 = 21_000;

/// A transaction that a node has taken.
///
/// Dropping it changes nothing on the chain; its nonce is kept free of others for a minute.
pub struct SentTransaction<T = TransactionReceipt> {
    hetu: Hetutensor,
    flight: Flight,
    options: SendOptions,
    outcome: Outcome<T>,
}

/// What came of cancelling a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cancellation<T = TransactionReceipt> {
    /// It never will be included: the transaction with this hash took its nonce, and did nothing
    /// but pay for gas.
    Cancelled {
        /// The transaction that took its nonce.
        by: TxHash,
    },
    /// A block had included it before.
    TooLate(T),
}

/// The outcome of offering a replacement of a transaction.
#[derive(Clone, Copy, Debug)]
enum Replacement {
    /// A node has it, or may have it.
    UnderWay,
    /// A block includes what it was to replace.
    NotNeeded,
}

impl<T> SentTransaction<T> {
    pub(super) const fn new(
        hetu: Hetutensor,
        flight: Flight,
        options: SendOptions,
        outcome: Outcome<T>,
    ) -> Self {
        Self { hetu, flight, options, outcome }
    }

    /// The transaction's hash: that of the newest replacement, if there are any.
    pub fn hash(&self) -> TxHash {
        self.flight.attempts.newest_hash()
    }

    /// The transaction's nonce, which its replacements share.
    pub const fn nonce(&self) -> u64 {
        self.flight.nonce
    }

    /// Waits until the transaction counts, by the confirmations and within the deadline of its
    /// call. A node that loses it is given the same bytes again.
    ///
    /// # Errors
    /// [`ChainError::Reverted`] if a block includes it and the contract refused after all.
    /// [`ChainError::Unconfirmed`] after the deadline: call it again to go on waiting, or
    /// [`bump_fees`](Self::bump_fees) before. [`ChainError::Replaced`] if another transaction of
    /// the account got the nonce, and [`ChainError::Cancelled`] if that was to cancel it.
    ///
    /// Cancel safe: it can be called again.
    pub async fn confirmed(&mut self) -> Result<T, ChainError> {
        let inclusion = self.hetu.watch(&mut self.flight, &self.options).await?;
        if inclusion.attempt.cancels {
            let transaction = self.flight.attempts.original_hash();
            return Err(ChainError::Cancelled { transaction, by: inclusion.attempt.hash });
        }
        let receipt = self.hetu.check_success(&self.flight, inclusion).await?;
        (self.outcome)(receipt)
    }

    /// Offers an eighth more for gas, or what is asked for now if that is more, in the same
    /// transaction otherwise. Only one of the two can be included. Does nothing if a block
    /// includes it already.
    ///
    /// # Errors
    /// [`ChainError::Policy`] and [`ChainError::InsufficientFunds`] if that is too much,
    /// [`ChainError::FeeTooLow`] if the nodes ask for more, and those of reads.
    pub async fn bump_fees(&mut self) -> Result<(), ChainError> {
        let Some(newest) = self.flight.attempts.newest() else {
            return Ok(());
        };
        self.replace(newest.transaction, newest.cancels).await
    }

    /// Sends nothing to the wallet itself in the place of the transaction, and waits until one of
    /// the two counts.
    ///
    /// # Errors
    /// Those of [`bump_fees`](Self::bump_fees) and of [`confirmed`](Self::confirmed). After an
    /// error the transaction may or may not be cancelled; its
    /// [status](crate::client::Transactions::status) tells.
    pub async fn cancel(mut self) -> Result<Cancellation<T>, ChainError> {
        if let Some(newest) = self.flight.attempts.newest() {
            let nothing = UnsignedTransaction {
                to: Some(self.flight.account),
                value: Amount::ZERO,
                data: Vec::new(),
                gas: TRANSFER_GAS,
                ..newest.transaction
            };
            self.replace(nothing, true).await?;
        }
        match self.confirmed().await {
            Ok(outcome) => Ok(Cancellation::TooLate(outcome)),
            Err(ChainError::Cancelled { by, .. }) => Ok(Cancellation::Cancelled { by }),
            Err(error) => Err(error),
        }
    }

    /// Sends `transaction`, for a higher fee, in the place of the newest attempt.
    async fn replace(
        &mut self,
        transaction: UnsignedTransaction,
        cancels: bool,
    ) -> Result<(), ChainError> {
        let hetu = &self.hetu;
        hetu.check_genesis().await?;
        let reservation = self.allowed(&transaction, cancels).await?;
        let options = SendOptions {
            max_fee: self.options.max_fee,
            max_priority_fee_per_gas: self.options.max_priority_fee_per_gas,
            ..SendOptions::default()
        };
        let asked = hetu.fees(hetu.market().await?, &options, transaction.gas).await?;
        let fees = transaction.fees.outbid(asked);
        hetu.fee_ceiling(&options, transaction.gas).check(fees)?;
        let max_fee = fees.max_fee_per_gas().saturating_mul(transaction.gas);
        // One of the two at most is included, so only the difference is new.
        let difference = max_fee.saturating_sub(self.flight.counted_fee);
        let counted_fee = hetu.count_daily_fee(difference).await?;
        let outcome =
            self.send_replacement(UnsignedTransaction { fees, ..transaction }, cancels).await;
        match (outcome, counted_fee) {
            (Ok(Replacement::UnderWay), _) => {
                if let Some(reservation) = reservation {
                    reservation.keep();
                    self.flight.was_counted = true;
                }
                self.flight.counted_fee = self.flight.counted_fee.max(max_fee);
                Ok(())
            }
            (outcome, counted_fee) => {
                if let Some(counted_fee) = counted_fee {
                    counted_fee.take_back().await;
                }
                outcome.map(drop)
            }
        }
    }

    /// Signs `transaction` and gives it to a node.
    async fn send_replacement(
        &self,
        transaction: UnsignedTransaction,
        cancels: bool,
    ) -> Result<Replacement, ChainError> {
        let (hetu, flight) = (&self.hetu, &self.flight);
        let attempt = hetu.sign_transaction(transaction, cancels).await?;
        let key = flight.key.clone().filter(|_| !cancels);
        hetu.write_down(&flight.function, flight.account, &attempt, key).await?;
        // Watched from before it is sent, so that it is not missed if this future is dropped.
        flight.attempts.add(attempt.clone());
        match hetu.deliver(flight.account, &attempt).await? {
            // What cannot be told is watched as well, and given again if no node has it.
            Delivery::Taken | Delivery::Unclear(_) => Ok(Replacement::UnderWay),
            Delivery::Refused(refusal) => {
                flight.attempts.remove(attempt.hash);
                self.not_replaced(&attempt, refusal).await.map(|()| Replacement::NotNeeded)
            }
        }
    }

    /// Checks what is signed in the place of another like everything else that is signed, and
    /// counts what it spends unless that was counted before.
    async fn allowed(
        &self,
        transaction: &UnsignedTransaction,
        cancels: bool,
    ) -> Result<Option<Reservation>, ChainError> {
        if cancels {
            return Ok(None);
        }
        let UnsignedTransaction { to, value, data, .. } = transaction.clone();
        let call = Call { function: self.flight.function.clone(), to, data, value };
        let checked = self.hetu.check_policy(&call, self.flight.account).await?;
        if self.flight.was_counted { Ok(None) } else { checked.reserve() }
    }

    async fn not_replaced(&self, attempt: &Attempt, refusal: Refusal) -> Result<(), ChainError> {
        let is_over = matches!(refusal, Refusal::NonceInUse)
            && self.hetu.has_passed(self.flight.account, self.flight.nonce).await;
        if is_over {
            return Ok(());
        }
        let Flight { function, account, .. } = &self.flight;
        Err(self.hetu.refused(function, *account, attempt, refusal).await)
    }
}

impl<T> fmt::Debug for SentTransaction<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SentTransaction")
            .field("function", &self.flight.function)
            .field("nonce", &self.flight.nonce)
            .field("hash", &self.hash())
            .finish_non_exhaustive()
    }
}
