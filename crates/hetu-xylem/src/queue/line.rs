//! A queue in which urgent calls go first and no call waits forever.

use std::collections::BTreeMap;

use tokio::time::Instant;

/// The longest head start, and the longest handicap, in seconds.
const FARTHEST: f64 = 30.0;

/// The urgency of a call: the time by which it is treated as earlier or later than its arrival.
///
/// Urgency is a shift in time, so a waiting call becomes more urgent than later calls. Only a call
/// that arrives less than one minute later can overtake it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Urgency {
    /// The shift in seconds, from -30 to 30.
    head_start: f64,
}

impl Urgency {
    /// The urgency of an unsigned call, below that of all signed calls that arrive at about the
    /// same time.
    pub(crate) const LEAST: Self = Self { head_start: -FARTHEST };

    /// Returns a head start of `points` seconds, from 0 to 30. NaN counts as 0.
    pub(crate) fn of_points(points: f64) -> Self {
        Self { head_start: if points.is_nan() { 0.0 } else { points.clamp(0.0, FARTHEST) } }
    }

    fn rank(self, begin: Instant, arrived: Instant) -> i64 {
        let arrived = arrived.saturating_duration_since(begin).as_micros();
        let head_start = (self.head_start * 1e6) as i64;
        i64::try_from(arrived).unwrap_or(i64::MAX).saturating_sub(head_start)
    }
}

/// A position in the queue. The smallest goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LinePosition {
    rank: i64,
    /// The order of arrival within one rank.
    number: u64,
}

/// The waiting calls.
#[derive(Debug)]
pub(super) struct WaitingLine<T> {
    begin: Instant,
    next_number: u64,
    waiting: BTreeMap<LinePosition, T>,
}

impl<T> WaitingLine<T> {
    pub(super) fn new() -> Self {
        Self { begin: Instant::now(), next_number: 0, waiting: BTreeMap::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub(super) fn join(&mut self, urgency: Urgency, arrived: Instant, item: T) -> LinePosition {
        let position =
            LinePosition { rank: urgency.rank(self.begin, arrived), number: self.next_number };
        self.next_number += 1;
        self.waiting.insert(position, item);
        position
    }

    pub(super) fn leave(&mut self, position: LinePosition) -> Option<T> {
        self.waiting.remove(&position)
    }

    pub(super) fn first(&mut self) -> Option<T> {
        self.waiting.pop_first().map(|(_, item)| item)
    }

    pub(super) fn last(&mut self) -> Option<(LinePosition, T)> {
        self.waiting.pop_last()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    /// The arrival difference above which a call always goes after a waiting one.
    const WIDEST: Duration = Duration::from_secs(60);

    #[derive(Clone, Debug)]
    enum Step {
        Arrive { points: f64 },
        ArriveUnsigned,
        Serve,
        ServeNobody { milliseconds: u64 },
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            4 => (-100.0..100.0_f64).prop_map(|points| Step::Arrive { points }),
            1 => Just(Step::ArriveUnsigned),
            3 => Just(Step::Serve),
            4 => (0..20_000_u64).prop_map(|milliseconds| Step::ServeNobody { milliseconds }),
        ];
        proptest::collection::vec(step, 1..300)
    }

    proptest! {
        #[test]
        fn nobody_is_overtaken_by_those_who_come_a_minute_later(steps in steps()) {
            let mut line = WaitingLine::new();
            let begin = line.begin;
            let mut now = begin;
            let mut waiting: Vec<Instant> = Vec::new();
            for step in steps {
                match step {
                    Step::Arrive { points } => {
                        line.join(Urgency::of_points(points), now, now);
                        waiting.push(now);
                    }
                    Step::ArriveUnsigned => {
                        line.join(Urgency::LEAST, now, now);
                        waiting.push(now);
                    }
                    Step::Serve => {
                        let served = line.first();
                        prop_assert_eq!(served.is_none(), waiting.is_empty());
                        let Some(served) = served else { continue };
                        let position = waiting.iter().position(|at| *at == served).unwrap();
                        waiting.remove(position);
                        for overtaken in &waiting {
                            prop_assert!(served <= *overtaken + WIDEST);
                        }
                    }
                    Step::ServeNobody { milliseconds } => {
                        now += Duration::from_millis(milliseconds);
                    }
                }
            }
            prop_assert_eq!(line.len(), waiting.len());
        }

        /// Checks that an endless stream of the most urgent calls, two for each served one, does
        /// not starve the least urgent call.
        #[test]
        fn nobody_starves(served_per_second in 1..50_u32) {
            let mut line = WaitingLine::new();
            let begin = line.begin;
            line.join(Urgency::LEAST, begin, true);
            let pace = Duration::from_secs(1) / served_per_second;
            // Calls that arrive within one minute go first, and two arrive in each turn.
            let most = 2 * 60 * served_per_second + 4;
            let served = (0..=most).any(|turn| {
                for _ in 0..2 {
                    line.join(Urgency::of_points(f64::INFINITY), begin + pace * turn, false);
                }
                line.first().unwrap()
            });
            prop_assert!(served);
        }
    }

    #[test]
    fn the_urgent_go_first_and_equals_in_their_order() {
        let mut line = WaitingLine::new();
        let now = line.begin;
        for (name, points) in [("low", 0.0), ("first", 5.0), ("second", 5.0), ("none", f64::NAN)] {
            line.join(Urgency::of_points(points), now, name);
        }
        line.join(Urgency::LEAST, now, "unsigned");
        line.join(Urgency::of_points(5.0), now + Duration::from_secs(6), "late");
        assert_eq!(line.last().map(|(_, name)| name), Some("unsigned"));
        let order: Vec<_> = std::iter::from_fn(|| line.first()).collect();
        assert_eq!(order, ["first", "second", "low", "none", "late"]);
    }

    #[test]
    fn who_leaves_is_not_served() {
        let mut line = WaitingLine::new();
        let now = line.begin;
        let position = line.join(Urgency::LEAST, now, 1);
        line.join(Urgency::LEAST, now, 2);
        assert_eq!((line.leave(position), line.leave(position)), (Some(1), None));
        assert_eq!((line.first(), line.first()), (Some(2), None));
    }
}
