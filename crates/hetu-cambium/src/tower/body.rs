//! Message bodies: read completely within a limit, or passed through.

use bytes::Bytes;
use http_body::Body;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use tower::BoxError;

/// The body of a reply that a layer creates or passes through.
pub type MessageBody = UnsyncBoxBody<Bytes, BoxError>;

/// A reason why a body was not read.
#[derive(Debug)]
pub(super) enum UnreadBody {
    TooLong,
    Broken(BoxError),
}

/// Reads a complete body of at most `limit` bytes.
pub(super) async fn read<B>(body: B, limit: usize) -> Result<Bytes, UnreadBody>
where
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    match Limited::new(body, limit).collect().await {
        Ok(content) => Ok(content.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(UnreadBody::TooLong),
        Err(error) => Err(UnreadBody::Broken(error)),
    }
}

pub(super) fn whole(content: Bytes) -> MessageBody {
    Full::new(content).map_err(|never| match never {}).boxed_unsync()
}

pub(super) fn passed_on<B>(body: B) -> MessageBody
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    body.map_err(Into::into).boxed_unsync()
}
