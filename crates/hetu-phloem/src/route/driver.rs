//! One call: the first attempt, retries and hedges, under one deadline and one budget.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use hetu_chain::Address;
use hetu_chain::resilience::{Backoff, Jitter};
use tokio::time::{Instant, sleep_until};

use super::budget::CallUnderWay;
use super::options::RouteOptions;
use super::record::{AttemptKind, AttemptRecord, RouteError, Routed};
use super::state::RouterState;
use crate::selection::{Among, ChosenMiner};
use crate::{Answer, Attempt, OutcomeClass, QueryError, Target, Unavailable};

/// The maximum delay before the second retry. It doubles before each further one.
const FIRST_DELAY: Duration = Duration::from_millis(25);
const DELAYS: Backoff = Backoff::between(FIRST_DELAY, Duration::from_secs(1));
/// The minimum number of known answers for a meaningful percentile.
const ANSWERS_FOR_PERCENTILE: u64 = 20;

/// Grace period after the deadline of the call for an attempt with the same deadline: the attempt
/// starts a moment later, and timers have a resolution of milliseconds.
const GRACE: Duration = Duration::from_millis(3);

/// A call that is being routed.
pub(super) struct RouteDriver<'a, A: Attempt> {
    router: &'a RouterState,
    call: &'a A,
    options: &'a RouteOptions,
    started: Instant,
    deadline: Instant,
    begun: Vec<StartedAttempt>,
    _under_way: CallUnderWay<'a>,
    /// Miners that the caller excludes, and miners that decline calls like this.
    hopeless: Vec<Address>,
    /// The miners of `hopeless`, and all that were asked.
    excluded: Vec<Address>,
    retries: u32,
    retry_at: Option<Instant>,
    hedge_at: Option<Instant>,
    last_error: Option<QueryError>,
}

/// A started attempt.
struct StartedAttempt {
    target: Arc<Target>,
    kind: AttemptKind,
    cost: f64,
    began: Instant,
    /// The end of the attempt, or `None` while it is in flight.
    ended: Option<AttemptEnd>,
}

/// The end of an attempt.
struct AttemptEnd {
    took: Duration,
    class: OutcomeClass,
    request_id: Option<Box<str>>,
    /// The error message.
    error: Option<String>,
}

/// The outcome of the attempt with this number.
struct EndedAttempt<Reply> {
    number: usize,
    class: OutcomeClass,
    outcome: Result<Answer<Reply>, QueryError>,
}

/// An event that the driver waits for.
enum RouteEvent<Reply> {
    Ended(EndedAttempt<Reply>),
    Retry,
    Hedge,
    Deadline,
}

impl<'a, A: Attempt> RouteDriver<'a, A> {
    pub(super) fn new(router: &'a RouterState, call: &'a A, options: &'a RouteOptions) -> Self {
        let started = Instant::now();
        Self {
            router,
            call,
            options,
            started,
            deadline: started + options.whole_limit(),
            begun: Vec::new(),
            _under_way: router.budget.call(),
            hopeless: options.excluded().to_vec(),
            excluded: options.excluded().to_vec(),
            retries: 0,
            retry_at: None,
            hedge_at: None,
            last_error: None,
        }
    }

    pub(super) async fn run(mut self) -> Result<Routed<A::Reply>, RouteError> {
        let mut under_way = FuturesUnordered::new();
        let first = self.choose_untried(Among::All)?;
        under_way.push(self.begin(first, AttemptKind::First));
        loop {
            match self.next_event(&mut under_way).await {
                RouteEvent::Ended(ended) => {
                    if let Some(end) = self.learn(ended, under_way.is_empty()) {
                        return end;
                    }
                }
                RouteEvent::Retry => {
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
                RouteEvent::Hedge => {
                    self.hedge_at = None;
                    if let Some(chosen) = self.choose_hedge() {
                        under_way.push(self.begin(chosen, AttemptKind::Hedge));
                    }
                }
                RouteEvent::Deadline => return Err(self.too_late()),
            }
        }
    }

    async fn next_event<F>(&self, under_way: &mut FuturesUnordered<F>) -> RouteEvent<A::Reply>
    where
        F: Future<Output = EndedAttempt<A::Reply>>,
    {
        let deadline = if under_way.is_empty() { self.deadline } else { self.deadline + GRACE };
        tokio::select! {
            biased;
            Some(ended) = under_way.next() => RouteEvent::Ended(ended),
            () = at(self.retry_at) => RouteEvent::Retry,
            () = at(self.hedge_at) => RouteEvent::Hedge,
            () = sleep_until(deadline) => RouteEvent::Deadline,
        }
    }

    /// Records the end of an attempt. Returns the result of the call if the call is complete.
    fn learn(
        &mut self,
        ended: EndedAttempt<A::Reply>,
        is_last: bool,
    ) -> Option<Result<Routed<A::Reply>, RouteError>> {
        let EndedAttempt { number, class, outcome } = ended;
        let begun = &mut self.begun[number];
        let (took, miner) = (begun.began.elapsed(), begun.target.address);
        let end = |request_id: Option<&str>, error| AttemptEnd {
            took,
            class,
            request_id: request_id.map(Into::into),
            error,
        };
        match outcome {
            Ok(answer) => {
                begun.ended = Some(end(answer.request_id.as_deref(), None));
                self.router.budget.success();
                let took = self.started.elapsed();
                return Some(Ok(Routed { answer, attempts: self.told(), took }));
            }
            Err(error) => {
                begun.ended = Some(end(error.request_id(), Some(error.to_string())));
                let is_over = !class.is_worth_another()
                    || (self.options.is_only_if_undone() && !error.is_certainly_undone());
                if class.is_worth_another() {
                    self.router.budget.failure();
                }
                self.last_error = Some(error);
                if Instant::now() >= self.deadline {
                    return Some(Err(self.too_late()));
                }
                if class == OutcomeClass::Declined {
                    self.hopeless.push(miner);
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
        self.begun.len() < self.options.most_attempts()
    }

    /// Returns the delay before the next retry. The first retry goes to another miner, so it has
    /// none.
    fn back_off(&self) -> Duration {
        if self.retries == 0 {
            return Duration::ZERO;
        }
        let longest = DELAYS.delay_after(self.retries - 1);
        Jitter::FULL.apply(longest, self.router.selection.random_share())
    }

    fn choose_untried(&self, among: Among) -> Result<ChosenMiner, Unavailable> {
        let request = self.options.request(&self.router.strategy, &self.excluded, among);
        self.router.selection.choose(request)
    }

    /// Chooses a miner that was not asked, preferably one with a success as its last outcome, or
    /// else a miner that was asked. Without a token, only miners that the budget trusts are chosen.
    fn choose_again(&mut self) -> Result<ChosenMiner, Unavailable> {
        let budget = &self.router.budget;
        let has_token = budget.has_retry();
        let mut chosen = Err(Unavailable::default());
        if has_token || budget.trusts_who_is_well() {
            chosen = self.choose_untried(Among::Well);
        }
        if chosen.is_err() && has_token {
            chosen = self.choose_untried(Among::All).or_else(|_| {
                let request =
                    self.options.request(&self.router.strategy, &self.hopeless, Among::All);
                self.router.selection.choose(request)
            });
        } else if chosen.is_err() && budget.trusts_who_is_admitted() {
            chosen = self.choose_untried(Among::Admitted);
        }
        let chosen = chosen?;
        // Two calls may have seen the same last token: the later one relies on trust.
        budget.retry();
        self.retries += 1;
        Ok(chosen)
    }

    fn choose_hedge(&self) -> Option<ChosenMiner> {
        if !self.may_begin() || !self.router.budget.has_hedge() {
            return None;
        }
        let chosen = self.choose_untried(Among::All).ok()?;
        self.router.budget.hedge().then_some(chosen)
    }

    /// Waits for the first miner that may be asked again, if the remaining ones gave `Retry-After`
    /// and the time ends before the deadline. It does not wait for tripped breakers.
    fn waits_for(&mut self, unavailable: Unavailable) -> bool {
        let only_held = unavailable.held > 0 && unavailable.tripped + unavailable.ejected == 0;
        let wait = unavailable.retry_after.filter(|_| only_held);
        let until = wait.map(|wait| Instant::now() + wait.max(FIRST_DELAY));
        self.retry_at = until.filter(|until| *until < self.deadline);
        self.retry_at.is_some()
    }

    /// Records the attempt and returns its future.
    fn begin(
        &mut self,
        chosen: ChosenMiner,
        kind: AttemptKind,
    ) -> impl Future<Output = EndedAttempt<A::Reply>> + Send + use<'a, A> {
        let ChosenMiner { target, cost, guard } = chosen;
        let (number, began) = (self.begun.len(), Instant::now());
        self.excluded.push(target.address);
        self.begun.push(StartedAttempt {
            target: Arc::clone(&target),
            kind,
            cost,
            began,
            ended: None,
        });
        let full = self.options.limit_of_attempt();
        let limit = full.min(self.deadline - began);
        self.hedge_at = self.options.hedges().map(|hedging| {
            let percentile = self
                .router
                .selection
                .latency_percentile(hedging.percentile, ANSWERS_FOR_PERCENTILE);
            let delay = percentile.unwrap_or_default().max(hedging.least_delay);
            began + delay.min(self.options.whole_limit())
        });
        let call = self.call;
        async move {
            let outcome = call.attempt(&target, limit).await;
            let class = guard.settle(&outcome, is_cut_short(limit, full));
            EndedAttempt { number, class, outcome }
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

    /// Returns the records of the attempts. Attempts in flight are dropped now.
    fn told(&mut self) -> Vec<AttemptRecord> {
        let started = self.started;
        let tell = |StartedAttempt { target, kind, cost, began, ended }: StartedAttempt| {
            let AttemptEnd { took, class, request_id, error } =
                ended.unwrap_or_else(|| AttemptEnd {
                    took: began.elapsed(),
                    class: OutcomeClass::Cancelled,
                    request_id: None,
                    error: None,
                });
            AttemptRecord {
                miner: target.address,
                url: target.endpoint.to_string(),
                kind,
                cost_seconds: cost,
                began_after_seconds: (began - started).as_secs_f64(),
                took_seconds: took.as_secs_f64(),
                outcome: class,
                request_id,
                error,
            }
        };
        std::mem::take(&mut self.begun).into_iter().map(tell).collect()
    }
}

/// Returns `true` if an attempt with `limit` of its `full` time has too little time to say anything
/// of the miner. The share that the call itself used before is negligible.
fn is_cut_short(limit: Duration, full: Duration) -> bool {
    limit.saturating_mul(10) < full.saturating_mul(9)
}

/// Completes at `moment`, or never if it is `None`.
async fn at(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}
