//! Integration tests over real sockets, in one binary.

#![allow(clippy::unwrap_used, reason = "a test that fails has to panic")]

mod chain;
mod handlers;
mod open_resources;
mod refusals;
mod serving;
mod starting;
mod support;
