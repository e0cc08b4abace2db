//! Against real miners on the embedded chain, over real sockets.

mod broadcast;
mod discovery;
mod impostors;
mod query;
mod scene;
