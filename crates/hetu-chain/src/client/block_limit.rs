//! Registrations while others fill the blocks: a block takes few.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::dendrons::{BLOCK_LIMIT_ERROR, Dendrons};
use super::error::ChainError;

/// Number of attempts to register while others fill the blocks.
const BLOCKS_TRIED: u32 = 20;
/// Longest wait for the next block.
const NEXT_BLOCK_LIMIT: Duration = Duration::from_secs(30);
const BLOCK_PAUSE: Duration = Duration::from_millis(200);

/// A registration, or the trial of one, that is repeated while blocks take no more registrations:
/// [`Dendrons::retry_while_blocks_are_full`].
pub trait RegistrationAttempt {
    /// The result of a registration.
    type Output;
    /// The error of a registration.
    type Error: From<ChainError>;

    /// Registers once.
    fn register(&mut self) -> impl Future<Output = Result<Self::Output, Self::Error>>;

    /// Returns `true` if the block has as many registrations as it takes, as
    /// [`ChainError::is_registration_limit`] tells.
    fn is_refused_by_block(error: &Self::Error) -> bool;

    /// Notes that the next block is waited for.
    fn note_waiting(&mut self) {}
}

impl Dendrons<'_> {
    /// Registers, in a later block while others fill them: 20 blocks at most, each of which has 30
    /// seconds to come.
    ///
    /// # Errors
    /// Those of the attempt.
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

    /// Waits for a block after the newest one. Returns `false` if none came in time.
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
    /// Returns `true` if a registration was refused because the block has as many as it takes. The
    /// next block may take it.
    pub fn is_registration_limit(&self) -> bool {
        self.is_revert(BLOCK_LIMIT_ERROR)
    }
}
