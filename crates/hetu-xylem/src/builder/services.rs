//! The services of a miner, and the operator's code around them.

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
    /// Serves `S` by `handler`.
    ///
    /// A handler must not block its thread; the future that it returns is dropped when the caller
    /// goes away or its time is over. See [`HandlerFn`].
    pub fn attach<S: Service>(mut self, handler: impl HandlerFn<S::Request, S::Reply>) -> Self {
        if let Err(error) = self.serving.services.attach::<S>(handler) {
            self.first_error.get_or_insert(error);
        }
        self
    }

    /// Serves what is known only now by `handler`: a service without types, in JSON.
    ///
    /// What is said of handlers at [`attach`](Self::attach) holds. Content in another codec than
    /// JSON is refused (415, `unsupported_codec`).
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

    /// Serves `S` by `handler`, a plain function that may block: it runs on a thread of its own, as
    /// far as [`WorkLimits::at_once`](crate::WorkLimits::with_at_once) allows.
    pub fn attach_blocking<S: Service>(
        mut self,
        handler: impl BlockingHandlerFn<S::Request, S::Reply>,
    ) -> Self {
        if let Err(error) = self.serving.services.attach_blocking::<S>(handler) {
            self.first_error.get_or_insert(error);
        }
        self
    }

    /// Serves `S` by `handler`, which sends item by item: see [`StreamFn`].
    ///
    /// What is said of handlers at [`attach`](Self::attach) holds.
    pub fn attach_stream<S: StreamService>(
        mut self,
        handler: impl StreamFn<S::Request, S::Item>,
    ) -> Self {
        if let Err(error) = self.serving.services.attach_stream::<S>(handler) {
            self.first_error.get_or_insert(error);
        }
        self
    }

    /// Serves `S` by `handler` to everybody: see [`access`](Self::access).
    pub fn attach_open<S: Service>(self, handler: impl HandlerFn<S::Request, S::Reply>) -> Self {
        self.attach::<S>(handler).access(S::NAME, Access::Open)
    }

    /// Says who may call the service `name`, which was attached before. Callers who sign, unless
    /// told otherwise.
    ///
    /// An open service serves unsigned calls in JSON too, after all that are signed, and as often
    /// from one network address as [`Policy::with_open_rate`](crate::Policy::with_open_rate) says.
    pub fn access(mut self, name: &str, access: Access) -> Self {
        if let Err(error) = self.serving.services.set_access(name, access) {
            self.first_error.get_or_insert(error);
        }
        self
    }

    /// Asks `hook` about each call once it is verified. [`HandlerError::rejected`] refuses it (403,
    /// `caller_refused`), and the caller reads the text; any other error is an opaque 500.
    ///
    /// Every hook that was added is asked, in order: all of this kind, then those of
    /// [`verify`](Self::verify). Sessions are opened without them, and calls in sessions are not
    /// served without them.
    ///
    /// [`HandlerError::rejected`]: crate::HandlerError::rejected
    pub fn blacklist(mut self, hook: impl HookFn<()>) -> Self {
        self.serving.hooks.add_blacklist(hook);
        self
    }

    /// Asks `hook` about what each verified call says. [`HandlerError::rejected`] refuses it (422,
    /// `call_rejected`), and the caller reads the text; any other error is an opaque 500.
    ///
    /// [`HandlerError::rejected`]: crate::HandlerError::rejected
    pub fn verify(mut self, hook: impl HookFn<()>) -> Self {
        self.serving.hooks.add_verify(hook);
        self
    }

    /// Asks `hook` how urgent a call is, in points from 0 to 30, of which each makes it go before
    /// calls that came a second earlier. Whoever waits gains on those who come later, so nobody
    /// waits for ever.
    ///
    /// By default the stake of the caller counts: one point for each tenfold.
    pub fn priority(mut self, hook: impl HookFn<f64>) -> Self {
        self.serving.hooks.set_priority(hook);
        self
    }

    /// Puts a [`tower::Layer`] around everything that answers requests, checks included. Layers
    /// that are added later see a request earlier.
    ///
    /// A layer that changes what callers signed, or a reply after it was signed, makes it invalid.
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
