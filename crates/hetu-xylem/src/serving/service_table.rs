//! The services of a miner, their types erased.

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;

use bytes::Bytes;
use futures_util::FutureExt;
use hetu_cambium::{Codec, CodecError, Service, ServiceDescription, SessionOffer};

use crate::{HandlerError, HandlerFn, XylemError};

/// Paths that the miner itself answers.
const RESERVED: [&str; 4] = ["ping", "health", "openapi.json", SessionOffer::NAME];

type Outcome<'a> = Pin<Box<dyn Future<Output = Result<Bytes, CallFailure>> + Send + 'a>>;

/// Why a call has no reply.
#[derive(Debug)]
pub(crate) enum CallFailure {
    Undecodable(CodecError),
    Handler(HandlerError),
    Unencodable(CodecError),
    Panicked(String),
}

trait Attached: Send + Sync {
    fn call(&self, content: Bytes, codec: Codec, reply_codec: Codec) -> Outcome<'_>;
}

struct Handler<S, H> {
    function: H,
    service: PhantomData<fn() -> S>,
}

impl<S, H> Attached for Handler<S, H>
where
    S: Service,
    H: HandlerFn<S::Request, S::Reply>,
{
    fn call(&self, content: Bytes, codec: Codec, reply_codec: Codec) -> Outcome<'_> {
        let work = async move {
            let request = codec.decode(&content).map_err(CallFailure::Undecodable)?;
            // The reply alone is needed while the handler works.
            drop(content);
            let reply = (self.function)(request).await.map_err(CallFailure::Handler)?;
            reply_codec.encode(&reply).map_err(CallFailure::Unencodable)
        };
        // A handler is shared by all calls, so what it leaves behind in a panic is its own affair,
        // as it is with threads.
        Box::pin(AssertUnwindSafe(work).catch_unwind().map(|outcome| {
            outcome.unwrap_or_else(|panic| Err(CallFailure::Panicked(panic_message(&*panic))))
        }))
    }
}

fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("the handler panicked").to_owned()
}

/// The services of a miner by name.
#[derive(Default)]
pub(crate) struct ServiceTable {
    services: BTreeMap<&'static str, Entry>,
}

struct Entry {
    description: ServiceDescription,
    handler: Box<dyn Attached>,
}

impl ServiceTable {
    pub(crate) fn attach<S: Service>(
        &mut self,
        function: impl HandlerFn<S::Request, S::Reply>,
    ) -> Result<(), XylemError> {
        let name = S::NAME;
        let is_callable = name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~'));
        if name.is_empty() || !is_callable || name.starts_with('.') || RESERVED.contains(&name) {
            return Err(XylemError::ServiceName { name });
        }
        let handler = Box::new(Handler::<S, _> { function, service: PhantomData });
        let entry = Entry { description: ServiceDescription::of::<S>(), handler };
        match self.services.insert(name, entry) {
            None => Ok(()),
            Some(_) => Err(XylemError::DuplicateService { name }),
        }
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.services.keys().copied()
    }

    pub(crate) fn descriptions(&self) -> impl Iterator<Item = &ServiceDescription> {
        self.services.values().map(|entry| &entry.description)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.services.is_empty()
    }

    pub(crate) fn contains(&self, name: &str) -> bool {
        self.services.contains_key(name)
    }

    /// Calls the service `name`; nothing if there is none.
    pub(crate) fn call(
        &self,
        name: &str,
        content: Bytes,
        codec: Codec,
        reply_codec: Codec,
    ) -> Option<Outcome<'_>> {
        Some(self.services.get(name)?.handler.call(content, codec, reply_codec))
    }
}

impl fmt::Debug for ServiceTable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.names()).finish()
    }
}
