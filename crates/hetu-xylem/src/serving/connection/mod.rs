//! A connection, from its first byte to its last, and the requests on it.

mod activity;
mod exchange;
mod head;
mod http2_reading;
mod server;
mod supervision;
mod transport;
mod watched_body;

pub(super) use exchange::Exchanges;
pub(super) use server::ConnectionServer;
pub(super) use supervision::FINAL_READ;
