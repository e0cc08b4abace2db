//! The conversion of transport failures to query errors.

use std::error::Error;
use std::io;

use hetu_chain::text::ForeignError;
use hyper_util::client::legacy;

use crate::text::shortened;
use crate::{HttpViolation, QueryError};

/// Returns the error of a request without a reply.
pub(crate) fn not_sent(error: legacy::Error) -> QueryError {
    if !error.is_connect() {
        return connection_lost(error);
    }
    let is_refusal = |error: &&(dyn Error + 'static)| {
        let error = error.downcast_ref::<io::Error>();
        error.is_some_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
    };
    if chain(&error).any(|error| is_refusal(&error)) {
        QueryError::ConnectionRefused { reason: in_words_of_cause(error) }
    } else {
        QueryError::Unreachable { reason: in_words_of_cause(error) }
    }
}

/// Returns the error of a broken connection, or of a reply that violates HTTP.
pub(crate) fn connection_lost(error: impl Error + Send + Sync + 'static) -> QueryError {
    match HttpViolation::of_failure(&error) {
        Some(violation) => violation.into(),
        None => QueryError::ConnectionLost { reason: in_words_of_cause(error) },
    }
}

/// Returns the last cause of the chain, which is specific; the outer ones only state that there was
/// a failure.
fn in_words_of_cause(error: impl Error + Send + Sync + 'static) -> ForeignError {
    let words =
        chain(&error).last().map_or_else(String::new, |cause| shortened(&cause.to_string()));
    ForeignError::new(error).in_words(words)
}

fn chain<'error>(
    error: &'error (dyn Error + 'static),
) -> impl Iterator<Item = &'error (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}
