//! The receiver of the content of replies.

use std::error::Error;
use std::pin::pin;

use bytes::{Bytes, BytesMut};
use http_body::Body;
use http_body_util::BodyExt;
use tokio::task::consume_budget;

use crate::connector::check_head;
use crate::transport_failure::connection_lost;
use crate::{QueryError, ReplyShare};

/// The minimum number of bytes that a piece of the content counts. Otherwise a miner that sends
/// single bytes could cause the work of millions of pieces for a reply within the limit.
const LEAST_PIECE: usize = 128;

/// Reads a content of up to `limit` bytes, and charges it to `share` as it arrives. Pieces of fewer
/// than 128 bytes count as 128.
///
/// Pieces are copied together as they arrive: each piece that is kept would hold the whole buffer
/// that it was read into.
pub(crate) async fn receive<Content>(
    body: Content,
    limit: usize,
    share: Option<&ReplyShare>,
) -> Result<Bytes, QueryError>
where
    Content: Body<Data = Bytes>,
    Content::Error: Error + Send + Sync + 'static,
{
    let mut body = pin!(body);
    let (mut content, mut counted) = (BytesMut::new(), 0_usize);
    loop {
        let frame = tokio::select! {
            biased;
            () = revoked(share) => return Err(share.map_or(QueryError::Cancelled, ReplyShare::exceeded)),
            frame = body.frame() => frame,
        };
        let Some(frame) = frame else { return Ok(content.freeze()) };
        match frame.map_err(connection_lost)?.into_data() {
            Ok(piece) => {
                // A whole reply in one piece is never charged more than its length.
                let floor = if content.is_empty() { 0 } else { LEAST_PIECE };
                let length = piece.len().max(floor);
                counted = counted.saturating_add(length);
                if counted > limit {
                    return Err(QueryError::TooLarge { limit });
                }
                share.map_or(Ok(()), |share| share.charge(length))?;
                content.extend_from_slice(&piece);
            }
            Err(frame) => {
                // Trailers are not used. They are bounded because they are in memory until here.
                frame.trailers_ref().map_or(Ok(()), check_head)?;
            }
        }
        // A fast miner has the next piece ready each time: other calls get their turn.
        consume_budget().await;
    }
}

/// Waits until `share` is revoked; for ever if it is `None`.
async fn revoked(share: Option<&ReplyShare>) {
    match share {
        Some(share) => share.revoked().await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures_util::stream;
    use http::HeaderMap;
    use http_body_util::{Full, StreamBody};
    use hyper::body::Frame;

    use super::*;

    fn pieces(count: usize, length: usize) -> impl Body<Data = Bytes, Error = Infallible> {
        let piece = Bytes::from(vec![b'8'; length]);
        StreamBody::new(stream::iter((0..count).map(move |_| Ok(Frame::data(piece.clone())))))
    }

    async fn received(
        body: impl Body<Data = Bytes, Error = Infallible>,
        limit: usize,
    ) -> Option<usize> {
        match receive(body, limit, None).await {
            Ok(content) => Some(content.len()),
            Err(QueryError::TooLarge { .. }) => None,
            Err(error) => panic!("{error}"),
        }
    }

    #[tokio::test]
    async fn content_up_to_the_limit_is_received() {
        assert_eq!(received(Full::from(vec![0; 100]), 100).await, Some(100));
        assert_eq!(received(Full::from(vec![0; 101]), 100).await, None);
        assert_eq!(received(pieces(10, 1_000), 10_000).await, Some(10_000));
        assert_eq!(received(pieces(11, 1_000), 10_000).await, None);
    }

    /// Covers a reply within the limit that arrives in single bytes: each would cost as much as a
    /// large piece.
    #[tokio::test]
    async fn content_in_single_bytes_is_cut_off_before_its_limit() {
        assert_eq!(received(pieces(1_000, 1), 1 << 20).await, Some(1_000));
        assert_eq!(received(pieces(1 << 14, 1), 1 << 20).await, None);
    }

    #[tokio::test]
    async fn trailers_beyond_the_bounds_are_refused() {
        let mut trailers = HeaderMap::new();
        for _ in 0..=crate::violation::HEAD_FIELDS {
            trailers.append("x", "v".parse().unwrap());
        }
        let body = StreamBody::new(stream::iter([Ok::<_, Infallible>(Frame::trailers(trailers))]));
        let error = receive(body, 1_000, None).await.unwrap_err();
        assert!(matches!(error, QueryError::InvalidHttp(_)), "{error}");
    }
}
