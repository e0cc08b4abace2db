//! Moments that are waited for, none of them for ever.

use std::time::Duration;

use tokio::time::Instant;

/// The longest that anything is waited for: more than that is not to be told from for ever, and
/// what is added to the present must not overflow.
pub(crate) const LONGEST: Duration = Duration::from_secs(86_400);

/// When `limit` is over that begins now.
pub(crate) fn until(limit: Duration) -> Instant {
    Instant::now() + limit.min(LONGEST)
}
