//! Points in time to wait for, within a bound.

use std::time::Duration;

use tokio::time::Instant;

/// The maximum wait. A longer one is as good as unlimited, and adding it to the present could
/// overflow.
pub(crate) const LONGEST: Duration = Duration::from_secs(86_400);

/// Returns the end of `limit` from now.
pub(crate) fn until(limit: Duration) -> Instant {
    Instant::now() + limit.min(LONGEST)
}
