//! Reading the content of a request, bounded in size and time.

use std::pin::pin;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use hetu_cambium::{Reason, Refusal};
use http::HeaderMap;
use http::header::CONTENT_LENGTH;
use http_body::Body;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tokio::time::Instant;

use super::arrival::Arrival;
use super::quota::QuotaUse;
use super::refusals::{Declined, RequestCheck};
use super::unverified::UnverifiedBudget;
use super::within::within;
use crate::limits::ServerLimits;

/// The content of an arriving request.
pub(crate) trait RequestBody:
    Body<Data = Bytes, Error: std::error::Error + Send + Sync + 'static>
{
}

impl<B> RequestBody for B where
    B: Body<Data = Bytes, Error: std::error::Error + Send + Sync + 'static>
{
}

/// A reader of contents within the limits, which charges the budget of unverified peers.
pub(crate) struct ContentReader {
    unverified: UnverifiedBudget,
    max_bytes: usize,
    timeout: Duration,
}

/// The content of a request.
#[derive(Debug)]
pub(super) struct ReceivedContent {
    pub(super) bytes: Bytes,
    /// The charge for the bytes. It is freed when the queue bounds the call, because a signature
    /// alone is no bound.
    pub(super) memory: QuotaUse,
}

impl ContentReader {
    pub(crate) const fn new(unverified: UnverifiedBudget, limits: &ServerLimits) -> Self {
        Self { unverified, max_bytes: limits.content_bytes, timeout: limits.content_timeout }
    }

    /// Reads all of `body`, unless it is too long, arrives too late, or exceeds the budget.
    ///
    /// Refuses a `Content-Length` above the limit before it reads a byte.
    pub(super) async fn read(
        &self,
        body: impl RequestBody,
        arrival: &Arrival,
        deadline: Instant,
    ) -> Result<ReceivedContent, Declined> {
        let limit = self.max_bytes;
        let declined = |refusal| RequestCheck::Content.declined(refusal);
        if announced_length(&arrival.parts.headers).is_some_and(|length| length > limit as u64) {
            return Err(declined(too_large(limit)));
        }
        let deadline = deadline.min(arrival.at + self.timeout);
        let mut memory = self.unverified.content(arrival.source.address());
        let bytes = {
            let collected = pin!(collect(Limited::new(body, limit), limit, &mut memory));
            within(deadline, collected).await.unwrap_or_else(|_| {
                Err(Refusal::new(Reason::RequestTimeout, "the content did not arrive in time"))
            })
        };
        Ok(ReceivedContent { bytes: bytes.map_err(declined)?, memory })
    }
}

async fn collect(
    body: Limited<impl RequestBody>,
    limit: usize,
    memory: &mut QuotaUse,
) -> Result<Bytes, Refusal> {
    let mut body = pin!(body);
    let mut content = ContentPieces::default();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| {
            if error.is::<LengthLimitError>() {
                return too_large(limit);
            }
            Refusal::new(Reason::MalformedRequest, "the content broke off or is malformed")
        })?;
        // Trailers have no meaning in the protocol.
        let Ok(piece) = frame.into_data() else { continue };
        memory.grow(piece.len()).map_err(|_| no_room())?;
        content.push(piece);
    }
    Ok(content.whole())
}

/// The pieces of the content. Content almost always arrives in one piece, which is then not copied.
#[derive(Default)]
struct ContentPieces {
    first: Bytes,
    whole: BytesMut,
}

impl ContentPieces {
    fn push(&mut self, piece: Bytes) {
        if self.first.is_empty() {
            self.first = piece;
            return;
        }
        if self.whole.is_empty() {
            self.whole.extend_from_slice(&self.first);
        }
        self.whole.extend_from_slice(&piece);
    }

    fn whole(self) -> Bytes {
        if self.whole.is_empty() { self.first } else { self.whole.freeze() }
    }
}

fn no_room() -> Refusal {
    Refusal::new(Reason::Overloaded, "too much is being sent at the same time")
        .with_retry_after(Duration::from_secs(1))
}

fn announced_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn too_large(limit: usize) -> Refusal {
    Refusal::new(Reason::ContentTooLarge, format!("the content is longer than {limit} bytes"))
}
