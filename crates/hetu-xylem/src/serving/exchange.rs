//! One request and its reply, as the connection sees them: named, counted and written down.

use std::future::ready;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf, Bytes};
use futures_util::future::Either;
use hetu_cambium::{Problem, Reason, Refusal, TraceContext};
use http::header::CONNECTION;
use http::{HeaderValue, Request, Response, Version};
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use hyper::service::{Service, service_fn};
use tracing::Instrument;

use super::check::Check;
use super::connection::{Activity, UnderWay};
use super::head::HeadSize;
use super::stack::{Origin, Stack};
use super::unverified::{ConnectionCharge, RequestCharge};
use super::{Miner, RemoteAddress, ReplyBody, ReplyBodyError};
use crate::RequestId;
use crate::telemetry::{AccessRecord, REQUEST_ID};

/// The `Retry-After` of a peer whose address has used its memory.
const PAUSE: Duration = Duration::from_secs(1);

/// The state that all exchanges on one connection share.
pub(super) struct ExchangeContext {
    pub(super) stack: Stack,
    pub(super) miner: Arc<Miner>,
    pub(super) remote: RemoteAddress,
    pub(super) activity: Arc<Activity>,
    pub(super) charge: Arc<ConnectionCharge>,
}

/// The reason for which a request is not processed.
enum NotAdmitted {
    /// Answered with this problem, against this charge.
    Refused(Box<Problem>, RequestCharge),
    NoMemory,
}

/// The exchanges on one connection.
///
/// An error resets a stream of HTTP/2.
pub(super) fn exchanges(
    context: ExchangeContext,
) -> impl Service<Request<Incoming>, Response = Response<WatchedBody>, Error = h2::Error, Future: Send>
{
    service_fn(move |request: Request<Incoming>| {
        let remote = context.remote;
        let under_way = context.activity.request();
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
        // Before the first await: until then this task is the only one that holds decoded heads.
        let exchange = match context.admit(&request) {
            Ok(charge) => {
                let stack = context.stack.clone();
                Either::Left(async move {
                    let mut record = record;
                    let held = Held { under_way, _charge: Some(charge.clone()) };
                    let origin = Origin { remote, charge, id, trace };
                    // What surrounds it is moved several times, and this is the large part.
                    let mut response = Box::pin(stack.answer(request, origin)).await;
                    response.headers_mut().insert(RequestId::FIELD, id.field_value());
                    if let Some(record) = &mut record {
                        record.answered(&response);
                    }
                    Ok(response.map(|body| WatchedBody::new(body, held, record)))
                })
            }
            Err(why) => {
                let reply = REQUEST_ID.sync_scope(id, || context.turn_away(&request, why));
                Either::Right(ready(reply.map(|(mut response, charge)| {
                    let (mut record, held) = (record, Held { under_way, _charge: charge });
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

impl ExchangeContext {
    /// Counts and charges the head of a request.
    fn admit(&self, request: &Request<Incoming>) -> Result<RequestCharge, NotAdmitted> {
        let size = HeadSize::of(request);
        match size.excess(&self.miner.limits) {
            None => {
                let charge = self.charge.request(size.bytes, size.fields);
                charge.map_err(|_| NotAdmitted::NoMemory)
            }
            // The head itself is dropped at once.
            Some(problem) => Err(match self.charge.request(0, 0) {
                Ok(charge) => NotAdmitted::Refused(Box::new(problem), charge),
                Err(_) => NotAdmitted::NoMemory,
            }),
        }
    }

    /// Answers with a problem, or refuses a stream of HTTP/2 for which there is no memory: a
    /// hundred replies that the peer does not read would take more.
    fn turn_away(
        &self,
        request: &Request<Incoming>,
        why: NotAdmitted,
    ) -> Result<(Response<Bytes>, Option<RequestCharge>), h2::Error> {
        match why {
            NotAdmitted::Refused(problem, charge) => {
                Ok((self.miner.refuse("", Check::Head, *problem), Some(charge)))
            }
            NotAdmitted::NoMemory => {
                let detail = "requests from this address take too much memory";
                let refusal = Refusal::new(Reason::Overloaded, detail).with_retry_after(PAUSE);
                let mut response = self.miner.decline("", Check::Head.declined(refusal));
                if request.version() == Version::HTTP_2 {
                    return Err(h2::Reason::REFUSED_STREAM.into());
                }
                response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
                Ok((response, None))
            }
        }
    }
}

/// Held from the head of a request until the last piece of its reply is written.
struct Held {
    under_way: UnderWay,
    _charge: Option<RequestCharge>,
}

/// The content of a reply, watched until its last byte.
pub(super) struct WatchedBody {
    body: ReplyBody,
    /// `None` once it went with the last piece.
    held: Option<Held>,
    record: Option<AccessRecord>,
}

impl WatchedBody {
    fn new(body: ReplyBody, held: Held, mut record: Option<AccessRecord>) -> Self {
        if let Some(record) = record.as_mut().filter(|_| body.is_end_stream()) {
            record.complete();
        }
        Self { body, held: Some(held), record }
    }

    fn sent(&mut self, bytes: Bytes) -> Piece {
        let is_last = self.body.is_end_stream();
        if let Some(record) = &mut self.record {
            record.sent(bytes.len());
            if is_last {
                record.complete();
            }
        }
        let held = if is_last { self.held.take() } else { None };
        if let Some(held) = &self.held {
            held.under_way.progress();
        }
        Piece { bytes, _held: held }
    }
}

impl Body for WatchedBody {
    type Data = Piece;
    type Error = ReplyBodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Piece>, ReplyBodyError>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        if frame.is_none()
            && let Some(record) = &mut self.record
        {
            record.complete();
        }
        Poll::Ready(frame.map(|frame| frame.map(|frame| frame.map_data(|bytes| self.sent(bytes)))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A piece of a reply. The request is under way until the last piece is written: a peer that reads
/// slowly leaves pieces waiting here long after the body gave them away.
pub(super) struct Piece {
    bytes: Bytes,
    _held: Option<Held>,
}

impl Buf for Piece {
    fn remaining(&self) -> usize {
        self.bytes.remaining()
    }

    fn chunk(&self) -> &[u8] {
        self.bytes.chunk()
    }

    fn advance(&mut self, count: usize) {
        self.bytes.advance(count);
    }

    fn copy_to_bytes(&mut self, length: usize) -> Bytes {
        self.bytes.copy_to_bytes(length)
    }
}
