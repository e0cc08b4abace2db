//! The service of the demo, which adds two numbers.

use hetu::Service;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) struct MathSum {
    pub(crate) x: f64,
    pub(crate) y: f64,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Sum {
    pub(crate) result: f64,
}

impl Service for MathSum {
    const NAME: &'static str = "MathSum";
    type Request = Self;
    type Reply = Sum;
}

impl MathSum {
    pub(crate) fn answer(self) -> Sum {
        Sum { result: self.x + self.y }
    }

    /// Returns `true` if `sum` is the correct answer, within rounding errors.
    pub(crate) fn is_answered_by(self, sum: Sum) -> bool {
        let right = self.answer().result;
        (sum.result - right).abs() <= right.abs().max(1.0) * 1e-9
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_sum_is_the_answer() {
        let question = MathSum { x: 0.1, y: 0.2 };
        assert!(question.is_answered_by(Sum { result: 0.3 }));
        assert!(!question.is_answered_by(Sum { result: 0.301 }));
        assert!(!question.is_answered_by(Sum { result: f64::NAN }));
    }
}
