//! A connection, from its first byte to its last.

mod activity;
mod admission;
mod conversation;
mod supervision;
mod transport;

pub(super) use activity::{Activity, UnderWay};
pub(crate) use admission::{Admission, Place};
pub(super) use conversation::Conversations;
