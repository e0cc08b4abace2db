//! Identical questions to all miners, and counts of the correct answers.

use std::collections::HashMap;
use std::time::Duration;

use hetu::chain::model::Weight;
use hetu::phloem::{Answer, BroadcastOptions, QueryError, Target};
use hetu::{Address, Phloem};

use crate::math::{MathSum, Sum};

/// Sum of all weights, the scale that the contracts of other networks use too.
const FULL_WEIGHT: u128 = 65_535;

/// The results of one miner.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct DemoScore {
    pub(super) correct: u32,
    pub(super) wrong: u32,
    pub(super) failed: u32,
    answering: Duration,
}

/// The results of all miners.
#[derive(Debug, Default)]
pub(super) struct DemoScores(HashMap<Address, DemoScore>);

/// Asks every target `questions` sums.
pub(super) async fn judge(phloem: &Phloem, targets: &[Target], questions: u32) -> DemoScores {
    let mut scores = DemoScores::default();
    for number in 0..questions {
        let question = MathSum { x: f64::from(number) * 1.5, y: f64::from(number * number) };
        let outcomes = phloem.broadcast(targets, question, BroadcastOptions::default()).await;
        for (target, outcome) in targets.iter().zip(outcomes) {
            scores.0.entry(target.address).or_default().count(question, outcome);
        }
    }
    scores
}

impl DemoScore {
    fn count(&mut self, question: MathSum, outcome: Result<Answer<Sum>, QueryError>) {
        match outcome {
            Ok(answer) => {
                self.answering += answer.latency;
                if question.is_answered_by(answer.reply) {
                    self.correct += 1;
                } else {
                    self.wrong += 1;
                }
            }
            Err(_) => self.failed += 1,
        }
    }

    /// Returns the mean time to an answer, or `None` without answers.
    pub(super) fn latency(&self) -> Option<Duration> {
        let answers = self.correct + self.wrong;
        (answers > 0).then(|| self.answering / answers)
    }

    /// Returns the status in one word.
    pub(super) const fn status(&self) -> &'static str {
        if self.correct + self.wrong == 0 {
            "unreachable"
        } else if self.wrong > 0 {
            "wrong"
        } else {
            "ok"
        }
    }
}

impl DemoScores {
    pub(super) fn of(&self, miner: Address) -> DemoScore {
        self.0.get(&miner).copied().unwrap_or_default()
    }

    /// Returns the weight of every miner with a correct answer: its share of all correct answers.
    pub(super) fn weights(&self) -> Vec<Weight> {
        let all: u128 = self.0.values().map(|score| u128::from(score.correct)).sum();
        let mut weights: Vec<_> = self
            .0
            .iter()
            .filter(|(_, score)| score.correct > 0)
            .map(|(&dendron, score)| Weight {
                dendron,
                weight: FULL_WEIGHT * u128::from(score.correct) / all,
            })
            .collect();
        weights.sort_by_key(|entry| entry.dendron);
        weights
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn right_answers_are_shared_out_and_others_weigh_nothing() {
        let score =
            |correct, wrong, failed| DemoScore { correct, wrong, failed, ..DemoScore::default() };
        let scores = DemoScores(HashMap::from([
            (Address::new([1; 20]), score(20, 0, 0)),
            (Address::new([2; 20]), score(0, 20, 0)),
            (Address::new([3; 20]), score(0, 0, 20)),
            (Address::new([4; 20]), score(10, 5, 5)),
        ]));
        let weights = scores.weights();
        let weight = |number, weight| Weight { dendron: Address::new([number; 20]), weight };
        assert_eq!(weights, [weight(1, 43_690), weight(4, 21_845)]);
        assert_eq!(scores.of(Address::new([2; 20])).status(), "wrong");
        assert_eq!(scores.of(Address::new([3; 20])).status(), "unreachable");
    }

    #[test]
    fn nobody_right_means_no_weights() {
        assert!(DemoScores::default().weights().is_empty());
    }
}
