//! Retries of registrations while blocks are full, because a block accepts few registrations.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::dendrons::{BLOCK_LIMIT_ERROR, Dendrons};
use super::error::ChainError;

/// The maximum number of attempts to register while blocks are full.
const BLOCKS_TRIED: u32 = 20;
/// The longest wait for the next block.
const NEXT_BLOCK_LIMIT: Duration = Duration::from_secs(30);
const BLOCK_PAUSE: Duration = Duration::from_millis(200);

/// A registration, or the simulation of one, that is retried while blocks accept no more
/// registrations: [`Dendrons::retry_while_blocks_are_full`].
pub trait RegistrationAttempt {
    /// The result of a registration.
    type Output;
    /// The error of a registration.
    type Error: From<ChainError>;

    /// Makes one attempt to register.
    fn register(&mut self) -> impl Future<Output = Result<Self::Output, Self::Error>>;

    /// Returns `true` if the block accepts no more registrations, as reported by
    /// [`ChainError::is_registration_limit`].
    fn is_refused_by_block(error: &Self::Error) -> bool;

    /// Notes that the attempt waits for the next block.
    fn note_waiting(&mut self) {}
}

impl Dendrons<'_> {
    /// Registers, and retries in later blocks while they are full: at most 20 blocks, with a wait
    /// of at most 30 seconds for each.
    ///
    /// # Errors
    /// The errors of the attempt.
    pub async fn retry_while_blocks_are_full<A: RegistrationAttempt>(
        self,
        mut attempt: A,
    ) -> Result<A::Output, A::Error> {
        for _ in 1..BLOCKS_TRIED {
            match attempt.register().await {
                Err(error) if A::is_refused_by_block(&error) => {
                    attempt.note_waiting();
                    if !self.next_block().await? {
                        return Err(error);
                    }
                }
                outcome => return outcome,
            }
        }
        attempt.register().await
    }

    /// Waits for a block after the latest one. Returns `false` if there is none in time.
    async fn next_block(self) -> Result<bool, ChainError> {
        let until = Instant::now() + NEXT_BLOCK_LIMIT;
        let newest = self.reader.block().await?.id.number;
        while self.reader.block().await?.id.number <= newest {
            if Instant::now() >= until {
                return Ok(false);
            }
            sleep(BLOCK_PAUSE).await;
        }
        Ok(true)
    }
}

impl ChainError {
    /// Returns `true` if a registration was refused because the block accepts no more
    /// registrations. The next block may accept it.
    pub fn is_registration_limit(&self) -> bool {
        self.is_revert(BLOCK_LIMIT_ERROR)
    }
}
