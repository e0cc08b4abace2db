//! The total spending within a moving period.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use crate::{Address, Amount};

/// The number of parts of a period. An amount counts until its whole part has passed.
const PARTS: u32 = 256;

/// The recent spending, and the grants that contracts have not used.
#[derive(Debug, Default)]
pub(super) struct Total {
    spent: VecDeque<(u128, Amount)>,
    /// The unused grants. A grant is counted when it is made, and not again when the tokens are
    /// taken.
    granted: HashMap<(Address, Address), Amount>,
}

/// The amount that a transaction adds to the total.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Charge {
    pub(super) amount: Amount,
    /// The grant that it makes or uses, as token and spender.
    pub(super) grant: Option<((Address, Address), Grant)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grant {
    Made,
    Used,
}

/// A charge that can be reversed.
#[derive(Clone, Debug)]
pub(super) struct Charged {
    part: u128,
    amount: Amount,
    grant: Option<((Address, Address), Amount)>,
}

impl Total {
    /// Returns the spending within `period` before `now`.
    pub(super) fn spent(&mut self, period: Duration, now: Duration) -> Amount {
        let oldest = part(period, now).saturating_sub(u128::from(PARTS));
        while self.spent.front().is_some_and(|(part, _)| *part < oldest) {
            self.spent.pop_front();
        }
        self.spent.iter().map(|(_, amount)| *amount).sum()
    }

    /// Returns the amount that the charge adds, without the amount counted when it was granted.
    pub(super) fn addition(&self, charge: &Charge) -> Amount {
        let granted = charge.grant.and_then(|(grant, _)| self.granted.get(&grant).copied());
        charge.amount.saturating_sub(granted.unwrap_or_default())
    }

    pub(super) fn add(&mut self, charge: &Charge, period: Duration, now: Duration) -> Charged {
        let amount = self.addition(charge);
        let part = part(period, now);
        match self.spent.back_mut() {
            Some((last, sum)) if *last == part => *sum = sum.saturating_add(amount),
            _ => self.spent.push_back((part, amount)),
        }
        let grant = charge.grant.map(|(grant, kind)| {
            let before = self.granted.get(&grant).copied().unwrap_or_default();
            let after = match kind {
                Grant::Made => before.max(charge.amount),
                Grant::Used => before.saturating_sub(charge.amount),
            };
            self.set_grant(grant, after);
            (grant, before)
        });
        Charged { part, amount, grant }
    }

    /// Reverses the charge of a transaction that was not sent.
    pub(super) fn take_back(&mut self, charged: Charged) {
        let same_part = self.spent.iter_mut().find(|(part, _)| *part == charged.part);
        if let Some((_, sum)) = same_part {
            *sum = sum.saturating_sub(charged.amount);
        }
        if let Some((grant, before)) = charged.grant {
            // Another transaction may have changed the grant meanwhile. The smaller grant is the
            // safe choice, because it counts more spending.
            let now = self.granted.get(&grant).copied().unwrap_or_default();
            self.set_grant(grant, now.min(before));
        }
    }

    fn set_grant(&mut self, grant: (Address, Address), amount: Amount) {
        if amount.is_zero() {
            self.granted.remove(&grant);
        } else {
            self.granted.insert(grant, amount);
        }
    }
}

fn part(period: Duration, now: Duration) -> u128 {
    now.as_nanos() / (period.as_nanos() / u128::from(PARTS)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(86_400);
    const GRANT: (Address, Address) = (Address::new([1; 20]), Address::new([2; 20]));

    fn hetu(hetu: u64) -> Amount {
        Amount::from_hetu(hetu)
    }

    fn plain(amount: u64) -> Charge {
        Charge { amount: hetu(amount), grant: None }
    }

    #[test]
    fn what_was_spent_counts_for_a_whole_period_and_not_much_longer() {
        let mut total = Total::default();
        let start = DAY * 20_000;
        total.add(&plain(5), DAY, start);
        total.add(&plain(2), DAY, start + DAY / 2);
        assert_eq!(total.spent(DAY, start + DAY), hetu(7));
        assert_eq!(total.spent(DAY, start + DAY + DAY / 100), hetu(2));
        assert_eq!(total.spent(DAY, start + DAY * 2), Amount::ZERO);
    }

    #[test]
    fn a_grant_counts_once_whether_it_is_used_or_renewed() {
        let mut total = Total::default();
        let charge = |amount, kind| Charge { amount: hetu(amount), grant: Some((GRANT, kind)) };
        total.add(&charge(10, Grant::Made), DAY, DAY);
        total.add(&charge(10, Grant::Made), DAY, DAY);
        total.add(&charge(4, Grant::Used), DAY, DAY);
        assert_eq!(total.spent(DAY, DAY), hetu(10));
        total.add(&charge(9, Grant::Used), DAY, DAY);
        assert_eq!(total.spent(DAY, DAY), hetu(13), "three more than was granted");
        total.add(&charge(1, Grant::Made), DAY, DAY);
        assert_eq!(total.spent(DAY, DAY), hetu(14));
    }

    #[test]
    fn what_was_not_sent_does_not_count() {
        let mut total = Total::default();
        let kept = Charge { amount: hetu(3), grant: Some((GRANT, Grant::Made)) };
        total.add(&plain(1), DAY, DAY);
        let charged = total.add(&kept, DAY, DAY);
        total.take_back(charged);
        assert_eq!(total.spent(DAY, DAY), hetu(1));
        assert_eq!(total.addition(&kept), hetu(3));
    }
}
