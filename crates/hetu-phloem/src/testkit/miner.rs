//! A fake miner: a function, a latency, and a script of failures over time.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use hetu_cambium::Service;
use hetu_chain::Amount;

/// The reaction of a fake miner to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Conduct {
    /// An answer after the latency.
    Answers,
    /// A broken connection after the latency.
    Fails,
    /// A refused connection, which takes a millisecond.
    FailsFast,
    /// No answer.
    Hangs,
    /// An answer with the signature of another key.
    Lies,
    /// An immediate report of overload.
    IsOverloaded {
        /// The time in `Retry-After`.
        retry_after: Option<Duration>,
    },
    /// A signed refusal of the call itself.
    Refuses,
    /// A report that it does not serve this caller.
    Declines,
}

type AnswerFn<S> = dyn Fn(&<S as Service>::Request) -> <S as Service>::Reply + Send + Sync;

/// A substitute for a miner, for tests only.
pub struct FakeMiner<S: Service> {
    pub(super) answer: Arc<AnswerFn<S>>,
    /// The minimum and the maximum, with a uniform distribution between them.
    pub(super) latency: (Duration, Duration),
    /// The conduct from each moment after the start. The last moment that has passed applies.
    script: Vec<(Duration, Conduct)>,
    flapping: Option<Flapping>,
    slowness: Vec<(Duration, f64)>,
    pub(super) capacity: u32,
    pub(super) stake: Amount,
}

#[derive(Clone, Copy, Debug)]
struct Flapping {
    up: Duration,
    down: Duration,
    conduct: Conduct,
}

impl<S: Service> FakeMiner<S> {
    /// Returns a miner with the answers of `answer`, after 10 to 30 ms, with a stake of 200.
    pub fn answering(answer: impl Fn(&S::Request) -> S::Reply + Send + Sync + 'static) -> Self {
        Self {
            answer: Arc::new(answer),
            latency: (Duration::from_millis(10), Duration::from_millis(30)),
            script: Vec::new(),
            flapping: None,
            slowness: Vec::new(),
            capacity: u32::MAX,
            stake: Amount::from_hetu(200),
        }
    }

    /// Sets the bounds of the latency.
    #[must_use]
    pub const fn latency(mut self, least: Duration, most: Duration) -> Self {
        self.latency = (least, most);
        self
    }

    /// Sets the conduct from `after` the start on. Moments must be given in their order.
    #[must_use]
    pub fn from(mut self, after: Duration, conduct: Conduct) -> Self {
        self.script.push((after, conduct));
        self
    }

    /// Multiplies the latency by `factor` from `after` the start on.
    #[must_use]
    pub fn slower_from(mut self, after: Duration, factor: f64) -> Self {
        self.slowness.push((after, factor));
        self
    }

    /// Alternates between the script for `up`, and `conduct` for `down`.
    #[must_use]
    pub const fn flapping(mut self, up: Duration, down: Duration, conduct: Conduct) -> Self {
        self.flapping = Some(Flapping { up, down, conduct });
        self
    }

    /// Sets the number of requests in flight at which the miner is overloaded.
    #[must_use]
    pub const fn capacity(mut self, requests: u32) -> Self {
        self.capacity = requests;
        self
    }

    /// Sets the stake that it has allocated to the subnet, in HETU.
    #[must_use]
    pub fn stake(mut self, hetu: u64) -> Self {
        self.stake = Amount::from_hetu(hetu);
        self
    }

    pub(super) fn conduct(&self, passed: Duration) -> Conduct {
        if let Some(Flapping { up, down, conduct }) = self.flapping {
            let into_turn = passed.as_nanos() % (up + down).as_nanos().max(1);
            if into_turn >= up.as_nanos() {
                return conduct;
            }
        }
        latest(&self.script, passed).unwrap_or(Conduct::Answers)
    }

    /// Returns the latency. `share` is from 0 to 1.
    pub(super) fn takes(&self, passed: Duration, share: f64) -> Duration {
        let (least, most) = self.latency;
        let factor = latest(&self.slowness, passed).unwrap_or(1.0);
        (least + most.saturating_sub(least).mul_f64(share)).mul_f64(factor.max(0.0))
    }
}

fn latest<T: Copy>(script: &[(Duration, T)], passed: Duration) -> Option<T> {
    script.iter().rev().find(|(after, _)| *after <= passed).map(|(_, what)| *what)
}

impl<S: Service> fmt::Debug for FakeMiner<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = formatter.debug_struct("FakeMiner");
        fields.field("service", &S::NAME).field("stake", &self.stake);
        fields.field("latency", &self.latency).field("script", &self.script);
        fields.finish_non_exhaustive()
    }
}
