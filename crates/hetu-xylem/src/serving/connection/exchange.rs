//! A request and its reply on a connection: request id, charge, metrics and access log.

use std::future::ready;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::Either;
use hetu_cambium::{Reason, Refusal, TraceContext};
use http::header::CONNECTION;
use http::{HeaderValue, Request, Response, Version};
use hyper::body::Incoming;
use hyper::service::{Service, service_fn};
use tracing::Instrument;

use super::activity::Activity;
use super::head::HeadSize;
use super::watched_body::{ExchangeGuard, WatchedBody};
use crate::limits::ServerLimits;
use crate::network::RemoteAddress;
use crate::serving::layers::{AnswerRequest, Layered, RequestOrigin};
use crate::serving::refusals::{Refusals, RequestCheck};
use crate::serving::unverified::{ConnectionCharge, RequestCharge};
use crate::telemetry::{AccessRecord, REQUEST_ID, RequestId};

/// The `Retry-After` of a peer after its address has used up its memory.
const PAUSE: Duration = Duration::from_secs(1);

/// The requests on all connections.
pub(in crate::serving) struct Exchanges<A> {
    refusals: Arc<Refusals>,
    limits: ServerLimits,
    layered: Layered<A>,
}

/// The remote peer of a connection.
pub(super) struct Peer {
    pub(super) remote: RemoteAddress,
    pub(super) activity: Arc<Activity>,
    pub(super) charge: Arc<ConnectionCharge>,
}

/// The reason why a request is not processed.
enum NotAdmitted {
    /// A refusal to send, and the charge that covers it.
    Refused(Refusal, RequestCharge),
    NoMemory,
}

impl<A: AnswerRequest> Exchanges<A> {
    pub(in crate::serving) const fn new(
        refusals: Arc<Refusals>,
        limits: ServerLimits,
        layered: Layered<A>,
    ) -> Self {
        Self { refusals, limits, layered }
    }

    /// Returns the service for the requests of one peer. An error resets an HTTP/2 stream.
    pub(super) fn with(
        self: Arc<Self>,
        peer: Peer,
    ) -> impl Service<Request<Incoming>, Response = Response<WatchedBody>, Error = h2::Error, Future: Send>
    {
        service_fn(move |request: Request<Incoming>| {
            let remote = peer.remote;
            let under_way = peer.activity.begin_request();
            let id = RequestId::new();
            let trace = TraceContext::of(request.headers());
            let record =
                AccessRecord::is_wanted().then(|| AccessRecord::of(&request, id, remote, trace));
            let span = tracing::info_span!(
                "request",
                request_id = %id,
                trace_id = trace.map(|trace| tracing::field::display(trace.trace_id())),
                parent_id = trace.map(|trace| tracing::field::display(trace.parent_id())),
            );
            // This runs before the first await: until then, this task is the only one that holds
            // decoded heads.
            let exchange = match self.admit(&peer, &request) {
                Ok(charge) => {
                    let layered = self.layered.clone();
                    Either::Left(async move {
                        let mut record = record;
                        let held = ExchangeGuard { under_way, _charge: Some(charge.clone()) };
                        let origin = RequestOrigin { remote, charge, id, trace };
                        // Boxed, because the surrounding future is moved several times and this is
                        // its largest part.
                        let mut response = Box::pin(layered.answer(request, origin)).await;
                        response.headers_mut().insert(RequestId::FIELD, id.field_value());
                        if let Some(record) = &mut record {
                            record.answered(&response);
                        }
                        Ok(response.map(|body| WatchedBody::new(body, held, record)))
                    })
                }
                Err(why) => {
                    let reply = REQUEST_ID.sync_scope(id, || self.refuse(&request, why));
                    Either::Right(ready(reply.map(|(mut response, charge)| {
                        let (mut record, held) =
                            (record, ExchangeGuard { under_way, _charge: charge });
                        response.headers_mut().insert(RequestId::FIELD, id.field_value());
                        if let Some(record) = &mut record {
                            record.answered(&response);
                        }
                        response.map(|body| WatchedBody::new(body.into(), held, record))
                    })))
                }
            };
            REQUEST_ID.scope(id, exchange.instrument(span))
        })
    }

    /// Counts and charges the head of a request.
    fn admit(
        &self,
        peer: &Peer,
        request: &Request<Incoming>,
    ) -> Result<RequestCharge, NotAdmitted> {
        let size = HeadSize::of(request);
        match size.excess(&self.limits) {
            None => {
                let charge = peer.charge.request(size.bytes, size.fields);
                charge.map_err(|_| NotAdmitted::NoMemory)
            }
            // The head itself is dropped at once.
            Some(refusal) => Err(match peer.charge.request(0, 0) {
                Ok(charge) => NotAdmitted::Refused(refusal, charge),
                Err(_) => NotAdmitted::NoMemory,
            }),
        }
    }

    /// Answers with a problem, or resets an HTTP/2 stream if there is no memory for the answer. A
    /// hundred replies that the peer does not read would take more.
    fn refuse(
        &self,
        request: &Request<Incoming>,
        why: NotAdmitted,
    ) -> Result<(Response<Bytes>, Option<RequestCharge>), h2::Error> {
        match why {
            NotAdmitted::Refused(refusal, charge) => {
                Ok((self.refusals.reply("", RequestCheck::Head.declined(refusal)), Some(charge)))
            }
            NotAdmitted::NoMemory => {
                let detail = "requests from this address take too much memory";
                let refusal = Refusal::new(Reason::Overloaded, detail).with_retry_after(PAUSE);
                let mut response = self.refusals.reply("", RequestCheck::Head.declined(refusal));
                if request.version() == Version::HTTP_2 {
                    return Err(h2::Reason::REFUSED_STREAM.into());
                }
                response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
                Ok((response, None))
            }
        }
    }
}
