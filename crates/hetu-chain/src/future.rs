//! The future that methods of object-safe traits return.

use std::fmt;
use std::future::{Ready, ready};
use std::pin::Pin;
use std::task::{Context, Poll};

/// The result of an asynchronous method of an object-safe trait.
///
/// A boxed future without an allocation if its value is ready at once: for example a signature by a
/// key in memory, or an entry of a cache.
///
/// # Examples
///
/// ```
/// use hetu_chain::future::ReadyOrBoxed;
///
/// fn length<'a>(cached: Option<usize>, text: &'a str) -> ReadyOrBoxed<'a, usize> {
///     match cached {
///         Some(length) => ReadyOrBoxed::ready(length),
///         None => ReadyOrBoxed::boxed(async move { text.len() }),
///     }
/// }
/// # let _ = length(None, "text");
/// ```
#[must_use = "futures do nothing unless awaited"]
pub struct ReadyOrBoxed<'a, T>(State<'a, T>);

enum State<'a, T> {
    Ready(Ready<T>),
    Boxed(Pin<Box<dyn Future<Output = T> + Send + 'a>>),
}

impl<'a, T> ReadyOrBoxed<'a, T> {
    /// Returns a future that is ready with `value`.
    pub fn ready(value: T) -> Self {
        Self(State::Ready(ready(value)))
    }

    /// Returns a future that boxes `future`.
    pub fn boxed(future: impl Future<Output = T> + Send + 'a) -> Self {
        Self(State::Boxed(Box::pin(future)))
    }
}

impl<T> Future for ReadyOrBoxed<'_, T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        match &mut self.0 {
            State::Ready(value) => Pin::new(value).poll(context),
            State::Boxed(future) => future.as_mut().poll(context),
        }
    }
}

impl<T> fmt::Debug for ReadyOrBoxed<'_, T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ReadyOrBoxed").finish_non_exhaustive()
    }
}
