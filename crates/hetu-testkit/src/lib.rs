//! Fixtures that the tests of several crates share. This crate is not published.
//!
//! - [`http2_frames`]: HTTP/2 frames that no client library would send.
//! - [`raw`]: bytes that are sent to a server as they are.
//! - [`process`]: memory and files of the test process, and the scale of a test.
#![expect(clippy::unwrap_used, reason = "a fixture that fails ends its test")]

pub mod http2_frames;
pub mod process;
pub mod raw;
