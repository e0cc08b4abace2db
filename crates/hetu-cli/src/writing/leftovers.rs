//! Remaining effects of a change that fails midway, and the commands that undo them.

use hetu::chain::client::ContractCall;
use hetu::{Address, Amount};

/// Length of a function's selector, and of each of its arguments, in bytes.
const SELECTOR: usize = 4;
const WORD: usize = 32;

/// The effects of the transactions of a change so far.
#[derive(Debug, Default)]
pub(super) struct Leftovers(Vec<Leftover>);

/// The effect of one transaction, and the command that undoes it.
#[derive(Debug)]
pub(super) struct Leftover {
    step: Step,
    what: String,
    undo: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Wraps,
    Approves,
    Stakes,
    Other,
}

impl Leftover {
    /// Returns the effect of `call` once it is included.
    pub(super) fn of<T>(call: &ContractCall<'_, T>) -> Self {
        let function = call.function().to_owned();
        let other = Self { step: Step::Other, what: format!("{function} was made"), undo: None };
        let Some(proposed) = call.as_proposed() else { return other };
        let amount_at = |place| word(&proposed.data, place).map(Amount::from_be_bytes);
        match function.as_str() {
            "deposit" => Self {
                step: Step::Wraps,
                what: format!("{} HETU are wrapped as WHETU", proposed.value),
                undo: Some(format!("hetu token unwrap {}", proposed.value)),
            },
            "approve" => match (spender(&proposed.data), amount_at(1)) {
                (Some(spender), Some(amount)) => Self {
                    step: Step::Approves,
                    what: format!("{spender} may move {amount} of token {}", proposed.target),
                    undo: Some(format!("hetu token approve {spender} 0")),
                },
                _ => other,
            },
            "addGlobalStake" => match amount_at(0) {
                Some(amount) => Self {
                    step: Step::Stakes,
                    what: format!("{amount} HETU are staked"),
                    undo: Some(format!("hetu stake remove {amount}")),
                },
                None => other,
            },
            _ => other,
        }
    }
}

impl Leftovers {
    pub(super) fn add(&mut self, leftover: Leftover) {
        if leftover.step == Step::Stakes {
            // Staking consumes the tokens that were wrapped and approved for it.
            self.0.retain(|earlier| !matches!(earlier.step, Step::Wraps | Step::Approves));
        }
        self.0.push(leftover);
    }

    /// Returns the effects in words and the commands that undo them, last first, or `None` if there
    /// is no effect.
    pub(super) fn told(&self) -> Option<(String, String)> {
        if self.0.is_empty() {
            return None;
        }
        let left: Vec<_> = self.0.iter().map(|leftover| leftover.what.as_str()).collect();
        let undo = self.0.iter().rev().filter_map(|leftover| leftover.undo.as_deref());
        Some((left.join("; "), undo.collect::<Vec<_>>().join("; ")))
    }
}

fn word(data: &[u8], place: usize) -> Option<[u8; WORD]> {
    let start = SELECTOR + place * WORD;
    data.get(start..start + WORD)?.try_into().ok()
}

fn spender(data: &[u8]) -> Option<Address> {
    let bytes: [u8; 20] = word(data, 0)?[WORD - 20..].try_into().ok()?;
    Some(Address::new(bytes))
}
