//! Transport and registration: HTTP/2, TLS, traces, and the miner's entry on the chain.

pub(crate) mod http2;
mod logs;
mod registration;
mod stopping;
mod tls;
