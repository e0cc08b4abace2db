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

use super::connection::Place;
use super::within::within;

/// Reads `body` whole, if it is at most `limit` bytes long, arrives before `deadline`, and finds
/// memory in `room`: nobody has verified yet who sends it.
///
/// What `Content-Length` announces is refused before a byte is read.
pub(super) async fn read_content<B>(
    headers: &HeaderMap,
    body: B,
    limit: usize,
    deadline: Instant,
    room: &mut Place,
) -> Result<Bytes, Refusal>
where
    B: Body<Data = Bytes>,
    B::Error: std::error::Error + Send + Sync + 'static,
{
    if announced_length(headers).is_some_and(|length| length > limit as u64) {
        return Err(too_large(limit));
    }
    let collected = pin!(collect(Limited::new(body, limit), limit, room));
    within(deadline, collected).await.unwrap_or_else(|_| {
        Err(Refusal::new(Reason::RequestTimeout, "the content did not arrive in time"))
    })
}

async fn collect<B>(body: Limited<B>, limit: usize, room: &mut Place) -> Result<Bytes, Refusal>
where
    B: Body<Data = Bytes>,
    B::Error: std::error::Error + Send + Sync + 'static,
{
    let mut body = pin!(body);
    let mut content = Pieces::default();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| {
            if error.is::<LengthLimitError>() {
                return too_large(limit);
            }
            Refusal::new(Reason::MalformedRequest, "the content broke off or is malformed")
        })?;
        // Trailers say nothing here.
        let Ok(piece) = frame.into_data() else { continue };
        room.grow(piece.len()).map_err(|_| no_room())?;
        content.push(piece);
    }
    Ok(content.whole())
}

/// Content as it came: nearly always in one piece, which is then not copied.
#[derive(Default)]
struct Pieces {
    first: Bytes,
    whole: BytesMut,
}

impl Pieces {
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
