//! Fixtures that the tests of several crates share. This crate is not published.
//!
//! - [`captured_log`]: the log of a test, as JSON.
//! - [`certificate`]: self-signed TLS certificates.
//! - [`doubles`]: numbers that test whether JSON encoding keeps every bit.
//! - [`faulty_node`]: a JSON-RPC proxy over HTTP that injects faults.
//! - [`http2_frames`]: HTTP/2 frames that no client library would send.
//! - [`math_sum`]: the service that the examples of the SDK serve and call.
//! - [`raw`]: raw bytes to a server.
//! - [`process`]: memory and files of the test process, and the scale of a test.
#![expect(clippy::unwrap_used, reason = "a fixture that fails ends its test")]

pub mod captured_log;
pub mod certificate;
pub mod doubles;
pub mod faulty_node;
pub mod http2_frames;
mod http_message;
pub mod math_sum;
pub mod process;
pub mod raw;
