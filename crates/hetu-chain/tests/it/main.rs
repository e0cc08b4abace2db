//! Against the embedded chain, over real sockets.

mod connecting;
mod joining;
mod money;
mod setup;
mod subnets;
mod weights;
