//! The reader of a stream, piece by piece.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use std::vec;

use hetu_cambium::{EventStreamVerifier, Problem, StreamPart, StreamRefusal};
use http_body::Body;
use hyper::body::Incoming;
use tokio::task::coop::poll_proceed;
use tokio::time::Sleep;

use crate::QueryError;
use crate::connector::check_head;
use crate::exchange::ExchangePermit;
use crate::transport_failure::connection_lost;

/// A stream that has not ended.
pub(super) struct StreamReader {
    pub(super) body: Incoming,
    /// `None` once the content has ended.
    pub(super) verifier: Option<EventStreamVerifier>,
    /// The parts of the last piece of the content. The next piece is read after they are returned.
    pub(super) parts: vec::IntoIter<StreamPart>,
    pub(super) end: StreamEnd,
    pub(super) deadline: Pin<Box<Sleep>>,
    pub(super) limit: Duration,
    pub(super) permit: ExchangePermit,
}

/// The end of a stream, as far as the miner signed one.
pub(super) enum StreamEnd {
    Unknown,
    Problem(Box<Problem>),
    Complete,
}

/// The item in JSON.
type Item = Result<Box<str>, QueryError>;

impl StreamReader {
    /// Returns the next item, or `None` at the end. Must not be called after that or after an
    /// error.
    pub(super) fn poll_item(&mut self, context: &mut Context<'_>) -> Poll<Option<Item>> {
        loop {
            for part in self.parts.by_ref() {
                match part {
                    StreamPart::Item(item) => return Poll::Ready(Some(Ok(item))),
                    StreamPart::Problem(problem) => self.end = StreamEnd::Problem(problem),
                    StreamPart::Complete => self.end = StreamEnd::Complete,
                    _ => return Poll::Ready(Some(Err(self.end_problem()))),
                }
            }
            if self.deadline.as_mut().poll(context).is_ready() {
                return Poll::Ready(Some(Err(QueryError::TimedOut { limit: self.limit })));
            }
            match self.poll_parts(context) {
                // The miner proved that the stream is complete, so there is no need to wait for its
                // close.
                Poll::Pending if matches!(self.end, StreamEnd::Complete) => {
                    return Poll::Ready(None);
                }
                read => match ready!(read) {
                    Ok(Some(parts)) => self.parts = parts.into_iter(),
                    Ok(None) => return Poll::Ready(None),
                    Err(error) => return Poll::Ready(Some(Err(self.broken(error)))),
                },
            }
        }
    }

    /// Returns the parts of the next piece of the content, or `None` after a valid end.
    fn poll_parts(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Result<Option<Vec<StreamPart>>, QueryError>> {
        // Comments are no items: without a budget a fast miner would keep the reader in its loop.
        let budget = ready!(poll_proceed(context));
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        budget.made_progress();
        let Some(verifier) = &mut self.verifier else { return Poll::Ready(Ok(None)) };
        Poll::Ready(match frame.transpose() {
            Err(error) => Err(connection_lost(error)),
            Ok(Some(frame)) => match frame.into_data() {
                Ok(bytes) => verifier.feed(&bytes).map(Some).map_err(QueryError::from),
                // Trailers are not used. They are bounded because they are in memory until here.
                Err(frame) => {
                    let checked = frame.trailers_ref().map_or(Ok(()), check_head);
                    checked.map(|()| Some(Vec::new())).map_err(QueryError::from)
                }
            },
            Ok(None) => {
                let finished = self.verifier.take().map_or(Ok(()), EventStreamVerifier::finish);
                finished.map(|()| None).map_err(QueryError::from)
            }
        })
    }

    fn end_problem(&mut self) -> QueryError {
        match std::mem::replace(&mut self.end, StreamEnd::Unknown) {
            StreamEnd::Problem(problem) => QueryError::StreamEnded { problem },
            _ => StreamRefusal::BadEnd.into(),
        }
    }

    fn broken(&mut self, error: QueryError) -> QueryError {
        let outcome: Result<(), _> = Err(error.clone());
        self.permit.settle(&outcome);
        error
    }
}
