//! The scorer's work on one round, outside of the threads that serve connections.
//!
//! The duration of comparing and scoring depends on the scorer, for as many replies as a subnet has
//! miners. On an async thread that work would delay all other calls of the process.

use std::sync::Arc;

use hetu_cambium::Service;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use super::error::JudgeError;
use super::guarded::Guarded;
use super::round::{self, Judged};
use super::{Question, Scorer};
use crate::{Answer, QueryError, Target};

/// Rounds of all judges of the process that are scored at once; others wait.
static AT_ONCE: Semaphore = Semaphore::const_new(4);

/// The inputs of scoring one round.
pub(super) struct Panel<S: Service> {
    pub(super) scorer: Arc<dyn Scorer<S>>,
    pub(super) quorum: f64,
    pub(super) question: Question<S>,
    pub(super) targets: Vec<Target>,
    pub(super) outcomes: Vec<Result<Answer<S::Reply>, QueryError>>,
}

impl<S: Service> Panel<S> {
    /// Scores all outcomes, in the order of the targets, and returns `true` with them if stake
    /// agreed on an answer.
    ///
    /// Cancel safety: the work continues on its thread, and its result is dropped.
    pub(super) async fn judge(self) -> Result<(bool, Vec<Judged>), JudgeError> {
        // The semaphore is never closed.
        let _turn = AT_ONCE.acquire().await.map_err(|_| JudgeError::Interrupted)?;
        let scoring = spawn_blocking(move || {
            let scorer = Guarded(&*self.scorer);
            round::judge(&scorer, self.quorum, &self.question, &self.targets, self.outcomes)
        });
        // The task does not panic: the runtime is shutting down.
        scoring.await.map_err(|_| JudgeError::Interrupted)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::mpsc::{self, Receiver};
    use std::time::Duration;

    use hetu_chain::model::RawEndpoint;
    use hetu_chain::{Address, Amount};
    use hetu_metastruct::Endpoint;

    use super::*;
    use crate::judging::testing::{Echo, Said};
    use crate::judging::{Case, Exact, Score};

    const MINERS: usize = 4_096;

    fn panel(scorer: impl Scorer<Echo> + 'static, reply: fn(usize) -> f64) -> Panel<Echo> {
        let endpoint = Endpoint::parse(&RawEndpoint::new("8.8.8.8", 80), false).unwrap();
        let address = |number: usize| {
            let mut account = [0; 20];
            account[12..].copy_from_slice(&(number as u64).to_be_bytes());
            Address::new(account)
        };
        let target =
            |number| Target::new(address(number), endpoint.clone(), Amount::from_hetu(200));
        let answer = |number| {
            let (reply, latency) = (Said(reply(number)), Duration::from_millis(20));
            let miner = address(number);
            Ok(Answer { reply, miner, latency, receipt: None, request_id: None })
        };
        Panel {
            scorer: Arc::new(scorer),
            quorum: 0.5,
            question: Question { request: Echo, known: None },
            targets: (0..MINERS).map(target).collect(),
            outcomes: (0..MINERS).map(answer).collect(),
        }
    }

    /// A scorer that waits for another task.
    struct Waiting(Mutex<Receiver<()>>);

    impl Scorer<Echo> for Waiting {
        fn agree(&self, one: &Said, other: &Said) -> bool {
            one == other
        }

        fn score(&self, _: &Case<'_, Echo>) -> Option<Score> {
            let told = self.0.lock().unwrap().recv_timeout(Duration::from_secs(20));
            Some(Score::of(told.is_ok()))
        }
    }

    /// Covers work of the scorer on the threads that serve everything else. The runtime of this
    /// test has one.
    #[tokio::test]
    async fn other_tasks_run_while_the_replies_of_4096_miners_are_scored() {
        let (sender, told) = mpsc::channel();
        let judging = tokio::spawn(panel(Waiting(Mutex::new(told)), |_| 1.0).judge());
        for _ in 0..MINERS {
            tokio::task::yield_now().await;
            sender.send(()).unwrap();
        }
        let (is_agreed, judged) = judging.await.unwrap().unwrap();
        assert!(is_agreed);
        assert!(judged.iter().all(|judged| judged.score == Some(Score::ONE)));
    }

    #[tokio::test]
    async fn replies_of_4096_miners_are_judged_by_what_stake_agrees_on() {
        let one_in_four_lies = |number| f64::from(u8::from(number % 4 == 0)) * number as f64;
        let (is_agreed, judged) = panel(Exact, one_in_four_lies).judge().await.unwrap();
        assert!(is_agreed);
        for (number, judged) in judged.iter().enumerate() {
            assert_eq!(judged.score, Some(Score::of(number % 4 != 0 || number == 0)), "{number}");
        }
    }

    /// A scorer that panics on the replies of some miners.
    struct Fragile;

    impl Scorer<Echo> for Fragile {
        fn agree(&self, one: &Said, other: &Said) -> bool {
            assert!(one.0 < 7.0 && other.0 < 7.0, "a reply that was not foreseen");
            one == other
        }
    }

    /// Covers panics by untrusted input, in code of the operator.
    #[tokio::test]
    async fn reply_on_which_the_scorer_panics_scores_zero_and_the_others_are_judged() {
        let mut panel = panel(Fragile, |number| if number % 8 == 0 { 7.0 } else { 1.0 });
        panel.targets.truncate(64);
        panel.outcomes.truncate(64);
        let (is_agreed, judged) = panel.judge().await.unwrap();
        assert!(is_agreed);
        for (number, judged) in judged.iter().enumerate() {
            assert_eq!(judged.score, Some(Score::of(number % 8 != 0)), "{number}");
        }
    }
}
