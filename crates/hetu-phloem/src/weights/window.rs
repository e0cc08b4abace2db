//! The window of blocks in which weights are set in an epoch.

use hetu_chain::stakework::EpochClock;
use hetu_metastruct::View;

/// The blocks of one epoch in which weights are set: its last ones, so that others have no time to
/// copy them before they count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SettingWindow {
    /// The block that ends the epoch.
    pub(super) end: u64,
    /// The first block that may include the transaction.
    pub(super) opens: u64,
    /// The last block that may include it. The epoch's last block may be computed before its
    /// transactions are.
    pub(super) closes: u64,
}

impl SettingWindow {
    /// Returns the current or next window for the block after the view's, which is the earliest
    /// that can include weights.
    ///
    /// The window opens `lead` blocks before the epoch ends, by default a fifth of the epoch. It
    /// opens earlier by the number of blocks that a commitment has to wait for its reveal.
    pub(super) fn of(view: &View, lead: Option<u64>, reveal_delay: u64) -> Self {
        let tempo = view.hyperparameters.tempo;
        let next = view.block.id.number.saturating_add(1);
        Self::at(next, view.netuid(), tempo, lead, reveal_delay)
    }

    fn at(
        next: u64,
        netuid: hetu_chain::NetUid,
        tempo: u16,
        lead: Option<u64>,
        reveal_delay: u64,
    ) -> Self {
        let length = u64::from(tempo) + 1;
        let end = EpochClock::at(next, netuid, tempo).next_end;
        let lead = lead.unwrap_or(length / 5).max(2).saturating_add(reveal_delay);
        let opens = end.saturating_sub(lead.min(length - 1));
        Self { end, opens, closes: end.saturating_sub(1) }
    }

    /// Returns the block that ended the previous epoch.
    pub(super) fn begin(view: &View, end: u64) -> u64 {
        end.saturating_sub(u64::from(view.hyperparameters.tempo) + 1)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_window_is_the_end_of_an_epoch() {
        let window = |next, lead, delay| SettingWindow::at(next, 1.into(), 99, lead, delay);
        let expected = SettingWindow { end: 198, opens: 178, closes: 197 };
        assert_eq!(window(98, None, 0), expected, "an epoch ends with its last block");
        assert_eq!(window(197, None, 0), expected);
        assert_eq!(window(198, None, 0).end, 298);
        assert_eq!(window(98, Some(5), 0).opens, 193);
        assert_eq!(window(98, None, 30).opens, 148);
        assert_eq!(window(98, None, 1_000).opens, 99, "no earlier than the epoch");
    }

    /// The block number comes from a node and may have any value.
    #[test]
    fn window_at_the_last_block_number_is_one_too() {
        for next in [u64::MAX, u64::MAX - 1, u64::MAX - 100] {
            let window = SettingWindow::at(next, u16::MAX.into(), 99, Some(u64::MAX), u64::MAX);
            assert!(window.opens <= window.closes && window.closes <= window.end);
        }
    }

    proptest! {
        #[test]
        fn a_window_is_never_empty_and_within_its_epoch(
            next in 0_u64..1 << 40, netuid in 0_u16.., tempo in 1_u16.., lead in 0_u64..1 << 40, delay in 0_u64..1 << 40,
        ) {
            let window = SettingWindow::at(next, netuid.into(), tempo, Some(lead), delay);
            prop_assert!(window.opens <= window.closes);
            prop_assert!(window.end > next && window.end <= next + u64::from(tempo) + 1);
            prop_assert!(window.end - window.opens <= u64::from(tempo));
        }
    }
}
