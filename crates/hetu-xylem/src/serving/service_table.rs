//! The services of a miner, their types erased.

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;

use bytes::Bytes;
use futures_util::FutureExt;
use hetu_cambium::{Codec, CodecError, JsonService, Service, ServiceDescription, SessionOffer};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

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

struct Handler<Request, Reply, H> {
    function: H,
    types: PhantomData<fn(Request) -> Reply>,
}

impl<Request, Reply, H> Attached for Handler<Request, Reply, H>
where
    Request: DeserializeOwned + Send + 'static,
    Reply: Serialize + Send + 'static,
    H: HandlerFn<Request, Reply>,
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

/// Whether a service of this name has a path that every peer signs alike, and that is no other's.
fn is_callable(name: &str) -> bool {
    let is_unreserved =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    !name.is_empty()
        && name.bytes().all(is_unreserved)
        && !name.starts_with('.')
        && !RESERVED.contains(&name)
}

/// The services of a miner by name.
#[derive(Default)]
pub(crate) struct ServiceTable {
    services: BTreeMap<String, Entry>,
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
        self.insert::<S::Request, S::Reply>(ServiceDescription::of::<S>(), function)
    }

    pub(crate) fn attach_json(
        &mut self,
        service: JsonService,
        function: impl HandlerFn<Value, Value>,
    ) -> Result<(), XylemError> {
        self.insert::<Value, Value>(ServiceDescription::of_json(service), function)
    }

    fn insert<Request, Reply>(
        &mut self,
        description: ServiceDescription,
        function: impl HandlerFn<Request, Reply>,
    ) -> Result<(), XylemError>
    where
        Request: DeserializeOwned + Send + 'static,
        Reply: Serialize + Send + 'static,
    {
        let name = description.name().to_owned();
        if !is_callable(&name) {
            return Err(XylemError::ServiceName { name });
        }
        let handler = Box::new(Handler::<Request, Reply, _> { function, types: PhantomData });
        match self.services.insert(name.clone(), Entry { description, handler }) {
            None => Ok(()),
            Some(_) => Err(XylemError::DuplicateService { name }),
        }
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.services.keys().map(String::as_str)
    }

    /// The codecs of the service `name`. What is no service here takes all that there are.
    pub(crate) fn codecs(&self, name: &str) -> &'static [Codec] {
        self.services.get(name).map_or(Codec::ALL, |entry| entry.description.codecs())
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
