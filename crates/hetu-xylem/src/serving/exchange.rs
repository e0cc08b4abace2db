//! One request and its reply, as the connection sees them: named, counted and written down.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use hetu_cambium::TraceContext;
use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use hyper::service::{Service, service_fn};
use tracing::Instrument;

use super::connection::{Activity, UnderWay};
use super::stack::{Origin, Stack};
use super::{RemoteAddress, ReplyBody, ReplyBodyError};
use crate::RequestId;
use crate::telemetry::{AccessRecord, REQUEST_ID};

/// The exchanges on one connection.
pub(super) fn exchanges(
    stack: Stack,
    remote: RemoteAddress,
    activity: Arc<Activity>,
) -> impl Service<Request<Incoming>, Response = Response<WatchedBody>, Error = Infallible, Future: Send>
{
    service_fn(move |request: Request<Incoming>| {
        let under_way = activity.request();
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
        let stack = stack.clone();
        let exchange = async move {
            let mut record = record;
            // What surrounds it is moved several times, and this is the large part.
            let mut response = Box::pin(stack.answer(request, Origin { remote, id, trace })).await;
            response.headers_mut().insert(RequestId::FIELD, id.field_value());
            if let Some(record) = &mut record {
                record.answered(&response);
            }
            Ok(response.map(|body| WatchedBody::new(body, under_way, record)))
        };
        REQUEST_ID.scope(id, exchange.instrument(span))
    })
}

/// The content of a reply, watched until its last byte.
pub(super) struct WatchedBody {
    body: ReplyBody,
    /// Nothing once it went with the last piece.
    under_way: Option<UnderWay>,
    record: Option<AccessRecord>,
}

impl WatchedBody {
    fn new(body: ReplyBody, under_way: UnderWay, mut record: Option<AccessRecord>) -> Self {
        if let Some(record) = record.as_mut().filter(|_| body.is_end_stream()) {
            record.complete();
        }
        Self { body, under_way: Some(under_way), record }
    }

    fn sent(&mut self, bytes: Bytes) -> Piece {
        let is_last = self.body.is_end_stream();
        if let Some(record) = &mut self.record {
            record.sent(bytes.len());
            if is_last {
                record.complete();
            }
        }
        let under_way = if is_last { self.under_way.take() } else { None };
        if let Some(under_way) = &self.under_way {
            under_way.progress();
        }
        Piece { bytes, _under_way: under_way }
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
    _under_way: Option<UnderWay>,
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
