//! The content of a reply, tracked until its last byte is written.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use http_body::{Body, Frame, SizeHint};

use super::activity::UnderWay;
use crate::serving::reply_body::{ReplyBody, ReplyBodyError};
use crate::serving::unverified::RequestCharge;
use crate::telemetry::AccessRecord;

/// A guard held from the head of a request until the last piece of its reply is written.
pub(super) struct ExchangeGuard {
    pub(super) under_way: UnderWay,
    pub(super) _charge: Option<RequestCharge>,
}

/// The content of a reply, tracked until its last byte.
pub(in crate::serving) struct WatchedBody {
    body: ReplyBody,
    /// The guard, or `None` after the last piece has taken it.
    held: Option<ExchangeGuard>,
    record: Option<AccessRecord>,
}

impl WatchedBody {
    pub(super) fn new(
        body: ReplyBody,
        held: ExchangeGuard,
        mut record: Option<AccessRecord>,
    ) -> Self {
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
            held.under_way.note_progress();
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

/// A piece of a reply. The request is in flight until the last piece is written. A peer that reads
/// slowly leaves pieces waiting here long after the body returned them.
pub(in crate::serving) struct Piece {
    bytes: Bytes,
    _held: Option<ExchangeGuard>,
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
