//! What a signed request has to pass before it is looked at, the cheap before the dear.

use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use hetu_cambium::{Claim, Reason, Refusal, VerifiedRequest};
use hetu_chain::Address;
use http::Response;
use http_body::Body;
use tokio::time::Instant;

use super::Miner;
use super::answer::Arrival;
use super::check::{Check, Declined};
use super::connection::Place;
use super::content::read_content;
use super::recheck::Admitted;
use super::within::within;
use crate::{RateKey, RateRefusal, SubnetRole};

/// How long a store may take for an answer about a request whose caller is not known yet.
const STORE_LIMIT: Duration = Duration::from_secs(5);
/// When whoever a store did not answer for may come back.
const PAUSE: Duration = Duration::from_secs(1);

/// A verified request and when it is to be answered.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) request: VerifiedRequest,
    pub(super) content: Bytes,
    /// The memory of the content, to be given back when the call is in the queue, which bounds it
    /// from there on: a signature alone is no bound.
    pub(super) room: Place,
    pub(super) deadline: Instant,
}

impl Miner {
    /// The checks that need the fields alone. Nothing of a request that is refused here is
    /// remembered, and the refusal is not signed.
    pub(super) async fn claim<'a>(&self, arrival: &'a Arrival) -> Result<Claim<'a>, Declined> {
        let failing = self.failed_proofs.check(&arrival.sender);
        failing.map_err(|refusal| Check::Rate.declined(refusal))?;
        let deadline = arrival.at + self.limits.call_timeout.min(STORE_LIMIT);
        let examined = pin!(self.pipeline.examine(&arrival.parts));
        let examined = within(deadline, examined).await.unwrap_or_else(|_| Err(no_answer()));
        let claim = examined.map_err(Check::of_fields)?;
        self.look_for_newcomers(&claim, deadline).await;
        self.check_role(&claim).map_err(|refusal| Check::Role.declined(refusal))?;
        let looked = self.look_at_rate(&claim, deadline).await;
        looked.map(|()| claim).map_err(|refusal| Check::Rate.declined(refusal))
    }

    /// Content and signature. The signature base is hashed before the content is awaited.
    pub(super) async fn verify<B>(
        &self,
        claim: Claim<'_>,
        arrival: &Arrival,
        body: B,
    ) -> Result<Call, Declined>
    where
        B: Body<Data = Bytes>,
        B::Error: std::error::Error + Send + Sync + 'static,
    {
        let limits = &self.limits;
        let mut claim = claim.bind().map_err(Check::of_fields)?;
        if let Some(source) = self.failed_proofs.check_source(&arrival.sender) {
            claim = claim.from_source(source);
        }
        let timeout = claim.timeout().unwrap_or(limits.call_timeout).min(limits.call_timeout);
        let deadline = arrival.at + timeout;
        let mut room = self.unverified.content(arrival.sender.address());
        let content = self.content(arrival, body, deadline, &mut room).await?;
        // A contract or a store may have to be asked.
        let request = {
            let verified = pin!(self.pipeline.admit(claim, &content));
            within(deadline, verified).await.unwrap_or_else(|_| Err(no_answer()))
        };
        let request = request.map_err(|refusal| {
            if refusal.reason() == Reason::BadSignature {
                self.failed_proofs.note(&arrival.sender);
            }
            Check::of_proof(refusal)
        })?;
        arrival.sender.verified();
        // The content may have taken long.
        self.recheck(&Admitted::of(&request))?;
        Ok(Call { request, content, room, deadline })
    }

    /// The content of a request, bounded in size and time.
    pub(super) async fn content<B>(
        &self,
        arrival: &Arrival,
        body: B,
        deadline: Instant,
        room: &mut Place,
    ) -> Result<Bytes, Declined>
    where
        B: Body<Data = Bytes>,
        B::Error: std::error::Error + Send + Sync + 'static,
    {
        let limits = &self.limits;
        let deadline = deadline.min(arrival.at + limits.content_timeout);
        let headers = &arrival.parts.headers;
        read_content(headers, body, limits.content_bytes, deadline, room)
            .await
            .map_err(|refusal| Check::Content.declined(refusal))
    }

    /// Counts a call whose caller is known by now.
    pub(super) async fn charge(&self, call: &Call) -> Result<(), Declined> {
        let Some(rate) = self.policy.load().rate() else { return Ok(()) };
        let account = call.request.account();
        let charged = self.rates_of(account.address).consume(RateKey::account(account), rate);
        let answer = within(call.deadline, charged).await.unwrap_or_else(|_| Err(uncounted()));
        answer.map_err(|refusal| Check::Rate.declined(refusal.into()))
    }

    /// Answers a verified request for a session, or says why there is none.
    pub(super) async fn open_session(
        &self,
        call: &Call,
        arrival: &Arrival,
    ) -> Result<Response<Bytes>, Declined> {
        let Call { request, content, deadline, .. } = call;
        let opened = pin!(self.pipeline.open_session(&arrival.parts, request, content));
        let opened = within(*deadline, opened).await.unwrap_or_else(|_| Err(no_answer()));
        opened.map_err(|refusal| Check::Session.declined(refusal))
    }

    /// What an account is in the subnet, or why that is not known.
    pub(super) fn standing(&self, account: Address) -> Result<Option<SubnetRole>, Refusal> {
        self.roster.standing(account).map_err(|unavailable| {
            tracing::warn!(reason = %unavailable, "callers are refused");
            Refusal::new(Reason::RoleUnavailable, "the miner does not know for now who is who")
                .with_retry_after(unavailable.retry_after)
        })
    }

    /// Who registered a moment ago may not be in the picture yet.
    async fn look_for_newcomers(&self, claim: &Claim<'_>, deadline: Instant) {
        let caller = claim.claimed_caller();
        let is_unknown = self.policy.load().asks_for_standing(caller)
            && matches!(self.roster.standing(caller), Ok(None));
        if is_unknown {
            // Whoever is not found in time is refused as unknown.
            let _ = within(deadline, self.roster.catch_up()).await;
        }
    }

    fn check_role(&self, claim: &Claim<'_>) -> Result<(), Refusal> {
        let caller = claim.claimed_caller();
        self.policy.load().admit(caller, || self.standing(caller))
    }

    /// Turns away callers that called too often, without a count: the caller is not verified yet.
    async fn look_at_rate(&self, claim: &Claim<'_>, deadline: Instant) -> Result<(), Refusal> {
        let Some(rate) = self.policy.load().rate() else { return Ok(()) };
        let key = RateKey::account(claim.claimed_account());
        let answer = within(deadline, self.rates_of(claim.claimed_caller()).check(key, rate)).await;
        answer.unwrap_or_else(|_| Err(uncounted())).map_err(Refusal::from)
    }
}

pub(super) fn uncounted() -> RateRefusal {
    RateRefusal::Unavailable {
        reason: "the time of the call was over".to_owned(),
        retry_after: PAUSE,
    }
}

/// Of a store, or of the chain about a contract.
fn no_answer() -> Refusal {
    let detail = "what was signed could not be checked in the time that was left";
    Refusal::new(Reason::SignatureVerificationUnavailable, detail).with_retry_after(PAUSE)
}
