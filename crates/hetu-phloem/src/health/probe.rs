//! The probe of a miner's readiness.

use std::time::Duration;

use super::Probe;
use crate::Target;
use crate::exchange::Exchanger;

const LIMIT: Duration = Duration::from_secs(2);

/// A probe by `GET /health/ready`, which a Xylem answers with 200 as long as it serves. It includes
/// the proof of the miner's key if there is none yet.
#[derive(Debug)]
pub(crate) struct ReadyProbe(pub(crate) Exchanger);

impl Probe for ReadyProbe {
    async fn is_ready(&self, target: &Target) -> bool {
        tokio::time::timeout(LIMIT, self.0.is_ready(target)).await.unwrap_or(false)
    }
}
