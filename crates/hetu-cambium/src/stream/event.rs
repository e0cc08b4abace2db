//! Events and their serialisation, a strict form of server-sent events (WHATWG HTML, section
//! 9.2.6).

use bytes::Bytes;

use crate::account::parse_decimal;

/// The kind of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StreamEventKind {
    /// One item of the service.
    Item,
    /// A problem document with the reason why the stream was aborted.
    Problem,
    /// The end, which signs everything before it.
    End,
}

impl StreamEventKind {
    /// Returns the word in the line `event:`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Item => "item",
            Self::Problem => "problem",
            Self::End => "end",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Item, Self::Problem, Self::End].into_iter().find(|kind| kind.as_str() == text)
    }
}

/// An event of a stream. Its data is one line of JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamEvent {
    pub(super) number: u64,
    pub(super) kind: StreamEventKind,
    pub(super) data: Box<str>,
}

impl StreamEvent {
    /// Returns the position in the stream, from 0.
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// Returns the kind of the event.
    pub const fn kind(&self) -> StreamEventKind {
        self.kind
    }

    /// Returns the data: one line of JSON.
    pub const fn data(&self) -> &str {
        &self.data
    }

    /// Returns the event as it is sent.
    pub fn to_bytes(&self) -> Bytes {
        let Self { number, kind, data } = self;
        format!("id: {number}\nevent: {}\ndata: {data}\n\n", kind.as_str()).into()
    }

    /// Parses a block of lines that ends before the empty line, or returns `None` if it holds only
    /// comments.
    ///
    /// # Errors
    /// [`EventSyntaxError`] if the lines are not exactly `id`, `event` and `data`, in this order,
    /// with comments (lines that begin with a colon) anywhere between them.
    pub fn parse(block: &[u8]) -> Result<Option<Self>, EventSyntaxError> {
        let block = std::str::from_utf8(block).map_err(|_| EventSyntaxError)?;
        let lines = block.split('\n').filter(|line| !line.starts_with(':'));
        // One line more than an event has, because a block may have any number of lines.
        let lines: Vec<_> = lines.take(4).collect();
        let [id, event, data] = lines[..] else {
            let is_comment = lines.iter().all(|line| line.is_empty());
            return if is_comment { Ok(None) } else { Err(EventSyntaxError) };
        };
        let read = || {
            let number = parse_decimal(id.strip_prefix("id: ")?)?;
            let kind = StreamEventKind::parse(event.strip_prefix("event: ")?)?;
            let data = data.strip_prefix("data: ")?;
            // Other readers of event streams treat a carriage return as the end of a line.
            (!data.contains('\r')).then(|| Self { number, kind, data: data.into() })
        };
        read().map(Some).ok_or(EventSyntaxError)
    }
}

/// Bytes that are not an event of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an event: expected the lines id, event and data")]
pub struct EventSyntaxError;

#[cfg(test)]
mod tests {
    use super::*;

    fn event() -> StreamEvent {
        StreamEvent { number: 7, kind: StreamEventKind::Item, data: "{\"x\":1}".into() }
    }

    #[test]
    fn an_event_survives_the_wire() {
        let bytes = event().to_bytes();
        assert_eq!(bytes, "id: 7\nevent: item\ndata: {\"x\":1}\n\n");
        let block = bytes.strip_suffix(b"\n\n").unwrap();
        assert_eq!(StreamEvent::parse(block), Ok(Some(event())));
        let commented = [b": alive\n", block, b"\n:"].concat();
        assert_eq!(StreamEvent::parse(&commented), Ok(Some(event())));
        assert_eq!(StreamEvent::parse(b": alive"), Ok(None));
        assert_eq!(StreamEvent::parse(b""), Ok(None));
    }

    #[test]
    fn other_forms_are_refused() {
        for block in [
            &b"id: 7\nevent: item"[..],
            b"event: item\nid: 7\ndata: 1",
            b"id: 07\nevent: item\ndata: 1",
            b"id: 7\nevent: items\ndata: 1",
            b"id:7\nevent: item\ndata: 1",
            b"id: 7\r\nevent: item\r\ndata: 1",
            b"id: 7\nevent: item\ndata: 1\ndata: 2",
            b"id: 7\nevent: item\ndata: 1\rdata: 2",
            b"id: 7\nevent: item\ndata: \xff",
        ] {
            assert_eq!(StreamEvent::parse(block), Err(EventSyntaxError));
        }
    }
}
