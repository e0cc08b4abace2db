//! A test kit: fake miners in the process, and a subnet of them, for tests of routing and of
//! validators.
//!
//! The kit does not sign, verify or connect: a [`FakeMiner`] is a function with a latency and a
//! script of failures over time. With tokio's clock paused, a minute of traffic takes a moment, and
//! the same seed repeats all events in the same order.
//!
//! ```
//! use std::time::Duration;
//!
//! use hetu_cambium::Service;
//! use hetu_phloem::testkit::{Conduct, FakeMiner, FakeSubnet};
//! use hetu_phloem::{BroadcastOptions, RouteOptions};
//! use schemars::JsonSchema;
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Serialize, Deserialize, JsonSchema)]
//! struct Double(u64);
//!
//! impl Service for Double {
//!     const NAME: &'static str = "Double";
//!     type Request = Self;
//!     type Reply = u64;
//! }
//!
//! # tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()
//! # .unwrap().block_on(async {
//! // In a test: #[tokio::test(start_paused = true)]
//! let honest = || FakeMiner::<Double>::answering(|request| request.0 * 2);
//! let subnet = FakeSubnet::new(7, [
//!     honest().stake(400),
//!     honest().stake(200),
//!     // Unreachable for the first ten seconds.
//!     honest().from(Duration::ZERO, Conduct::Fails).from(Duration::from_secs(10), Conduct::Answers),
//!     // Signs with another key than the registered one.
//!     honest().from(Duration::ZERO, Conduct::Lies),
//!     // Signs its answers, and its answers are wrong: for tests of judging.
//!     FakeMiner::answering(|request: &Double| request.0 * 3),
//! ]);
//! let (router, call) = (subnet.router(), subnet.call(Double(21)));
//!
//! let routed = router.route(&call, &RouteOptions::default()).await.unwrap();
//! assert!([42, 63].contains(&routed.answer.reply));
//!
//! let told = router.broadcast(&call, &subnet.targets(), &BroadcastOptions::default()).await;
//! let agreeing = told.answers().filter(|answer| answer.reply == 42).count();
//! assert_eq!((told.answered, agreeing), (3, 2));
//! # });
//! ```

mod clock;
mod miner;
mod subnet;

pub use clock::SimulatedClock;
pub use miner::{Conduct, FakeMiner};
pub use subnet::{FakeCall, FakeSubnet, FakeWatch};
