//! Submission of a prepared call as a transaction.

use tracing::Instrument;

use super::delivery::{Delivery, DeliveryRefusal};
use super::flight::Flight;
use super::node_view::pending_count;
use super::nonce_lane::SendTurn;
use super::preparation::Prepared;
use super::sender::Sender;
use crate::client::error::ChainError;

/// The number of nonces to try when other programs send from the same account.
const NONCE_TRIES: usize = 16;

impl Prepared {
    /// Signs and sends the call, at most once under `key` if there is one. Once begun, this runs to
    /// its end even if the caller stops waiting, so no signed or journaled transaction stays
    /// unsent.
    pub(super) async fn send(
        self,
        sender: Sender,
        key: Option<String>,
    ) -> Result<Flight, ChainError> {
        let function = self.call.function.clone();
        let task = async move { self.send_in_turn(&sender, key).await };
        match tokio::spawn(task.in_current_span()).await {
            Ok(sent) => sent,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => Err(ChainError::Interrupted { function }),
            },
        }
    }

    async fn send_in_turn(
        self,
        sender: &Sender,
        key: Option<String>,
    ) -> Result<Flight, ChainError> {
        let turn = sender.turn().await;
        sender.check_genesis().await?;
        if let Some(key) = &key
            && let Some(flight) = sender.flight_with_key(key, &self.call)?
        {
            return Ok(flight);
        }
        sender.unblock(&turn).await?;
        let reservation = self.checked.reserve()?;
        let counted_fee = sender.count_daily_fee(self.max_fee()).await?;
        let sent = self.send_with_free_nonce(sender, &turn, key).await;
        let may_be_under_way = matches!(&sent, Ok(_) | Err(ChainError::Uncertain { .. }));
        if may_be_under_way {
            if let Some(reservation) = reservation {
                reservation.keep();
            }
        } else if let Some(counted_fee) = counted_fee {
            counted_fee.take_back().await;
        }
        sent
    }

    async fn send_with_free_nonce(
        self,
        sender: &Sender,
        turn: &SendTurn,
        key: Option<String>,
    ) -> Result<Flight, ChainError> {
        let function = self.call.function.clone();
        for _ in 0..NONCE_TRIES {
            let journaled = sender.journal.as_ref().map(|journal| journal.waiting_nonces());
            let count = pending_count(&sender.reader, sender.account).await?;
            let nonce = turn.nonce(count, &journaled.unwrap_or_default());
            let transaction = self.transaction(nonce)?;
            let signed = sender.sign(&function, transaction, false, key.clone()).await?;
            let mut held = turn.hold(nonce);
            match sender.deliver(&signed).await? {
                Delivery::Taken => {
                    tracing::debug!(function, transaction = %signed.hash, nonce, "sent");
                    return Ok(Flight {
                        function,
                        nonce,
                        key,
                        attempts: turn.attempts(nonce, signed),
                        was_included: false,
                        was_counted: true,
                        counted_fee: self.max_fee(),
                        held,
                    });
                }
                Delivery::Refused(DeliveryRefusal::NonceInUse) => {
                    tracing::debug!(function, nonce, "the nonce is in use: taking another");
                    held.pass_over();
                }
                Delivery::Refused(refusal) => {
                    held.release();
                    return Err(refusal.into_error(sender, &function, &signed).await);
                }
                Delivery::Unclear(source) => {
                    // Another transaction may take the nonce next: at most one of the two is
                    // included.
                    held.release();
                    return Err(ChainError::Uncertain { transaction: signed.hash, nonce, source });
                }
            }
        }
        Err(ChainError::NonceContention { account: sender.account, attempts: NONCE_TRIES })
    }
}
