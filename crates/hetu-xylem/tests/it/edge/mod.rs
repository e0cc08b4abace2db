//! How callers come in: HTTP/2, TLS, traces, and the miner's place on chain.

pub(crate) mod http2;
mod logs;
mod registration;
mod stopping;
mod tls;
