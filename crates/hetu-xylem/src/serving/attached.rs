//! Handlers of every kind behind one trait, with erased types.

use std::marker::PhantomData;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::FutureExt;
use hetu_cambium::{Codec, CodecError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use tokio::sync::mpsc;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, timeout_at};
use tracing::{Instrument, Span};

use super::codecs::Codecs;
use crate::handler::{BlockingHandlerFn, HandlerError, HandlerFn, panic_message};
use crate::queue::WorkSlot;
use crate::stream::{ItemSender, StreamFn};
use crate::telemetry::{REQUEST_ID, RequestId};

/// The reason why a call has no reply, or why its stream ended early.
#[derive(Debug)]
pub(super) enum CallFailure {
    Undecodable(CodecError),
    Handler(HandlerError),
    Unencodable(CodecError),
    Panicked(String),
    /// A passed deadline.
    Overdue,
}

/// A call as passed to a handler.
#[derive(Debug)]
pub(super) struct HandlerTask {
    pub(super) content: Bytes,
    pub(super) codecs: Codecs,
    pub(super) deadline: Instant,
    /// The slot of the call, held for as long as any work runs for it.
    pub(super) slot: WorkSlot,
}

/// The answer of a handler.
#[derive(Debug)]
pub(super) enum HandlerAnswer {
    Whole(Bytes),
    Stream(Items),
}

/// A running call of a handler.
pub(super) type HandlerFuture<'a> =
    Pin<Box<dyn Future<Output = Result<HandlerAnswer, CallFailure>> + Send + 'a>>;

pub(super) trait Attached: Send + Sync {
    /// Answers a call. The caller of this function bounds the time of a unary answer.
    fn call(&self, task: HandlerTask) -> HandlerFuture<'_>;
}

/// A handler that answers once.
pub(super) struct Asynchronous<Request, Reply, H> {
    function: H,
    types: PhantomData<fn(Request) -> Reply>,
}

/// A handler that answers once and blocks its thread.
pub(super) struct Blocking<Request, Reply, H> {
    function: Arc<H>,
    types: PhantomData<fn(Request) -> Reply>,
}

/// A handler that answers with a stream.
pub(super) struct Streaming<Request, Item, H> {
    function: H,
    types: PhantomData<fn(Request) -> Item>,
}

impl<Request, Reply, H> Asynchronous<Request, Reply, H> {
    pub(super) const fn new(function: H) -> Self {
        Self { function, types: PhantomData }
    }
}

impl<Request, Reply, H> Blocking<Request, Reply, H> {
    pub(super) fn new(function: H) -> Self {
        Self { function: Arc::new(function), types: PhantomData }
    }
}

impl<Request, Item, H> Streaming<Request, Item, H> {
    pub(super) const fn new(function: H) -> Self {
        Self { function, types: PhantomData }
    }
}

impl<Request, Reply, H> Attached for Asynchronous<Request, Reply, H>
where
    Request: DeserializeOwned + Send + 'static,
    Reply: Serialize + Send + 'static,
    H: HandlerFn<Request, Reply>,
{
    fn call(&self, task: HandlerTask) -> HandlerFuture<'_> {
        Box::pin(caught(async move {
            let HandlerTask { content, codecs, slot, .. } = task;
            let request = decode(codecs.request, content)?;
            let reply = (self.function)(request).await.map_err(CallFailure::Handler)?;
            let content = codecs.reply.encode(&reply).map_err(CallFailure::Unencodable)?;
            drop(slot);
            Ok(HandlerAnswer::Whole(content))
        }))
    }
}

impl<Request, Reply, H> Attached for Blocking<Request, Reply, H>
where
    Request: DeserializeOwned + Send + 'static,
    Reply: Serialize + Send + 'static,
    H: BlockingHandlerFn<Request, Reply>,
{
    fn call(&self, task: HandlerTask) -> HandlerFuture<'_> {
        Box::pin(caught(async move {
            let HandlerTask { content, codecs, slot, .. } = task;
            let request: Request = decode(codecs.request, content)?;
            let function = Arc::clone(&self.function);
            // If the caller disconnects before a thread is free, the set prevents the work from
            // starting.
            let mut work = JoinSet::new();
            let (id, span) = (RequestId::current_or_new(), Span::current());
            let answer = move || {
                let reply = function(request).map_err(CallFailure::Handler)?;
                codecs.reply.encode(&reply).map_err(CallFailure::Unencodable)
            };
            work.spawn_blocking(move || {
                let _slot = slot;
                REQUEST_ID.sync_scope(id, || span.in_scope(answer))
            });
            joined(&mut work).await?.map(HandlerAnswer::Whole)
        }))
    }
}

impl<Request, Item, H> Attached for Streaming<Request, Item, H>
where
    Request: DeserializeOwned + Send + 'static,
    Item: Serialize + Send + 'static,
    H: StreamFn<Request, Item>,
{
    fn call(&self, task: HandlerTask) -> HandlerFuture<'_> {
        Box::pin(caught(async move {
            let HandlerTask { content, codecs, deadline, slot } = task;
            let request = decode(codecs.request, content)?;
            let (sender, items) = ItemSender::new();
            let work = caught(
                (self.function)(request, sender)
                    .map(|outcome| outcome.map_err(CallFailure::Handler)),
            );
            // In its own task, the deadline also applies if the caller stops reading.
            let mut handler = JoinSet::new();
            let bounded = async move {
                let _slot = slot;
                timeout_at(deadline, work).await.unwrap_or(Err(CallFailure::Overdue))
            };
            let id = RequestId::current_or_new();
            handler.spawn(REQUEST_ID.scope(id, bounded).in_current_span());
            Items { first: None, rest: items, handler, deadline }
                .begun()
                .await
                .map(HandlerAnswer::Stream)
        }))
    }
}

/// The items of a stream, after the first item has arrived. Dropping them ends the handler.
#[derive(Debug)]
pub(super) struct Items {
    first: Option<Box<RawValue>>,
    rest: mpsc::Receiver<Box<RawValue>>,
    handler: JoinSet<Result<(), CallFailure>>,
    deadline: Instant,
}

impl Items {
    /// Waits for the first item, or for the error that prevents it.
    async fn begun(mut self) -> Result<Self, CallFailure> {
        self.first = self.next().await?;
        Ok(self)
    }

    /// Returns the next item, or `None` at the end.
    ///
    /// # Cancel safety
    /// No item is lost.
    pub(super) async fn next(&mut self) -> Result<Option<Box<RawValue>>, CallFailure> {
        if let Some(first) = self.first.take() {
            return Ok(Some(first));
        }
        match timeout_at(self.deadline, self.rest.recv()).await {
            Ok(Some(item)) => Ok(Some(item)),
            Ok(None) if self.handler.is_empty() => Ok(None),
            Ok(None) => joined(&mut self.handler).await?.map(|()| None),
            Err(_) => Err(CallFailure::Overdue),
        }
    }
}

fn decode<Request: DeserializeOwned>(codec: Codec, content: Bytes) -> Result<Request, CallFailure> {
    // The content is dropped here, because the handler needs only the decoded request.
    codec.decode(&content).map_err(CallFailure::Undecodable)
}

/// Converts a panic into a failure. All calls share a handler, so the handler is responsible for
/// its state after a panic, as with threads.
fn caught<T>(
    work: impl Future<Output = Result<T, CallFailure>> + Send,
) -> impl Future<Output = Result<T, CallFailure>> + Send {
    AssertUnwindSafe(work).catch_unwind().map(|outcome| {
        outcome.unwrap_or_else(|panic| Err(CallFailure::Panicked(panic_message(&*panic))))
    })
}

/// Returns the result of the only task in `work`.
async fn joined<T: 'static>(work: &mut JoinSet<T>) -> Result<T, CallFailure> {
    let ended = |error: JoinError| match error.try_into_panic() {
        Ok(panic) => CallFailure::Panicked(panic_message(&*panic)),
        Err(_) => CallFailure::Panicked("the task was ended by the runtime".to_owned()),
    };
    match work.join_next().await {
        Some(outcome) => outcome.map_err(ended),
        None => Err(CallFailure::Panicked("the task is gone".to_owned())),
    }
}
