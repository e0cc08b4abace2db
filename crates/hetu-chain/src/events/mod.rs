//! Contract events, identified by the addresses of the contracts that emit them.

mod builder;
mod error;
mod fetch;
mod filter;
mod follow;
mod history;
mod notice;
mod page;
mod past;
mod query;
mod stream;
mod trail;

pub use builder::Events;
pub use error::EventError;
use filter::EventFilter;
pub use notice::{EventNotice, LoggedEvent};
pub use past::PastEvents;
pub use stream::EventStream;
