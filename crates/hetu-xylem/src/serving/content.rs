//! Reading the content of a request, bounded in size and time.

use bytes::Bytes;
use hetu_cambium::{Reason, Refusal};
use http::HeaderMap;
use http::header::CONTENT_LENGTH;
use http_body::Body;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tokio::time::{Instant, timeout_at};

/// Reads `body` whole, if it is at most `limit` bytes long and arrives before `deadline`.
///
/// What `Content-Length` announces is refused before a byte is read.
pub(super) async fn read_content<B>(
    headers: &HeaderMap,
    body: B,
    limit: usize,
    deadline: Instant,
) -> Result<Bytes, Refusal>
where
    B: Body<Data = Bytes>,
    B::Error: std::error::Error + Send + Sync + 'static,
{
    if announced_length(headers).is_some_and(|length| length > limit as u64) {
        return Err(too_large(limit));
    }
    match timeout_at(deadline, Limited::new(body, limit).collect()).await {
        Ok(Ok(content)) => Ok(content.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large(limit)),
        Ok(Err(_)) => {
            Err(Refusal::new(Reason::MalformedRequest, "the content broke off or is malformed"))
        }
        Err(_) => Err(Refusal::new(Reason::RequestTimeout, "the content did not arrive in time")),
    }
}

fn announced_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn too_large(limit: usize) -> Refusal {
    Refusal::new(Reason::ContentTooLarge, format!("the content is longer than {limit} bytes"))
}
