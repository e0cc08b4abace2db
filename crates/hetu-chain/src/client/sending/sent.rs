//! A transaction on its way.

use std::fmt;

use super::delivery::{Delivery, DeliveryRefusal};
use super::flight::Flight;
use super::node_view::has_passed;
use super::options::SendOptions;
use super::pricing::{Market, Pricing};
use super::sender::Sender;
use super::signed::SignedTransaction;
use crate::abi::UnsignedTransaction;
use crate::client::encoded_call::EncodedCall;
use crate::client::error::ChainError;
use crate::client::policy::Reservation;
use crate::model::TransactionReceipt;
use crate::{Amount, TxHash};

/// The gas of a transfer without data, which is what takes the place of a cancelled transaction.
const TRANSFER_GAS: u64 = 21_000;

/// Reads the result of a call from its receipt.
pub(super) type ReadReceipt<T> =
    Box<dyn Fn(TransactionReceipt) -> Result<T, ChainError> + Send + Sync>;

/// A transaction that a node has taken.
///
/// Dropping it changes nothing on the chain; its nonce is kept free of others for a minute.
pub struct SentTransaction<T = TransactionReceipt> {
    sender: Sender,
    flight: Flight,
    options: SendOptions,
    read_receipt: ReadReceipt<T>,
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
enum ReplacementOutcome {
    /// A node has it, or may have it.
    UnderWay,
    /// A block includes what it was to replace.
    NotNeeded,
}

impl SentTransaction {
    /// Returns the account's transaction with this hash, and its replacements.
    pub(in crate::client) async fn find(
        sender: Sender,
        options: &SendOptions,
        transaction: TxHash,
    ) -> Result<Self, ChainError> {
        let flight = sender.flight(transaction).await?;
        Ok(Self::new(sender, flight, options.clone(), Box::new(Ok)))
    }
}

impl<T> SentTransaction<T> {
    pub(super) const fn new(
        sender: Sender,
        flight: Flight,
        options: SendOptions,
        read_receipt: ReadReceipt<T>,
    ) -> Self {
        Self { sender, flight, options, read_receipt }
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
        let included = self.flight.wait_until_included(&self.sender, &self.options).await?;
        if included.signed.cancels {
            let transaction = self.flight.attempts.original_hash();
            return Err(ChainError::Cancelled { transaction, by: included.signed.hash });
        }
        let receipt = included.into_receipt(&self.sender, &self.flight.function).await?;
        (self.read_receipt)(receipt)
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
                to: Some(self.sender.account),
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
        let sender = &self.sender;
        sender.check_genesis().await?;
        let reservation = self.allowed(&transaction, cancels).await?;
        let options = SendOptions {
            max_fee: self.options.max_fee,
            max_priority_fee_per_gas: self.options.max_priority_fee_per_gas,
            ..SendOptions::default()
        };
        let (reader, policy) = (&sender.reader, sender.policy.as_deref());
        let pricing = Pricing { reader, policy, options: &options };
        let asked = pricing.fees(Market::read(reader).await?, transaction.gas).await?;
        let fees = transaction.fees.outbid(asked);
        pricing.check(fees, transaction.gas)?;
        let max_fee = fees.max_fee_per_gas().saturating_mul(transaction.gas);
        // One of the two at most is included, so only the difference is new.
        let difference = max_fee.saturating_sub(self.flight.counted_fee);
        let counted_fee = sender.count_daily_fee(difference).await?;
        let outcome =
            self.send_replacement(UnsignedTransaction { fees, ..transaction }, cancels).await;
        match (outcome, counted_fee) {
            (Ok(ReplacementOutcome::UnderWay), _) => {
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
    ) -> Result<ReplacementOutcome, ChainError> {
        let (sender, flight) = (&self.sender, &self.flight);
        let key = flight.key.clone().filter(|_| !cancels);
        let signed = sender.sign(&flight.function, transaction, cancels, key).await?;
        // Watched from before it is sent, so that it is not missed if this future is dropped.
        flight.attempts.add(signed.clone());
        match sender.deliver(&signed).await? {
            // What cannot be told is watched as well, and given again if no node has it.
            Delivery::Taken | Delivery::Unclear(_) => Ok(ReplacementOutcome::UnderWay),
            Delivery::Refused(refusal) => {
                flight.attempts.remove(signed.hash);
                self.not_replaced(&signed, refusal).await.map(|()| ReplacementOutcome::NotNeeded)
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
        let call = EncodedCall { function: self.flight.function.clone(), to, data, value };
        let checked = self.sender.check_policy(&call).await?;
        if self.flight.was_counted { Ok(None) } else { checked.reserve() }
    }

    async fn not_replaced(
        &self,
        signed: &SignedTransaction,
        refusal: DeliveryRefusal,
    ) -> Result<(), ChainError> {
        let (sender, flight) = (&self.sender, &self.flight);
        let is_over = matches!(refusal, DeliveryRefusal::NonceInUse)
            && has_passed(&sender.reader, sender.account, flight.nonce).await;
        if is_over {
            return Ok(());
        }
        Err(refusal.into_error(sender, &flight.function, signed).await)
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
