//! Replies that are streams of items.

use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use futures_util::stream::unfold;
use hetu_cambium::{EventStreamSigner, SigningError};
use hetu_chain::Address;
use http::{HeaderMap, Response};
use http_body::Frame;
use http_body_util::StreamBody;
use tokio::time::timeout;
use tracing::{Instrument, Span};

use super::attached::{CallFailure, Items};
use super::call_metrics::{CallOutcome, CallTally};
use super::replies::{failed, request_id};
use super::reply_body::ReplyBody;
use crate::telemetry::VerifiedCaller;

/// The silence after which a comment is sent, so that proxies keep the connection open.
const SILENCE: Duration = Duration::from_secs(15);

/// A stream in progress. Dropping it ends the handler.
struct EventStream {
    service: String,
    /// The name and the span of the request, which differ from those of the task that sends the
    /// stream.
    request_id: String,
    span: Span,
    items: Items,
    tally: CallTally,
    /// The signer, or `None` once the end is written.
    signer: Option<EventStreamSigner>,
}

/// Returns the reply with `items`. `signer` has signed its head with these `headers`.
pub(super) fn stream(
    service: &str,
    caller: Address,
    (signer, headers): (EventStreamSigner, HeaderMap),
    items: Items,
    tally: CallTally,
) -> Response<ReplyBody> {
    let (service, request_id) = (service.to_owned(), request_id());
    let signer = Some(signer);
    let span = Span::current();
    let events = EventStream { service, request_id, span, items, tally, signer };
    let mut reply = Response::new(ReplyBody::stream(StreamBody::new(events.frames())));
    *reply.headers_mut() = headers;
    reply.extensions_mut().insert(VerifiedCaller(caller));
    reply
}

impl EventStream {
    fn frames(self) -> impl Stream<Item = Result<Frame<Bytes>, SigningError>> + Send {
        unfold(self, |mut events| async {
            let span = events.span.clone();
            let piece = events.next().instrument(span).await?;
            if let Err(error) = &piece {
                // A stream without its end correctly counts as incomplete.
                tracing::error!(service = events.service, %error, "a stream is not signed");
            }
            Some((piece.map(Frame::data), events))
        })
    }

    /// Returns the next piece of the content, or `None` at the end.
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
                self.tally.note(CallOutcome::of(&problem));
                signer.fail(&problem).await
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use futures_util::TryStreamExt;
    use hetu_cambium::{
        Codec, Envelope, ReplayGuard, ReplayLimits, ReplySigner, RequestSigner, RequestVerifier,
    };
    use hetu_chain::clock::ManualClock;
    use hetu_chain::{ChainId, NetUid, Wallet};
    use http::Request;
    use prometheus_client::registry::Registry;
    use tokio::time::{Instant, sleep};

    use super::*;
    use crate::handler::HandlerError;
    use crate::queue::{QueueMetrics, Urgency, WorkQueue};
    use crate::rates::RateKey;
    use crate::serving::CallMetrics;
    use crate::serving::attached::{Attached, HandlerAnswer, HandlerTask, Streaming};
    use crate::serving::codecs::Codecs;
    use crate::stream::ItemSender;

    const CHAIN: ChainId = ChainId::new(5);

    fn wallet(number: u8) -> Arc<Wallet> {
        let mut secret = [0; 32];
        secret[31] = number;
        Arc::new(Wallet::from_secret_bytes(&secret).unwrap())
    }

    async fn signer() -> (EventStreamSigner, RateKey) {
        let clock = Arc::new(ManualClock::at(Duration::from_secs(1_700_000_000)));
        let netuid = NetUid::new(1);
        let verifier = RequestVerifier::new(CHAIN, netuid, wallet(2).address());
        let verifier = verifier.with_clock(clock.clone());
        let guard = ReplayGuard::new(verifier.window(), ReplayLimits::default(), clock.clone());
        let guard = guard.unwrap();
        clock.advance(Duration::from_secs(5));
        let request = Request::post("http://127.0.0.1:1/slow").body(()).unwrap();
        let (mut parts, ()) = request.into_parts();
        parts.headers.insert("host", "127.0.0.1:1".parse().unwrap());
        let envelope = Envelope::new(netuid, wallet(2).address(), Duration::from_secs(60));
        let caller = RequestSigner::new(wallet(1), CHAIN).with_clock(clock.clone());
        caller.sign(&mut parts, b"3", &envelope).await.unwrap();
        let claim = verifier.examine(&parts).unwrap().bind().unwrap();
        let request = verifier.verify(claim, b"3", &guard).await.unwrap();
        let key = RateKey::account(request.account());
        let replies = ReplySigner::new(wallet(2), CHAIN).with_clock(clock);
        (replies.open_stream(request, &mut HeaderMap::new()).await.unwrap(), key)
    }

    /// Sends two numbers, the second one late.
    async fn slow(first: u32, items: ItemSender<u32>) -> Result<(), HandlerError> {
        items.send(first).await?;
        sleep(SILENCE * 5 / 2).await;
        items.send(first + 1).await
    }

    #[tokio::test(start_paused = true)]
    async fn silence_is_filled_with_comments() {
        let (signer, key) = signer().await;
        let queue = WorkQueue::new(QueueMetrics::default());
        let task = HandlerTask {
            content: Bytes::from_static(b"3"),
            codecs: Codecs { request: Codec::Json, reply: Codec::Json },
            deadline: Instant::now() + Duration::from_secs(60),
            slot: queue.join(key, || Urgency::LEAST).unwrap().slot().await.unwrap(),
        };
        let handler = Streaming::<u32, u32, _>::new(slow);
        let HandlerAnswer::Stream(items) = handler.call(task).await.unwrap() else {
            panic!("no stream")
        };
        let tally = CallMetrics::registered_in(&mut Registry::default(), [].into_iter()).begin("");
        let events = EventStream {
            service: "slow".to_owned(),
            request_id: request_id(),
            span: Span::none(),
            items,
            tally,
            signer: Some(signer),
        };
        let frames: Vec<_> = events.frames().try_collect().await.unwrap();
        let text =
            |frame: &Frame<Bytes>| String::from_utf8(frame.data_ref().unwrap().to_vec()).unwrap();
        let texts: Vec<_> = frames.iter().map(text).collect();
        let comment = ":\n\n";
        let expected = [
            "id: 0\nevent: item\ndata: 3\n\n",
            comment,
            comment,
            "id: 1\nevent: item\ndata: 4\n\n",
        ];
        assert_eq!(texts[..4], expected);
        assert!(texts[4].starts_with("id: 2\nevent: end\n"), "{}", texts[4]);
        assert_eq!(texts.len(), 5);
    }
}
