//! The handlers of calls and their errors.

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::time::Duration;

use hetu_cambium::{Problem, Reason, Refusal};

/// A function that serves calls: any `Fn(Request) -> impl Future<Output = Result<Reply,
/// HandlerError>>` that can be shared between threads.
///
/// The future is dropped when the caller disconnects or the deadline passes.
pub trait HandlerFn<Request, Reply>:
    Fn(Request) -> <Self as HandlerFn<Request, Reply>>::Future + Send + Sync + 'static
{
    /// The future that the function returns.
    type Future: Future<Output = Result<Reply, HandlerError>> + Send + 'static;
}

impl<Function, Request, Reply, Fut> HandlerFn<Request, Reply> for Function
where
    Function: Fn(Request) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Reply, HandlerError>> + Send + 'static,
{
    type Future = Fut;
}

/// A function that serves calls and may block its thread: any `Fn(Request) -> Result<Reply,
/// HandlerError>` that can be shared between threads.
///
/// The function always runs to its end. It counts as running until then, even if the caller has
/// disconnected.
pub trait BlockingHandlerFn<Request, Reply>:
    Fn(Request) -> Result<Reply, HandlerError> + Send + Sync + 'static
{
}

impl<Function, Request, Reply> BlockingHandlerFn<Request, Reply> for Function where
    Function: Fn(Request) -> Result<Reply, HandlerError> + Send + Sync + 'static
{
}

/// The reason why a call has no reply.
///
/// The `?` operator converts every error into this type. The miner logs the error under the request
/// id, and the caller receives only that id. Use [`HandlerError::rejected`] for text that the
/// caller receives.
pub struct HandlerError(HandlerErrorKind);

enum HandlerErrorKind {
    Internal(Box<dyn Error + Send + Sync>),
    Rejected(String),
    Overloaded(Duration),
    Overdue(Box<dyn Error + Send + Sync>),
}

impl HandlerError {
    /// Creates an internal error, with a cause hidden from the caller: 500, `internal_error`.
    pub fn internal(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(HandlerErrorKind::Internal(error.into()))
    }

    /// Creates a rejection of a call that the service does not support: 422, `call_rejected`. The
    /// caller receives `detail`.
    pub fn rejected(detail: impl Into<String>) -> Self {
        Self(HandlerErrorKind::Rejected(detail.into()))
    }

    /// Creates an overload error: 503, `overloaded`. The caller may retry after `retry_after`.
    pub const fn overloaded(retry_after: Duration) -> Self {
        Self(HandlerErrorKind::Overloaded(retry_after))
    }

    /// Creates a timeout error: 504, `deadline_exceeded`. The miner returns the same reason if its
    /// own deadline passes.
    pub fn overdue(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(HandlerErrorKind::Overdue(error.into()))
    }

    /// Returns the problem to send to the caller. Logs an internal error under `request_id`.
    pub(crate) fn into_problem(self, service: &str, request_id: &str) -> Problem {
        self.into_problem_for(Reason::CallRejected, service, request_id)
    }

    /// Converts the error like [`into_problem`](Self::into_problem), with another reason for a
    /// rejection.
    pub(crate) fn into_problem_for(
        self,
        rejection: Reason,
        service: &str,
        request_id: &str,
    ) -> Problem {
        match self.0 {
            HandlerErrorKind::Internal(error) => internal_problem(service, request_id, &*error),
            HandlerErrorKind::Rejected(detail) => Problem::new(rejection, detail),
            HandlerErrorKind::Overloaded(retry_after) => {
                Refusal::new(Reason::Overloaded, "the service has too much to do")
                    .with_retry_after(retry_after)
                    .into()
            }
            HandlerErrorKind::Overdue(error) => overdue_problem(service, request_id, Some(&*error)),
        }
    }
}

/// Returns the message of a panic.
pub(crate) fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("the handler panicked").to_owned()
}

/// Logs the error; the caller receives the id of the log entry.
pub(crate) fn internal_problem(
    service: &str,
    request_id: &str,
    error: &(dyn Error + 'static),
) -> Problem {
    tracing::error!(service, request_id, error, "a call failed");
    Problem::new(Reason::InternalError, "the service failed; quote the request id to the miner")
}

/// Logs that a call exceeded its time, with the error of the handler if the handler noticed it.
pub(crate) fn overdue_problem(
    service: &str,
    request_id: &str,
    error: Option<&(dyn Error + 'static)>,
) -> Problem {
    tracing::warn!(service, request_id, error, "a call took too long");
    let detail = "the service did not answer in the time that was left";
    Problem::new(Reason::DeadlineExceeded, detail)
}

impl<E: Error + Send + Sync + 'static> From<E> for HandlerError {
    fn from(error: E) -> Self {
        Self::internal(error)
    }
}

impl fmt::Debug for HandlerError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            HandlerErrorKind::Internal(error) => write!(formatter, "Internal({error:?})"),
            HandlerErrorKind::Rejected(detail) => write!(formatter, "Rejected({detail:?})"),
            HandlerErrorKind::Overloaded(retry_after) => {
                write!(formatter, "Overloaded({retry_after:?})")
            }
            HandlerErrorKind::Overdue(error) => write!(formatter, "Overdue({error:?})"),
        }
    }
}
