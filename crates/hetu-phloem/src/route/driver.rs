//! One call: the first attempt, retries and hedges, under one deadline and one budget.

use std::future::Future;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use hetu_chain::Address;
use tokio::time::{Instant, sleep_until};

use super::record::Unavailable;
use super::{AttemptKind, AttemptRecord, RouteError, RouteOptions, Routed, Router};
use crate::selection::Chosen;
use crate::{Answer, Attempt, OutcomeClass, QueryError};

/// The longest that is waited before the second retry; twice as long before each further one.
const FIRST_BACK_OFF: Duration = Duration::from_millis(25);
const LONGEST_BACK_OFF: Duration = Duration::from_secs(1);
/// Answers that have to be known for a percentile of them to mean something.
const ANSWERS_FOR_PERCENTILE: u64 = 20;

/// A call that is being routed.
pub(super) struct Drive<'a, A: Attempt> {
    router: &'a Router,
    call: &'a A,
    options: &'a RouteOptions,
    started: Instant,
    deadline: Instant,
    records: Vec<AttemptRecord>,
    began: Vec<Instant>,
    /// Those that the caller leaves out, and those that decline calls like this.
    hopeless: Vec<Address>,
    /// Those, and all that were asked.
    excluded: Vec<Address>,
    retries: u32,
    retry_at: Option<Instant>,
    hedge_at: Option<Instant>,
    last_error: Option<QueryError>,
}

/// What came of the attempt with this number.
struct Ended<Reply> {
    number: usize,
    class: OutcomeClass,
    outcome: Result<Answer<Reply>, QueryError>,
}

/// What the driver waits for.
enum Event<Reply> {
    Ended(Ended<Reply>),
    Retry,
    Hedge,
    Deadline,
}

impl<'a, A: Attempt> Drive<'a, A> {
    pub(super) fn new(router: &'a Router, call: &'a A, options: &'a RouteOptions) -> Self {
        let started = Instant::now();
        Self {
            router,
            call,
            options,
            started,
            deadline: started + options.whole_limit(),
            records: Vec::new(),
            began: Vec::new(),
            hopeless: options.excluded().to_vec(),
            excluded: options.excluded().to_vec(),
            retries: 0,
            retry_at: None,
            hedge_at: None,
            last_error: None,
        }
    }

    pub(super) async fn run(mut self) -> Result<Routed<A::Reply>, RouteError> {
        self.router.budget.call();
        let mut under_way = FuturesUnordered::new();
        let first = self.choose_untried()?;
        under_way.push(self.begin(first, AttemptKind::First));
        loop {
            match self.next_event(&mut under_way).await {
                Event::Ended(ended) => {
                    if let Some(end) = self.learn(ended, under_way.is_empty()) {
                        return end;
                    }
                }
                Event::Retry => {
                    self.retry_at = None;
                    match self.choose_again() {
                        Ok(chosen) => under_way.push(self.begin(chosen, AttemptKind::Retry)),
                        Err(unavailable) if under_way.is_empty() => {
                            if !self.waits_for(unavailable) {
                                return Err(self.failed());
                            }
                        }
                        Err(_) => {}
                    }
                }
                Event::Hedge => {
                    self.hedge_at = None;
                    if let Some(chosen) = self.choose_hedge() {
                        under_way.push(self.begin(chosen, AttemptKind::Hedge));
                    }
                }
                Event::Deadline => return Err(self.too_late()),
            }
        }
    }

    async fn next_event<F>(&self, under_way: &mut FuturesUnordered<F>) -> Event<A::Reply>
    where
        F: Future<Output = Ended<A::Reply>>,
    {
        tokio::select! {
            biased;
            Some(ended) = under_way.next() => Event::Ended(ended),
            () = at(self.retry_at) => Event::Retry,
            () = at(self.hedge_at) => Event::Hedge,
            () = sleep_until(self.deadline) => Event::Deadline,
        }
    }

    /// Takes note of an end. What it returns is the end of the call.
    fn learn(
        &mut self,
        ended: Ended<A::Reply>,
        is_last: bool,
    ) -> Option<Result<Routed<A::Reply>, RouteError>> {
        let Ended { number, class, outcome } = ended;
        let record = &mut self.records[number];
        record.outcome = class;
        record.took_seconds = self.began[number].elapsed().as_secs_f64();
        match outcome {
            Ok(answer) => {
                self.router.budget.success();
                let took = self.started.elapsed();
                return Some(Ok(Routed { answer, attempts: self.told(), took }));
            }
            Err(error) => {
                record.error = Some(error.to_string());
                let is_over = !class.is_worth_another();
                self.last_error = Some(error);
                if Instant::now() >= self.deadline {
                    return Some(Err(self.too_late()));
                }
                if class == OutcomeClass::Declined {
                    self.hopeless.push(record.miner);
                }
                if is_over {
                    return Some(Err(self.failed()));
                }
            }
        }
        if self.retry_at.is_none() && self.may_begin() {
            self.retry_at = Some(Instant::now() + self.back_off());
        }
        (is_last && self.retry_at.is_none()).then(|| Err(self.failed()))
    }

    fn may_begin(&self) -> bool {
        self.records.len() < self.options.most_attempts()
    }

    /// The first retry goes to somebody else, so it need not wait.
    fn back_off(&self) -> Duration {
        if self.retries == 0 {
            return Duration::ZERO;
        }
        let longest = FIRST_BACK_OFF.saturating_mul(1 << (self.retries - 1).min(10));
        longest.min(LONGEST_BACK_OFF).mul_f64(self.router.selection.random_share())
    }

    fn choose_untried(&self) -> Result<Chosen, Unavailable> {
        let choice = self.options.choice(&self.router.strategy, &self.excluded);
        self.router.selection.choose(choice)
    }

    /// Somebody who was not asked; if nobody is left, somebody who was.
    fn choose_again(&mut self) -> Result<Chosen, Unavailable> {
        if !self.router.budget.has_retry() {
            return Err(Unavailable::default());
        }
        let chosen = self.choose_untried().or_else(|_| {
            let choice = self.options.choice(&self.router.strategy, &self.hopeless);
            self.router.selection.choose(choice)
        })?;
        if !self.router.budget.retry() {
            return Err(Unavailable::default());
        }
        self.retries += 1;
        Ok(chosen)
    }

    fn choose_hedge(&self) -> Option<Chosen> {
        if !self.may_begin() || !self.router.budget.has_hedge() {
            return None;
        }
        let chosen = self.choose_untried().ok()?;
        self.router.budget.hedge().then_some(chosen)
    }

    /// Waits for the first miner that may be asked again, if those that are left asked for it and
    /// the time is over before the deadline. For those that failed too often nobody waits.
    fn waits_for(&mut self, unavailable: Unavailable) -> bool {
        let only_held = unavailable.held > 0 && unavailable.shut + unavailable.ejected == 0;
        let wait = unavailable.retry_after.filter(|_| only_held);
        let until = wait.map(|wait| Instant::now() + wait.max(FIRST_BACK_OFF));
        self.retry_at = until.filter(|until| *until < self.deadline);
        self.retry_at.is_some()
    }

    /// Records the attempt and makes its future.
    fn begin(
        &mut self,
        chosen: Chosen,
        kind: AttemptKind,
    ) -> impl Future<Output = Ended<A::Reply>> + Send + use<'a, A> {
        let Chosen { target, cost, permit } = chosen;
        let (number, now) = (self.records.len(), Instant::now());
        self.records.push(AttemptRecord {
            miner: target.address,
            url: target.endpoint.to_string(),
            kind,
            cost_seconds: cost,
            began_after_seconds: (now - self.started).as_secs_f64(),
            took_seconds: 0.0,
            outcome: OutcomeClass::Cancelled,
            error: None,
        });
        self.began.push(now);
        self.excluded.push(target.address);
        let full = self.options.limit_of_attempt();
        let limit = full.min(self.deadline - now);
        self.hedge_at = self.options.hedges().map(|hedging| {
            let percentile = self
                .router
                .selection
                .latency_percentile(hedging.percentile, ANSWERS_FOR_PERCENTILE);
            let delay = percentile.unwrap_or_default().max(hedging.least_delay);
            now + delay.min(self.options.whole_limit())
        });
        let call = self.call;
        async move {
            let outcome = call.attempt(&target, limit).await;
            let class = permit.settle(&outcome, limit < full);
            Ended { number, class, outcome }
        }
    }

    fn too_late(&mut self) -> RouteError {
        let limit = self.options.whole_limit();
        RouteError::DeadlineExceeded { limit, attempts: self.told() }
    }

    fn failed(&mut self) -> RouteError {
        let attempts = self.told();
        let error = self.last_error.take().unwrap_or(QueryError::Cancelled);
        RouteError::Failed { error: Box::new(error), attempts }
    }

    /// The records, those of attempts that are given up now completed.
    fn told(&mut self) -> Vec<AttemptRecord> {
        for (record, began) in self.records.iter_mut().zip(&self.began) {
            if record.outcome == OutcomeClass::Cancelled && record.error.is_none() {
                record.took_seconds = began.elapsed().as_secs_f64();
            }
        }
        std::mem::take(&mut self.records)
    }
}

/// Never, if there is nothing to wait for.
async fn at(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}
