//! Signing of streams by the miner.

use bytes::Bytes;
use hetu_chain::text::ForeignError;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::Serialize;

use super::EVENT_STREAM;
use super::event::{StreamEvent, StreamEventKind};
use super::running_hash::{RunningHash, StreamEnd, StreamOutcome};
use crate::message_signature::BaseSink;
use crate::{CodecError, Problem, ReplySigner, SigningError, VerifiedRequest, fields};

/// A writer of a reply that is sent event by event. Its head is signed before the first event, its
/// end after the last.
///
/// If it is dropped, the stream has no signed end, which the caller detects.
#[derive(Debug)]
pub struct EventStreamSigner {
    signer: ReplySigner,
    request: VerifiedRequest,
    hash: RunningHash,
    events: u64,
}

impl ReplySigner {
    /// Begins a stream in answer to `request`. Signs the head of the reply by setting
    /// `Content-Type`, `Cache-Control`, `Signature-Input` and `Signature` in `headers`. The status
    /// of the reply is 200.
    ///
    /// # Errors
    /// [`SigningError::Signer`] if the signer fails.
    pub async fn open_stream(
        &self,
        request: VerifiedRequest,
        headers: &mut HeaderMap,
    ) -> Result<EventStreamSigner, SigningError> {
        headers.remove(fields::CONTENT_DIGEST);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(EVENT_STREAM));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        let base = self.sign_head(&request, StatusCode::OK, headers).await?;
        let mut hasher = RunningHash::head_hasher();
        hasher.write(&base);
        let hash = RunningHash::of_head(hasher);
        Ok(EventStreamSigner { signer: self.clone(), request, hash, events: 0 })
    }
}

impl EventStreamSigner {
    /// Writes one item as the next piece of the content.
    ///
    /// # Errors
    /// [`CodecError::Encode`] if the item has no form in JSON. The stream is then unchanged.
    pub fn item<T: Serialize>(&mut self, item: &T) -> Result<Bytes, CodecError> {
        let data = serde_json::to_string(item)
            .map_err(|error| CodecError::Encode { reason: ForeignError::new(error) })?;
        Ok(self.event(StreamEventKind::Item, data))
    }

    /// Ends the stream after its last item and returns the last piece of the content.
    ///
    /// # Errors
    /// [`SigningError::Signer`] if the signer fails.
    pub async fn finish(self) -> Result<Bytes, SigningError> {
        self.end(StreamOutcome::Complete).await
    }

    /// Ends the stream early with a problem and returns the last piece of the content.
    ///
    /// # Errors
    /// [`SigningError::Signer`] if the signer fails.
    pub async fn fail(mut self, problem: &Problem) -> Result<Bytes, SigningError> {
        #[expect(clippy::expect_used, reason = "strings, numbers and a list of strings")]
        let data = serde_json::to_string(problem).expect("JSON");
        let told = self.event(StreamEventKind::Problem, data);
        let end = self.end(StreamOutcome::Failed).await?;
        Ok([told, end].concat().into())
    }

    /// Returns a piece of content without an event, for proxies that close idle connections.
    pub const fn keep_alive() -> Bytes {
        Bytes::from_static(b":\n\n")
    }

    fn event(&mut self, kind: StreamEventKind, data: String) -> Bytes {
        let event = StreamEvent { number: self.events, kind, data: data.into() };
        self.hash.add(&event);
        self.events += 1;
        event.to_bytes()
    }

    async fn end(self, outcome: StreamOutcome) -> Result<Bytes, SigningError> {
        let Self { signer, request, hash, events } = self;
        let text = StreamEnd::text(events, outcome, &hash);
        let signature = signer.sign_text(&request, text.as_bytes()).await?;
        let end = StreamEnd::new(events, outcome, &hash, &signature);
        #[expect(clippy::expect_used, reason = "strings and numbers under fixed names")]
        let data = serde_json::to_string(&end).expect("JSON").into();
        Ok(StreamEvent { number: events, kind: StreamEventKind::End, data }.to_bytes())
    }
}
