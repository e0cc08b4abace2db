//! A connection, from its first byte to its last.

use std::time::Duration;

mod activity;
mod admission;
mod conversation;
mod http2_reading;
mod supervision;
mod transport;

pub(super) use activity::{Activity, UnderWay};
pub(super) use admission::Refused;
pub(crate) use admission::{Admission, Place};
pub(super) use conversation::{Conversations, LEAST_FIELD_BYTES};

/// How long whoever is about to be closed is listened to once more. What has reached this machine by
/// then is read for certain, as the operating system is asked for it before any timer ends.
pub(super) const LAST_CALL: Duration = Duration::from_millis(50);
