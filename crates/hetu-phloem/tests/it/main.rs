//! Integration tests against real miners on the embedded chain, over real sockets.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic like tests")]

mod broadcast;
mod budgets;
mod calls;
mod chaos;
mod crashes;
mod discovery;
mod foreign;
mod hostile_replies;
mod impostors;
mod judging;
mod on_path;
mod proofs;
mod query;
mod routing;
mod scene;
mod sessions;
mod streams;
mod tap;
mod tls;
mod traces;
mod weights;
