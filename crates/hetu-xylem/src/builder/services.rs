//! The services of a miner and the operator's code around them.

use std::convert::Infallible;

use hetu_cambium::{Access, JsonService, Service, StreamService};
use http::{Request, Response};
use hyper::body::Incoming;
use serde_json::Value;
use tower::Layer;

use super::XylemBuilder;
use crate::handler::{BlockingHandlerFn, HandlerFn};
use crate::hooks::HookFn;
use crate::serving::{MinerService, ReplyBody};
use crate::stream::StreamFn;

impl XylemBuilder {
    /// Serves `S` with `handler`.
    ///
    /// A handler must not block its thread. Its future is dropped when the caller disconnects or
    /// the deadline passes. See [`HandlerFn`].
    pub fn attach<S: Service>(mut self, handler: impl HandlerFn<S::Request, S::Reply>) -> Self {
        if let Err(error) = self.serving.services.attach::<S>(handler) {
            self.first_error.get_or_insert(error);
        }
        self
    }

    /// Serves an untyped JSON service with `handler`. The name is known only at run time.
    ///
    /// The rules of [`attach`](Self::attach) apply to `handler`. Content in a codec other than JSON
    /// is refused (415, `unsupported_codec`).
    pub fn attach_json(
        mut self,
        service: JsonService,
        handler: impl HandlerFn<Value, Value>,
    ) -> Self {
        if let Err(error) = self.serving.services.attach_json(service, handler) {
            self.first_error.get_or_insert(error);
        }
        self
    }

    /// Serves `S` with `handler`, a synchronous function that may block. Each call runs on its own
    /// thread. [`WorkLimits::at_once`](crate::WorkLimits::with_at_once) limits the number of calls
    /// at a time.
    pub fn attach_blocking<S: Service>(
        mut self,
        handler: impl BlockingHandlerFn<S::Request, S::Reply>,
    ) -> Self {
        if let Err(error) = self.serving.services.attach_blocking::<S>(handler) {
            self.first_error.get_or_insert(error);
        }
        self
    }

    /// Serves `S` with `handler`, which sends a stream of items; see [`StreamFn`].
    ///
    /// The rules of [`attach`](Self::attach) apply to `handler`.
    pub fn attach_stream<S: StreamService>(
        mut self,
        handler: impl StreamFn<S::Request, S::Item>,
    ) -> Self {
        if let Err(error) = self.serving.services.attach_stream::<S>(handler) {
            self.first_error.get_or_insert(error);
        }
        self
    }

    /// Serves `S` with `handler` to all callers, signed or not; see [`access`](Self::access).
    pub fn attach_open<S: Service>(self, handler: impl HandlerFn<S::Request, S::Reply>) -> Self {
        self.attach::<S>(handler).access(S::NAME, Access::Open)
    }

    /// Sets which callers may call the attached service `name`. By default, only signed calls are
    /// served.
    ///
    /// An open service also serves unsigned calls in JSON. Signed calls go before unsigned ones.
    /// [`Policy::with_open_rate`](crate::Policy::with_open_rate) limits the rate of unsigned calls
    /// of one network address.
    pub fn access(mut self, name: &str, access: Access) -> Self {
        if let Err(error) = self.serving.services.set_access(name, access) {
            self.first_error.get_or_insert(error);
        }
        self
    }

    /// Adds a hook that checks each verified call. [`HandlerError::rejected`] refuses the call
    /// (403, `caller_refused`) and sends its text to the caller. Any other error is an opaque 500.
    ///
    /// All hooks run, in the order in which they were added: first the hooks of this kind, then
    /// those of [`verify`](Self::verify). The hooks do not run when a session is opened, but they
    /// run for each call in a session.
    ///
    /// [`HandlerError::rejected`]: crate::HandlerError::rejected
    pub fn blacklist(mut self, hook: impl HookFn<()>) -> Self {
        self.serving.hooks.add_blacklist(hook);
        self
    }

    /// Adds a hook that checks the content of each verified call. [`HandlerError::rejected`]
    /// refuses the call (422, `call_rejected`) and sends its text to the caller. Any other error is
    /// an opaque 500.
    ///
    /// [`HandlerError::rejected`]: crate::HandlerError::rejected
    pub fn verify(mut self, hook: impl HookFn<()>) -> Self {
        self.serving.hooks.add_verify(hook);
        self
    }

    /// Sets the hook that returns the priority of a call, from 0 to 30 points. Each point moves the
    /// call ahead of calls that arrived up to one second earlier. A waiting call gains on later
    /// calls, so no call waits forever.
    ///
    /// By default, the priority depends on the stake of the caller: one point for each factor of
    /// ten.
    pub fn priority(mut self, hook: impl HookFn<f64>) -> Self {
        self.serving.hooks.set_priority(hook);
        self
    }

    /// Adds a [`tower::Layer`] around the whole request pipeline, checks included. Layers added
    /// later receive a request earlier.
    ///
    /// A layer that changes the signed parts of a request or of a reply invalidates the signature.
    pub fn layer<L>(mut self, layer: L) -> Self
    where
        L: Layer<MinerService> + Send + 'static,
        L::Service: tower::Service<Request<Incoming>, Response = Response<ReplyBody>, Error = Infallible>
            + Clone
            + Send
            + Sync
            + 'static,
        <L::Service as tower::Service<Request<Incoming>>>::Future: Send + 'static,
    {
        self.serving.layers.push(layer);
        self
    }
}
