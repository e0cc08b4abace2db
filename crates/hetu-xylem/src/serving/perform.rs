//! What becomes of a call that passed its checks.

use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use hetu_cambium::{Problem, Reason, Refusal, Service, SessionOffer, VerifiedRequest};
use hetu_chain::{Address, Amount};
use http::Response;
use http::header::CONTENT_TYPE;
use http_body::Body;
use tokio::time::Instant;

use super::answer::Arrival;
use super::attached::{Answer, CallFailure, Task};
use super::call_metrics::{CallOutcome, Tally};
use super::check::{Check, Declined};
use super::checks::Call;
use super::codecs::Codecs;
use super::connection::Place;
use super::problems::{failed, refused_by_hook, request_id, unsigned};
use super::recheck::Admitted;
use super::within::within;
use super::{Miner, RemoteAddress, ReplyBody};
use crate::hooks::{Facts, HookRefusal, IncomingCall};
use crate::queue::{Turn, TurnedAway, Urgency};
use crate::telemetry::{AccessRecord, VerifiedCaller};
use crate::{RateKey, SubnetRole};

/// When whoever is turned away may come back.
const PAUSE: Duration = Duration::from_secs(1);

const WEI_PER_HETU: f64 = 1e18;

/// A call as it is served, whether it is signed or not.
#[derive(Debug)]
pub(super) struct Job<'a> {
    pub(super) service: &'a str,
    pub(super) caller: Caller,
    pub(super) content: Bytes,
    /// The memory of the content until the queue counts the call.
    pub(super) room: Place,
    pub(super) codecs: Codecs,
    pub(super) deadline: Instant,
    pub(super) arrival: &'a Arrival,
}

/// Whose call it is, and what that counts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Caller {
    pub(super) key: RateKey,
    /// The account that signed, if one did.
    pub(super) account: Option<Address>,
    /// The checks before the handler is called; `None` for an unsigned call.
    pub(super) admitted: Option<Admitted>,
}

/// Why a call has no answer.
enum Unanswered {
    Declined(Declined),
    Hook(HookRefusal),
    Failed(CallFailure),
}

/// What is to be sent: an answer of the handler, or why there is none.
pub(super) enum Outcome {
    Answered(Answer, Tally),
    Refused(Response<Bytes>),
}

impl Miner {
    /// Serves a signed request.
    pub(super) async fn serve<B>(
        &self,
        name: &str,
        arrival: &Arrival,
        body: B,
    ) -> Response<ReplyBody>
    where
        B: Body<Data = Bytes>,
        B::Error: std::error::Error + Send + Sync + 'static,
    {
        let claim = match self.claim(arrival).await {
            Ok(claim) => claim,
            Err(declined) if self.is_open_to(name, &declined) => {
                return self.serve_unsigned(name, arrival, body).await;
            }
            Err(declined) => return self.decline(name, declined).map(ReplyBody::from),
        };
        let admitted = async {
            let codecs = Codecs::of(&arrival.parts, self.services.codecs(name))
                .map_err(|refusal| Check::Codec.declined(refusal))?;
            Ok((self.verify(claim, arrival, body).await?, codecs))
        };
        match admitted.await {
            Ok((call, codecs)) => self.perform(name, arrival, call, codecs).await,
            Err(declined) => self.decline(name, declined).map(ReplyBody::from),
        }
    }

    /// Serves a verified request. The reply is signed, whatever it is.
    async fn perform(
        &self,
        name: &str,
        arrival: &Arrival,
        call: Call,
        codecs: Codecs,
    ) -> Response<ReplyBody> {
        if let Err(declined) = self.charge(&call).await {
            let reply = self.decline(name, declined);
            return self.sign(&call.request, reply).await.map(ReplyBody::from);
        }
        if name == SessionOffer::NAME {
            let opened = self.open_session(&call, arrival).await;
            let reply = opened.unwrap_or_else(|declined| self.decline(name, declined));
            return self.sign(&call.request, reply).await.map(ReplyBody::from);
        }
        let Call { request, content, room, deadline } = call;
        let key = RateKey::account(request.account());
        let admitted = Some(Admitted::of(&request));
        let caller = Caller { key, account: Some(request.caller()), admitted };
        let job = Job { service: name, caller, content, room, codecs, deadline, arrival };
        match self.work(job).await {
            Outcome::Answered(Answer::Stream(items), tally) => {
                self.stream(name, request, items, tally).await
            }
            Outcome::Answered(Answer::Whole(content), mut tally) => {
                let reply = self.sign(&request, whole(content, codecs)).await;
                tally.note(CallOutcome::Served);
                reply.map(ReplyBody::from)
            }
            Outcome::Refused(reply) => self.sign(&request, reply).await.map(ReplyBody::from),
        }
    }

    /// Asks the hooks, waits for room, and has the handler answer, all before the deadline.
    pub(super) async fn work(&self, job: Job<'_>) -> Outcome {
        let (name, deadline) = (job.service, job.deadline);
        let mut tally = self.metrics.begun(name);
        let answered = pin!(async {
            let turn = self.take_on(&job).await?;
            let Job { content, room, codecs, arrival, caller, .. } = job;
            drop(room);
            arrival.sender.release();
            let slot = turn.come().await.map_err(turned_away)?;
            // Hooks and the queue may have taken long.
            if let Some(admitted) = caller.admitted {
                self.recheck(&admitted).map_err(Unanswered::Declined)?;
            }
            let task = Task { content, codecs, deadline, slot };
            match self.services.call(name, task) {
                Some(answer) => answer.await.map_err(Unanswered::Failed),
                None => Err(Unanswered::Failed(CallFailure::Panicked("no service".to_owned()))),
            }
        });
        let answered = within(deadline, answered)
            .await
            .unwrap_or(Err(Unanswered::Failed(CallFailure::Overdue)));
        let problem = match answered {
            Ok(answer) => return Outcome::Answered(answer, tally),
            Err(Unanswered::Declined(declined)) => {
                tally.note(CallOutcome::Refused);
                return Outcome::Refused(self.decline(name, declined));
            }
            Err(Unanswered::Hook(refusal)) => {
                tally.note(CallOutcome::Refused);
                let problem = refused_by_hook(name, refusal);
                return Outcome::Refused(self.refuse(name, Check::Hook, problem));
            }
            Err(Unanswered::Failed(failure)) => {
                let problem = failed(name, request_id(), failure);
                tally.note(outcome_of(&problem));
                problem
            }
        };
        Outcome::Refused(problem.to_response())
    }

    /// Asks the hooks and joins the queue.
    async fn take_on(&self, job: &Job<'_>) -> Result<Turn<'_>, Unanswered> {
        let mut points = None;
        if !self.hooks.is_empty() {
            let call = IncomingCall::new(self.facts(job));
            let decision = self.hooks.decide(&call, self.limits.hook_timeout).await;
            points = decision.map_err(Unanswered::Hook)?;
        }
        let urgency = || match (job.caller.account, points) {
            (None, _) => Urgency::LEAST,
            (Some(_), Some(points)) => Urgency::of_points(points),
            (Some(account), None) => Urgency::of_points(points_of(self.known_standing(account))),
        };
        self.queue.join(job.caller.key, urgency).map_err(turned_away)
    }

    /// Returns `true` if a request that was declined is served like one without a signature: a caller
    /// that signs is not served less than one that does not.
    fn is_open_to(&self, name: &str, declined: &Declined) -> bool {
        self.services.is_open(name) && declined.refusal.reason() == Reason::RoleNotAllowed
    }

    fn facts(&self, job: &Job<'_>) -> Facts {
        let parts = &job.arrival.parts;
        Facts {
            caller: job.caller.account,
            standing: job.caller.account.and_then(|account| self.known_standing(account)),
            service: job.service.to_owned(),
            content: job.content.clone(),
            fields: parts.headers.clone(),
            remote: job.arrival.sender.remote.map(|RemoteAddress(address)| address),
        }
    }

    /// What an account is in the subnet, if that is known.
    fn known_standing(&self, account: Address) -> Option<SubnetRole> {
        self.roster.standing(account).ok().flatten()
    }

    pub(super) async fn sign(
        &self,
        request: &VerifiedRequest,
        reply: Response<Bytes>,
    ) -> Response<Bytes> {
        let mut reply = reply;
        if AccessRecord::is_wanted() {
            reply.extensions_mut().insert(VerifiedCaller(request.caller()));
        }
        self.pipeline.sign(request, reply).await.unwrap_or_else(|error| unsigned(&error))
    }
}

fn turned_away(why: TurnedAway) -> Unanswered {
    let (reason, detail) = match why {
        TurnedAway::CallerIsBusy => {
            (Reason::RateLimited, "the caller has too many calls under way")
        }
        TurnedAway::NoRoom => (Reason::Overloaded, "too many calls wait already"),
    };
    let refusal = Refusal::new(reason, detail).with_retry_after(PAUSE);
    Unanswered::Declined(Check::Queue.declined(refusal))
}

pub(super) fn whole(content: Bytes, codecs: Codecs) -> Response<Bytes> {
    let mut reply = Response::new(content);
    reply.headers_mut().insert(CONTENT_TYPE, codecs.reply.content_type());
    reply
}

/// Whether a problem is the caller's or the miner's.
pub(super) const fn outcome_of(problem: &Problem) -> CallOutcome {
    if problem.status() < 500 { CallOutcome::Rejected } else { CallOutcome::Failed }
}

/// Each tenfold of stake is worth a point.
fn points_of(standing: Option<SubnetRole>) -> f64 {
    let stake = standing.map_or(Amount::ZERO, |standing| standing.stake);
    let hetu = stake.to_wei().unwrap_or(u128::MAX) as f64 / WEI_PER_HETU;
    (1.0 + hetu).log10()
}
