//! A transaction under way.

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

/// The gas of a transfer without data, which replaces a cancelled transaction.
const TRANSFER_GAS: u64 = 21_000;

/// A function that reads the result of a call from its receipt.
pub(super) type ReadReceipt<T> =
    Box<dyn Fn(TransactionReceipt) -> Result<T, ChainError> + Send + Sync>;

/// A transaction that a node has accepted.
///
/// Dropping it does not affect the chain. Its nonce stays reserved for one minute.
pub struct SentTransaction<T = TransactionReceipt> {
    sender: Sender,
    flight: Flight,
    options: SendOptions,
    read_receipt: ReadReceipt<T>,
}

/// The outcome of cancelling a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cancellation<T = TransactionReceipt> {
    /// The transaction cannot be included any more: the transaction with this hash used its nonce,
    /// and had no effect except its gas cost.
    Cancelled {
        /// The transaction that used the nonce.
        by: TxHash,
    },
    /// A block already included the transaction.
    TooLate(T),
}

/// The outcome of offering a replacement of a transaction.
#[derive(Clone, Copy, Debug)]
enum ReplacementOutcome {
    /// A node has the replacement, or may have it.
    UnderWay,
    /// A block includes the transaction that was to be replaced.
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

    /// Returns the hash of the transaction, or of its newest replacement.
    pub fn hash(&self) -> TxHash {
        self.flight.attempts.newest_hash()
    }

    /// Returns the nonce of the transaction, which its replacements share.
    pub const fn nonce(&self) -> u64 {
        self.flight.nonce
    }

    /// Waits until the transaction has the confirmations of its call, within the deadline of its
    /// call. A node that loses the transaction receives the same bytes again.
    ///
    /// # Errors
    /// [`ChainError::Reverted`] if a block includes it and the contract reverted it.
    /// [`ChainError::Unconfirmed`] after the deadline: call this function again to continue
    /// waiting, or call [`bump_fees`](Self::bump_fees) first. [`ChainError::Replaced`] if another
    /// transaction of the account used the nonce, and [`ChainError::Cancelled`] if that was the
    /// cancellation.
    ///
    /// # Cancel safety
    /// This function is cancel safe: it can be called again.
    pub async fn confirmed(&mut self) -> Result<T, ChainError> {
        let included = self.flight.wait_until_included(&self.sender, &self.options).await?;
        if included.signed.cancels {
            let transaction = self.flight.attempts.original_hash();
            return Err(ChainError::Cancelled { transaction, by: included.signed.hash });
        }
        let receipt = included.into_receipt(&self.sender, &self.flight.function).await?;
        (self.read_receipt)(receipt)
    }

    /// Replaces the transaction by the same one with an eighth more for gas, or with the current
    /// price if that is more. Only one of the two can be included. Has no effect if a block already
    /// includes the transaction.
    ///
    /// # Errors
    /// [`ChainError::Policy`] and [`ChainError::InsufficientFunds`] if the new fee is too high,
    /// [`ChainError::FeeTooLow`] if the nodes ask for more, and the errors of reads.
    pub async fn bump_fees(&mut self) -> Result<(), ChainError> {
        let Some(newest) = self.flight.attempts.newest() else {
            return Ok(());
        };
        self.replace(newest.transaction, newest.cancels).await
    }

    /// Replaces the transaction by an empty transfer from the wallet to itself, and waits until one
    /// of the two is confirmed.
    ///
    /// # Errors
    /// The errors of [`bump_fees`](Self::bump_fees) and [`confirmed`](Self::confirmed). After an
    /// error the transaction may or may not be cancelled; read its
    /// [status](crate::client::Transactions::status).
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

    /// Sends `transaction` with a higher fee, as the replacement of the newest attempt.
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
        // At most one of the two is included, so only the difference is counted.
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

    /// Signs `transaction` and submits it to a node.
    async fn send_replacement(
        &self,
        transaction: UnsignedTransaction,
        cancels: bool,
    ) -> Result<ReplacementOutcome, ChainError> {
        let (sender, flight) = (&self.sender, &self.flight);
        let key = flight.key.clone().filter(|_| !cancels);
        let signed = sender.sign(&flight.function, transaction, cancels, key).await?;
        // Add the attempt before it is sent, so that it is not missed if this future is dropped.
        flight.attempts.add(signed.clone());
        match sender.deliver(&signed).await? {
            // An attempt with an unclear reply is watched as well, and submitted again if no node
            // has it.
            Delivery::Taken | Delivery::Unclear(_) => Ok(ReplacementOutcome::UnderWay),
            Delivery::Refused(refusal) => {
                flight.attempts.remove(signed.hash);
                self.not_replaced(&signed, refusal).await.map(|()| ReplacementOutcome::NotNeeded)
            }
        }
    }

    /// Checks a replacement against the policy like any other transaction, and counts its spending
    /// unless the original was counted.
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
