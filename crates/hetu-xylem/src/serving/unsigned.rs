//! Calls of open services whose caller is unsigned, or has no role.

use bytes::Bytes;
use hetu_cambium::{Codec, Reason, Refusal};
use http::Response;
use http_body::Body;

use super::answer::Arrival;
use super::attached::{Answer, CallFailure};
use super::call_metrics::CallOutcome;
use super::check::{Check, Declined};
use super::checks::uncounted;
use super::codecs::Codecs;
use super::perform::{Caller, Job, Outcome, whole};
use super::problems::{failed, request_id};
use super::within::within;
use super::{Miner, RemoteAddress, ReplyBody};
use crate::RateKey;

impl Miner {
    /// Serves an unsigned call in JSON. Neither it nor its reply proves anything.
    pub(super) async fn serve_unsigned<B>(
        &self,
        name: &str,
        arrival: &Arrival,
        body: B,
    ) -> Response<ReplyBody>
    where
        B: Body<Data = Bytes>,
        B::Error: std::error::Error + Send + Sync + 'static,
    {
        let reply = match self.admit_unsigned(name, arrival, body).await {
            Err(declined) => self.decline(name, declined),
            Ok(job) => {
                let codecs = job.codecs;
                match self.work(job).await {
                    Outcome::Answered(Answer::Whole(content), mut tally) => {
                        tally.note(CallOutcome::Served);
                        whole(content, codecs)
                    }
                    // Streams end with a signature, so a miner does not start with an open one.
                    Outcome::Answered(Answer::Stream(_), mut tally) => {
                        tally.note(CallOutcome::Failed);
                        let failure = CallFailure::Panicked("an open stream".to_owned());
                        failed(name, request_id(), failure).to_response()
                    }
                    Outcome::Refused(reply) => reply,
                }
            }
        };
        reply.map(ReplyBody::from)
    }

    async fn admit_unsigned<'a, B>(
        &self,
        name: &'a str,
        arrival: &'a Arrival,
        body: B,
    ) -> Result<Job<'a>, Declined>
    where
        B: Body<Data = Bytes>,
        B::Error: std::error::Error + Send + Sync + 'static,
    {
        let key = self.charge_remote(arrival).await?;
        let codecs = Codecs::of(&arrival.parts, &[Codec::Json])
            .map_err(|refusal| Check::Codec.declined(refusal))?;
        let deadline = arrival.at + self.limits.call_timeout;
        let mut room = self.unverified.content(arrival.sender.address());
        let content = self.content(arrival, body, deadline, &mut room).await?;
        let caller = Caller { key, account: None, admitted: None };
        Ok(Job { service: name, caller, content, room, codecs, deadline, arrival })
    }

    /// Counts a call of a network address, which nobody can pretend to have who reads the reply.
    async fn charge_remote(&self, arrival: &Arrival) -> Result<RateKey, Declined> {
        let remote = arrival.sender.remote.map(|RemoteAddress(address)| address.ip());
        let rate = self.policy.load().open_rate();
        // Without a bound nobody is served.
        let (Some(remote), Some(rate)) = (remote, rate) else {
            let detail = "the request must be signed: where it comes from is not known";
            return Err(Check::Rate.declined(Refusal::new(Reason::SignatureMissing, detail)));
        };
        let key = RateKey::remote(remote);
        let deadline = arrival.at + self.limits.call_timeout;
        let charged = within(deadline, self.open_rates.consume(key, rate)).await;
        let charged = charged.unwrap_or_else(|_| Err(uncounted()));
        charged.map(|()| key).map_err(|refusal| Check::Rate.declined(refusal.into()))
    }
}
