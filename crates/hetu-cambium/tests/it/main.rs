//! Integration tests, in one binary.

mod digests;
mod erc8128;
mod properties;
mod replay;
mod replies;
mod requests;
mod rfc9421;
mod support;
