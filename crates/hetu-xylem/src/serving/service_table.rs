//! The services of a miner, with erased types.

use std::collections::BTreeMap;
use std::fmt;

use hetu_cambium::{
    Access, Codec, JsonService, Service, ServiceDescription, ServiceKind, SessionOffer,
    StreamService, is_service_name,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::attached::{Asynchronous, Attached, Blocking, HandlerFuture, HandlerTask, Streaming};
use crate::error::XylemError;
use crate::handler::{BlockingHandlerFn, HandlerFn};
use crate::stream::StreamFn;

/// Paths that the miner answers itself.
const RESERVED: [&str; 4] = ["ping", "health", "openapi.json", SessionOffer::NAME];

/// Returns `true` if the path of this service name is free, and every peer signs it in the same
/// form.
fn is_callable(name: &str) -> bool {
    is_service_name(name) && !RESERVED.contains(&name)
}

/// The services of a miner by name.
#[derive(Default)]
pub(crate) struct ServiceTable {
    services: BTreeMap<String, AttachedService>,
}

/// A service with its handler.
pub(super) struct AttachedService {
    description: ServiceDescription,
    handler: Box<dyn Attached>,
}

impl ServiceTable {
    pub(crate) fn attach<S: Service>(
        &mut self,
        function: impl HandlerFn<S::Request, S::Reply>,
    ) -> Result<(), XylemError> {
        self.insert(ServiceDescription::of::<S>(), asynchronous(function))
    }

    pub(crate) fn attach_blocking<S: Service>(
        &mut self,
        function: impl BlockingHandlerFn<S::Request, S::Reply>,
    ) -> Result<(), XylemError> {
        let handler = Blocking::<S::Request, S::Reply, _>::new(function);
        self.insert(ServiceDescription::of::<S>(), Box::new(handler))
    }

    pub(crate) fn attach_stream<S: StreamService>(
        &mut self,
        function: impl StreamFn<S::Request, S::Item>,
    ) -> Result<(), XylemError> {
        let handler = Streaming::<S::Request, S::Item, _>::new(function);
        self.insert(ServiceDescription::of_stream::<S>(), Box::new(handler))
    }

    pub(crate) fn attach_json(
        &mut self,
        service: JsonService,
        function: impl HandlerFn<Value, Value>,
    ) -> Result<(), XylemError> {
        self.insert(ServiceDescription::of_json(service), asynchronous::<Value, Value>(function))
    }

    /// Sets which callers may call the service `name`.
    pub(crate) fn set_access(&mut self, name: &str, access: Access) -> Result<(), XylemError> {
        match self.services.get_mut(name) {
            None => Err(XylemError::NoSuchService { name: name.to_owned() }),
            Some(entry) if access.is_open() && entry.description.kind() != ServiceKind::Call => {
                Err(XylemError::OpenStream { name: name.to_owned() })
            }
            Some(entry) => {
                entry.description = entry.description.clone().with_access(access);
                Ok(())
            }
        }
    }

    fn insert(
        &mut self,
        description: ServiceDescription,
        handler: Box<dyn Attached>,
    ) -> Result<(), XylemError> {
        let name = description.name().to_owned();
        if !is_callable(&name) {
            return Err(XylemError::ServiceName { name });
        }
        match self.services.insert(name.clone(), AttachedService { description, handler }) {
            None => Ok(()),
            Some(_) => Err(XylemError::DuplicateService { name }),
        }
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.services.keys().map(String::as_str)
    }

    pub(super) fn get(&self, name: &str) -> Option<&AttachedService> {
        self.services.get(name)
    }

    pub(crate) fn descriptions(&self) -> impl Iterator<Item = &ServiceDescription> {
        self.services.values().map(|entry| &entry.description)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.services.is_empty()
    }
}

impl AttachedService {
    pub(super) fn codecs(&self) -> &'static [Codec] {
        self.description.codecs()
    }

    /// Returns `true` if unsigned calls are served.
    pub(super) fn is_open(&self) -> bool {
        self.description.access().is_open()
    }

    pub(super) fn call(&self, task: HandlerTask) -> HandlerFuture<'_> {
        self.handler.call(task)
    }
}

fn asynchronous<Request, Reply>(function: impl HandlerFn<Request, Reply>) -> Box<dyn Attached>
where
    Request: DeserializeOwned + Send + 'static,
    Reply: Serialize + Send + 'static,
{
    Box::new(Asynchronous::<Request, Reply, _>::new(function))
}

impl fmt::Debug for ServiceTable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.names()).finish()
    }
}

impl fmt::Debug for AttachedService {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("AttachedService").field(&self.description.name()).finish()
    }
}
