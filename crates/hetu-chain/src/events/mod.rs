//! What the contracts report, told apart by the addresses that report it.

mod logs;
mod sources;

pub(crate) use logs::log_of;
pub(crate) use sources::EventSources;
