//! The hooks of the operator, which check a verified call before it is served.

use std::fmt;
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use hetu_cambium::Reason;
use hetu_chain::Address;
use http::HeaderMap;
use tokio::time::timeout;

use crate::handler::{HandlerError, panic_message};
use crate::roles::SubnetRole;

/// A call as passed to a hook: verified, or unsigned if the service is open.
///
/// A clone only increments a reference count.
#[derive(Clone, Debug)]
pub struct IncomingCall(Arc<IncomingCallParts>);

#[derive(Debug)]
pub(crate) struct IncomingCallParts {
    pub(crate) caller: Option<Address>,
    pub(crate) role: Option<SubnetRole>,
    pub(crate) service: String,
    pub(crate) content: Bytes,
    pub(crate) fields: HeaderMap,
    pub(crate) remote: Option<SocketAddr>,
}

impl IncomingCall {
    pub(crate) fn new(parts: IncomingCallParts) -> Self {
        Self(Arc::new(parts))
    }

    /// Returns the account that signed the call, or `None` for an unsigned call of an open service.
    pub fn caller(&self) -> Option<Address> {
        self.0.caller
    }

    /// Returns the role and stake of the caller, or `None` if it has no role in the subnet or roles
    /// are unavailable.
    pub fn role(&self) -> Option<SubnetRole> {
        self.0.role
    }

    /// Returns the name of the service.
    pub fn service(&self) -> &str {
        &self.0.service
    }

    /// Returns the received content, in the codec of the `Content-Type` header.
    pub fn content(&self) -> &Bytes {
        &self.0.content
    }

    /// Returns the headers of the request. Headers that the caller did not sign are untrusted
    /// input.
    pub fn fields(&self) -> &HeaderMap {
        &self.0.fields
    }

    /// Returns the remote address of the connection, which may be a proxy.
    pub fn remote_address(&self) -> Option<SocketAddr> {
        self.0.remote
    }
}

/// A function that decides on calls: any `Fn(IncomingCall) -> impl Future<Output = Result<Decision,
/// HandlerError>>` that can be shared between threads.
///
/// The miner refuses a call if the function fails, panics or takes longer than
/// [`ServerLimits::with_hook_timeout`](crate::ServerLimits::with_hook_timeout).
pub trait HookFn<Decision>:
    Fn(IncomingCall) -> <Self as HookFn<Decision>>::Future + Send + Sync + 'static
{
    /// The future that the function returns.
    type Future: Future<Output = Result<Decision, HandlerError>> + Send + 'static;
}

impl<Function, Decision, Fut> HookFn<Decision> for Function
where
    Function: Fn(IncomingCall) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Decision, HandlerError>> + Send + 'static,
{
    type Future = Fut;
}

type Deciding<T> = Pin<Box<dyn Future<Output = Result<T, HandlerError>> + Send>>;
type Hook<T> = Box<dyn Fn(IncomingCall) -> Deciding<T> + Send + Sync>;

/// The hooks of a miner.
#[derive(Default)]
pub(crate) struct Hooks {
    blacklist: Vec<Hook<()>>,
    verify: Vec<Hook<()>>,
    priority: Option<Hook<f64>>,
}

/// A call that a hook refused.
#[derive(Debug)]
pub(crate) struct HookRefusal {
    /// The name of the kind of hook.
    pub(crate) hook: &'static str,
    /// The reason of a rejection on the wire.
    pub(crate) reason: Reason,
    pub(crate) error: HandlerError,
}

impl Hooks {
    pub(crate) fn add_blacklist(&mut self, hook: impl HookFn<()>) {
        self.blacklist.push(boxed(hook));
    }

    pub(crate) fn add_verify(&mut self, hook: impl HookFn<()>) {
        self.verify.push(boxed(hook));
    }

    pub(crate) fn set_priority(&mut self, hook: impl HookFn<f64>) {
        self.priority = Some(boxed(hook));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.blacklist.is_empty() && self.verify.is_empty() && self.priority.is_none()
    }

    /// Runs every hook that may refuse the call, then the priority hook, if there is one. Each hook
    /// has `limit` to answer.
    pub(crate) async fn decide(
        &self,
        call: &IncomingCall,
        limit: Duration,
    ) -> Result<Option<f64>, HookRefusal> {
        let refused = |hook, reason| move |error| HookRefusal { hook, reason, error };
        for hook in &self.blacklist {
            let outcome = bounded(hook, call, limit).await;
            outcome.map_err(refused("blacklist", Reason::CallerRefused))?;
        }
        for hook in &self.verify {
            let outcome = bounded(hook, call, limit).await;
            outcome.map_err(refused("verify", Reason::CallRejected))?;
        }
        match &self.priority {
            None => Ok(None),
            Some(hook) => {
                let points = bounded(hook, call, limit).await;
                points.map(Some).map_err(refused("priority", Reason::CallRejected))
            }
        }
    }
}

fn boxed<T>(hook: impl HookFn<T>) -> Hook<T> {
    Box::new(move |call| Box::pin(hook(call)))
}

/// Returns the answer of `hook`, or an error if the hook panics or exceeds `limit`.
async fn bounded<T>(
    hook: &Hook<T>,
    call: &IncomingCall,
    limit: Duration,
) -> Result<T, HandlerError> {
    // All calls share a hook, so the hook is responsible for its state after a panic.
    let asked = AssertUnwindSafe(async { hook(call.clone()).await }).catch_unwind();
    match timeout(limit, asked).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(panic)) => Err(HandlerError::internal(panic_message(&*panic))),
        Err(_) => Err(HandlerError::internal("the hook took too long")),
    }
}

impl fmt::Debug for Hooks {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Hooks")
            .field("blacklist", &self.blacklist.len())
            .field("verify", &self.verify.len())
            .field("priority", &self.priority.is_some())
            .finish()
    }
}
