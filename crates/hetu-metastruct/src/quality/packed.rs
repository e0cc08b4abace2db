//! A value and the time of its last change in one word, so that both change together without a
//! lock.

use std::time::Duration;

/// The unit of timestamps. A counter of 2³² ticks wraps after 17 years.
pub(super) const TICK: Duration = Duration::from_millis(125);

/// Returns the number of ticks since 1970.
#[expect(clippy::cast_possible_truncation, reason = "the cut-off ticks go round")]
pub(super) const fn ticks(time: Duration) -> u32 {
    (time.as_millis() / TICK.as_millis()) as u32
}

/// Returns the time since `then`, or zero if the clock was set back.
pub(super) fn passed(then: u32, now: Duration) -> Duration {
    let passed = ticks(now).wrapping_sub(then);
    let is_forward = passed < u32::MAX / 2;
    if is_forward { TICK.saturating_mul(passed) } else { Duration::ZERO }
}

pub(super) fn pack(value: f32, now: Duration) -> u64 {
    u64::from(value.to_bits()) << 32 | u64::from(ticks(now))
}

#[expect(clippy::cast_possible_truncation, reason = "the two halves of the word")]
pub(super) const fn unpack(word: u64) -> (f32, u32) {
    (f32::from_bits((word >> 32) as u32), word as u32)
}
