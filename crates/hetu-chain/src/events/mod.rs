//! What the contracts report, told apart by the addresses that report it.

mod error;
mod fetch;
mod filter;
mod follow;
mod history;
mod logs;
mod notice;
mod page;
mod past;
mod query;
mod sources;
mod stream;
mod trail;

pub use error::EventError;
use filter::EventFilter;
pub(crate) use logs::log_of;
pub use notice::{EventNotice, LoggedEvent};
pub use past::PastEvents;
pub use query::Events;
pub(crate) use sources::EventSources;
pub use stream::EventStream;
