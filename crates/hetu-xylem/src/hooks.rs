//! What the operator decides about a call, after it is verified and before it is served.

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

/// A call as a hook sees it: verified, or unsigned where the service is open.
///
/// A clone costs next to nothing.
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

    /// The account that signed the call; nothing for an unsigned call of an open service.
    pub fn caller(&self) -> Option<Address> {
        self.0.caller
    }

    /// The role and stake of the caller; `None` if it takes no part in the subnet, or if roles are
    /// unavailable.
    pub fn role(&self) -> Option<SubnetRole> {
        self.0.role
    }

    /// The name of the service.
    pub fn service(&self) -> &str {
        &self.0.service
    }

    /// The content as it was received, in the codec that `Content-Type` names.
    pub fn content(&self) -> &Bytes {
        &self.0.content
    }

    /// The fields of the request. Those that the caller did not sign can be from anybody.
    pub fn fields(&self) -> &HeaderMap {
        &self.0.fields
    }

    /// The other end of the connection, which may be a proxy.
    pub fn remote_address(&self) -> Option<SocketAddr> {
        self.0.remote
    }
}

/// A function that decides about calls: any `Fn(IncomingCall) -> impl Future<Output =
/// Result<Decision, HandlerError>>` that can be shared between threads.
///
/// A call is refused if the function fails, panics or takes longer than
/// [`ServerLimits::with_hook_timeout`](crate::ServerLimits::with_hook_timeout).
pub trait HookFn<Decision>:
    Fn(IncomingCall) -> <Self as HookFn<Decision>>::Future + Send + Sync + 'static
{
    /// What the function returns.
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
    /// Which hook it was.
    pub(crate) hook: &'static str,
    /// What a rejection is called on the wire.
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

    /// Asks every hook that may refuse, and then for the points of the call, if there is a hook
    /// that gives them. Each has `limit` for its answer.
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

/// The answer of `hook`, which is an error if there is none.
async fn bounded<T>(
    hook: &Hook<T>,
    call: &IncomingCall,
    limit: Duration,
) -> Result<T, HandlerError> {
    // A hook is shared by all calls, so what it leaves behind in a panic is its own affair.
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
