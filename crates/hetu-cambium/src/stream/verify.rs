//! Verification of streams by the caller.

use hetu_chain::text::ForeignError;
use hetu_chain::{Clock, Retryability, Retryable};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;

use super::EVENT_STREAM;
use super::event::{EventSyntaxError, StreamEvent, StreamEventKind};
use super::limits::StreamLimits;
use super::running_hash::{RunningHash, StreamEnd, StreamOutcome};
use crate::{CodecError, PendingReply, Problem, ReplyRefusal};

/// A reader of a stream that verifies it against the request that it answers.
///
/// The head is verified when the verifier is created. Items are returned as they arrive. Only
/// [`StreamPart::Complete`] proves that no item was added, changed, moved or left out on the way,
/// so a caller must wait for it before it relies on that.
#[derive(Debug)]
pub struct EventStreamVerifier {
    pending: PendingReply,
    limits: StreamLimits,
    hash: RunningHash,
    events: u64,
    /// The beginning of an incomplete event.
    rest: Vec<u8>,
    state: StreamState,
}

#[derive(Debug, PartialEq, Eq)]
enum StreamState {
    Open,
    /// The state after a problem, in which only the end may follow.
    Failing,
    Ended,
    Refused(StreamRefusal),
}

/// A piece of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StreamPart {
    /// One item, in JSON.
    Item(Box<str>),
    /// The problem with which the miner aborted the stream. Proven once [`StreamPart::Failed`]
    /// follows.
    Problem(Box<Problem>),
    /// The end, which proves that the miner sent everything before it.
    Complete,
    /// The end after a problem, which proves that the miner sent everything before it.
    Failed,
}

impl StreamPart {
    /// Decodes the item, or returns `None` if the part is not an item.
    ///
    /// # Errors
    /// [`CodecError::Decode`] if the item is not of this type.
    pub fn item<T: DeserializeOwned>(&self) -> Result<Option<T>, CodecError> {
        let Self::Item(data) = self else { return Ok(None) };
        serde_json::from_str(data)
            .map(Some)
            .map_err(|error| CodecError::Decode { reason: ForeignError::new(error) })
    }
}

impl PendingReply {
    /// Verifies the head of a reply that is a stream.
    ///
    /// # Errors
    /// [`StreamRefusal`] if the recipient did not sign it for this request, or it is not a stream.
    pub fn verify_stream(
        &self,
        status: StatusCode,
        headers: &HeaderMap,
        limits: StreamLimits,
        clock: &dyn Clock,
    ) -> Result<EventStreamVerifier, StreamRefusal> {
        let is_stream = headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.eq_ignore_ascii_case(EVENT_STREAM));
        if status != StatusCode::OK || !is_stream {
            return Err(StreamRefusal::NoStream);
        }
        let mut hasher = RunningHash::head_hasher();
        self.verify_open_head(status, headers, clock.unix_seconds(), &mut hasher)?;
        Ok(EventStreamVerifier {
            pending: self.clone(),
            limits,
            hash: RunningHash::of_head(hasher),
            events: 0,
            rest: Vec::new(),
            state: StreamState::Open,
        })
    }
}

impl EventStreamVerifier {
    /// Reads the next bytes of the content, in pieces of any size.
    ///
    /// # Errors
    /// [`StreamRefusal`]. No more bytes are read after it. Parts before the error are returned
    /// first; the next call, or [`finish`](Self::finish), returns the error.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<Vec<StreamPart>, StreamRefusal> {
        if let StreamState::Refused(refusal) = &self.state {
            return Err(refusal.clone());
        }
        let mut parts = Vec::new();
        if let Err(refusal) = self.read(bytes, &mut parts) {
            self.state = StreamState::Refused(refusal.clone());
            self.rest = Vec::new();
            if parts.is_empty() {
                return Err(refusal);
            }
        }
        Ok(parts)
    }

    /// Finishes the verification at the end of the content.
    ///
    /// # Errors
    /// [`StreamRefusal::Truncated`] if the miner did not end the stream, or the error of an earlier
    /// part.
    pub fn finish(self) -> Result<(), StreamRefusal> {
        match self.state {
            StreamState::Ended if self.rest.is_empty() => Ok(()),
            StreamState::Refused(refusal) => Err(refusal),
            _ => Err(StreamRefusal::Truncated),
        }
    }

    fn read(&mut self, mut bytes: &[u8], parts: &mut Vec<StreamPart>) -> Result<(), StreamRefusal> {
        while let Some(position) = bytes.iter().position(|byte| *byte == b'\n') {
            let (line, after) = bytes.split_at(position + 1);
            bytes = after;
            self.keep(line)?;
            // An empty line ends the event.
            if self.rest.ends_with(b"\n\n") || self.rest == b"\n" {
                let block = std::mem::take(&mut self.rest);
                let block = block.strip_suffix(b"\n\n").unwrap_or_default();
                if let Some(event) = StreamEvent::parse(block)? {
                    parts.push(self.take(event)?);
                }
            }
        }
        self.keep(bytes)
    }

    fn keep(&mut self, bytes: &[u8]) -> Result<(), StreamRefusal> {
        if self.rest.len() + bytes.len() > self.limits.event_bytes {
            return Err(StreamRefusal::TooLarge { limit: self.limits.event_bytes });
        }
        self.rest.extend_from_slice(bytes);
        Ok(())
    }

    fn take(&mut self, event: StreamEvent) -> Result<StreamPart, StreamRefusal> {
        if event.number != self.events {
            return Err(StreamRefusal::OutOfOrder);
        }
        match (event.kind, &self.state) {
            (StreamEventKind::End, StreamState::Open | StreamState::Failing) => {
                return self.take_end(&event);
            }
            (_, StreamState::Open) => {}
            _ => return Err(StreamRefusal::OutOfOrder),
        }
        if self.events >= self.limits.events {
            return Err(StreamRefusal::TooLong { limit: self.limits.events });
        }
        self.events += 1;
        self.hash.add(&event);
        if event.kind == StreamEventKind::Problem {
            self.state = StreamState::Failing;
            let problem = serde_json::from_str(&event.data).map_err(|_| EventSyntaxError)?;
            return Ok(StreamPart::Problem(Box::new(problem)));
        }
        Ok(StreamPart::Item(event.data))
    }

    fn take_end(&mut self, event: &StreamEvent) -> Result<StreamPart, StreamRefusal> {
        let end: StreamEnd = serde_json::from_str(&event.data).map_err(|_| EventSyntaxError)?;
        let (outcome, part) = match self.state {
            StreamState::Failing => (StreamOutcome::Failed, StreamPart::Failed),
            _ => (StreamOutcome::Complete, StreamPart::Complete),
        };
        let text = StreamEnd::text(self.events, outcome, &self.hash);
        let is_signed = end.events == self.events
            && end.outcome == outcome
            && end.is_of(&self.hash)
            && end.signature().is_some_and(|signature| self.pending.is_signed(&text, &signature));
        if !is_signed {
            return Err(StreamRefusal::BadEnd);
        }
        self.state = StreamState::Ended;
        Ok(part)
    }
}

/// A reason why a stream is not the recipient's reply to the request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StreamRefusal {
    /// A head that is not the recipient's.
    #[error(transparent)]
    Head(#[from] ReplyRefusal),
    /// A reply that is not a stream. It may be a refusal: see [`PendingReply::verify`].
    #[error("the reply is not a stream of events")]
    NoStream,
    /// Content that does not consist of events.
    #[error(transparent)]
    Malformed(#[from] EventSyntaxError),
    /// An event that is longer than the limit of the caller.
    #[error("an event is longer than {limit} bytes")]
    TooLarge {
        /// Maximum bytes of an event.
        limit: usize,
    },
    /// A stream with more events than the limit of the caller.
    #[error("the stream has more than {limit} events")]
    TooLong {
        /// Maximum number of events.
        limit: u64,
    },
    /// An event that is not the next one.
    #[error("an event of the stream is missing, repeated or out of place")]
    OutOfOrder,
    /// An end that does not sign the events before it.
    #[error("the end of the stream does not fit what came before it")]
    BadEnd,
    /// Content that stops before the signed end of the miner.
    #[error("the stream broke off")]
    Truncated,
}

impl Retryable for StreamRefusal {
    fn retryability(&self) -> Retryability {
        match self {
            Self::Head(refusal) => refusal.retryability(),
            Self::Truncated => Retryability::Retryable,
            _ => Retryability::Final,
        }
    }
}
