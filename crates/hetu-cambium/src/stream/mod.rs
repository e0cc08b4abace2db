//! Streams of events: replies with content that arrives in pieces.

mod event;
mod limits;
mod running_hash;
mod sign;
mod verify;

pub use event::{EventSyntaxError, StreamEvent, StreamEventKind};
pub use limits::StreamLimits;
pub use sign::EventStreamSigner;
pub use verify::{EventStreamVerifier, StreamPart, StreamRefusal};

/// The media type of streams.
pub const EVENT_STREAM: &str = "text/event-stream";
