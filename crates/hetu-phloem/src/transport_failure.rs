//! The errors that failures of the transport stand for.

use std::error::Error;
use std::io;

use hyper_util::client::legacy;

use crate::text::shortened;
use crate::{HttpViolation, QueryError};

/// The error of a request that got no reply.
pub(crate) fn not_sent(error: &legacy::Error) -> QueryError {
    if !error.is_connect() {
        return connection_lost(error);
    }
    let reason = shortened(&cause(error).to_string());
    let is_refusal = |error: &&(dyn Error + 'static)| {
        let error = error.downcast_ref::<io::Error>();
        error.is_some_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
    };
    if chain(error).any(|error| is_refusal(&error)) {
        QueryError::ConnectionRefused { reason }
    } else {
        QueryError::Unreachable { reason }
    }
}

/// The error of a connection that broke, or of a reply that broke the rules of HTTP.
pub(crate) fn connection_lost(error: &(dyn Error + 'static)) -> QueryError {
    match HttpViolation::of_failure(error) {
        Some(violation) => violation.into(),
        None => QueryError::ConnectionLost { reason: shortened(&cause(error).to_string()) },
    }
}

/// The last cause of the chain says what happened; the outer ones that something did.
fn cause<'error>(error: &'error (dyn Error + 'static)) -> &'error (dyn Error + 'static) {
    chain(error).last().unwrap_or(error)
}

fn chain<'error>(
    error: &'error (dyn Error + 'static),
) -> impl Iterator<Item = &'error (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}
