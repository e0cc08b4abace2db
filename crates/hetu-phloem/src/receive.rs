//! What comes over a connection, or why nothing does.

use std::error::Error;
use std::io;

use bytes::Bytes;
use http_body::Body;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper_util::client::legacy;
use tower::BoxError;

use crate::QueryError;

/// Reads a body of up to `limit` bytes.
pub(crate) async fn receive(
    body: impl Body<Data = Bytes, Error: Into<BoxError>>,
    limit: usize,
) -> Result<Bytes, QueryError> {
    match Limited::new(body, limit).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(QueryError::TooLarge { limit }),
        Err(error) => Err(connection_lost(error.as_ref())),
    }
}

/// Why a request got no reply.
pub(crate) fn not_sent(error: &legacy::Error) -> QueryError {
    let reason = cause(error).to_string();
    if !error.is_connect() {
        return QueryError::ConnectionLost { reason };
    }
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

pub(crate) fn connection_lost(error: &(dyn Error + 'static)) -> QueryError {
    QueryError::ConnectionLost { reason: cause(error).to_string() }
}

/// The cause at the end of the chain says what happened; the outer ones that something did.
fn cause<'error>(error: &'error (dyn Error + 'static)) -> &'error (dyn Error + 'static) {
    chain(error).last().unwrap_or(error)
}

fn chain<'error>(
    error: &'error (dyn Error + 'static),
) -> impl Iterator<Item = &'error (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}
