//! Replies that come item by item.

use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use futures_util::stream::unfold;
use hetu_cambium::{EventStreamSigner, SigningError, VerifiedRequest};
use http::{HeaderMap, Response};
use http_body::Frame;
use http_body_util::StreamBody;
use tokio::time::timeout;

use super::attached::{CallFailure, Items};
use super::call_metrics::{CallOutcome, Tally};
use super::perform::outcome_of;
use super::problems::{failed, request_id, unsigned};
use super::{Miner, ReplyBody};

/// After so much silence a comment is sent, so that proxies keep the connection open.
const SILENCE: Duration = Duration::from_secs(15);

/// A stream under way. Dropping it ends the handler.
struct Events {
    service: String,
    /// The request's name, which is known where it was taken and not where its stream is sent.
    request_id: String,
    items: Items,
    tally: Tally,
    /// Nothing once the end is written.
    signer: Option<EventStreamSigner>,
}

impl Miner {
    /// Answers `request` with `items`, under signatures of its head and of its end.
    pub(super) async fn stream(
        &self,
        service: &str,
        request: VerifiedRequest,
        items: Items,
        mut tally: Tally,
    ) -> Response<ReplyBody> {
        let mut headers = HeaderMap::new();
        match self.replies.open_stream(request, &mut headers).await {
            Ok(signer) => {
                let (service, request_id) = (service.to_owned(), request_id());
                let signer = Some(signer);
                let events = Events { service, request_id, items, tally, signer };
                let mut reply = Response::new(ReplyBody::stream(StreamBody::new(events.frames())));
                *reply.headers_mut() = headers;
                reply
            }
            Err(error) => {
                tally.note(CallOutcome::Failed);
                unsigned(&error).map(ReplyBody::from)
            }
        }
    }
}

impl Events {
    fn frames(self) -> impl Stream<Item = Result<Frame<Bytes>, SigningError>> + Send {
        unfold(self, |mut events| async {
            let piece = events.next().await?;
            if let Err(error) = &piece {
                // Without its end the stream counts as broken off, which it is.
                tracing::error!(service = events.service, %error, "a stream is not signed");
            }
            Some((piece.map(Frame::data), events))
        })
    }

    /// The next piece of the content; nothing at the end.
    async fn next(&mut self) -> Option<Result<Bytes, SigningError>> {
        let mut signer = self.signer.take()?;
        let next = match timeout(SILENCE, self.items.next()).await {
            Ok(next) => next,
            Err(_) => {
                self.signer = Some(signer);
                return Some(Ok(EventStreamSigner::keep_alive()));
            }
        };
        let written = next.and_then(|item| match item {
            Some(item) => signer.item(&item).map(Some).map_err(CallFailure::Unencodable),
            None => Ok(None),
        });
        Some(match written {
            Ok(Some(event)) => {
                self.signer = Some(signer);
                Ok(event)
            }
            Ok(None) => {
                self.tally.note(CallOutcome::Served);
                signer.finish().await
            }
            Err(failure) => {
                let problem = failed(&self.service, self.request_id.clone(), failure);
                self.tally.note(outcome_of(&problem));
                signer.fail(&problem).await
            }
        })
    }
}
