//! Contents of streams, in pieces of any size, after signed heads.

use std::sync::LazyLock;

use arbitrary::{Arbitrary, Unstructured};
use hetu_cambium::{
    EventStreamSigner, EventStreamVerifier, Problem, Reason, StreamEvent, StreamLimits, StreamPart,
    StreamRefusal,
};
use http::{HeaderMap, StatusCode};

use crate::peers::{Peers, now};

/// The lengths of the first pieces, and the content.
#[derive(Clone, Debug)]
pub struct StreamFrames<'a> {
    pub pieces: &'a [u8],
    pub content: &'a [u8],
}

impl<'a> Arbitrary<'a> for StreamFrames<'a> {
    fn arbitrary(bytes: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        let pieces = usize::from(u8::arbitrary(bytes)? % 32).min(bytes.len());
        let pieces = bytes.bytes(pieces)?;
        Ok(Self { pieces, content: bytes.bytes(bytes.len())? })
    }
}

/// The streams that the miner signed after the same head.
pub struct SignedStreams {
    verifier: fn() -> EventStreamVerifier,
    pub contents: Vec<Vec<u8>>,
    parts: Vec<Vec<StreamPart>>,
}

impl SignedStreams {
    pub fn get() -> &'static Self {
        static STREAMS: LazyLock<SignedStreams> = LazyLock::new(SignedStreams::new);
        &STREAMS
    }

    fn new() -> Self {
        let failed = |mut stream: EventStreamSigner| {
            let item = stream.item(&1).unwrap();
            let problem = Problem::new(Reason::Overloaded, "too much");
            [item, now(stream.fail(&problem)).unwrap()].concat()
        };
        let complete = |mut stream: EventStreamSigner| {
            let items = ["one", "two", "three\n"].map(|item| stream.item(&item).unwrap()).concat();
            let alive = EventStreamSigner::keep_alive();
            [&items, &alive[..], &now(stream.finish()).unwrap()].concat()
        };
        let empty = |stream: EventStreamSigner| now(stream.finish()).unwrap().to_vec();
        let contents = vec![complete(open().1), failed(open().1), empty(open().1)];
        let mut streams = Self { verifier, contents, parts: vec![] };
        for content in &streams.contents {
            let mut verifier = (streams.verifier)();
            streams.parts.push(verifier.feed(content).unwrap());
            verifier.finish().unwrap();
        }
        streams
    }
}

fn open() -> (HeaderMap, EventStreamSigner) {
    let peers = Peers::get();
    let mut headers = HeaderMap::new();
    let request = peers.exchanges[0].verified.clone();
    let stream = now(peers.replies.open_stream(request, &mut headers)).unwrap();
    (headers, stream)
}

fn verifier() -> EventStreamVerifier {
    static HEAD: LazyLock<HeaderMap> = LazyLock::new(|| open().0);
    let peers = Peers::get();
    let limits = StreamLimits::default().with_event_bytes(512).with_events(4);
    let pending = &peers.exchanges[0].pending;
    pending.verify_stream(StatusCode::OK, &HEAD, limits, &*peers.clock).unwrap()
}

/// The result of a stream.
#[derive(Debug, PartialEq)]
struct ReadStream {
    parts: Vec<StreamPart>,
    end: Result<(), StreamRefusal>,
}

fn read<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> ReadStream {
    let mut verifier = verifier();
    let mut parts = vec![];
    for piece in pieces {
        match verifier.feed(piece) {
            Ok(more) => parts.extend(more),
            Err(refusal) => {
                assert_eq!(verifier.feed(b":\n\n"), Err(refusal));
                break;
            }
        }
    }
    ReadStream { parts, end: verifier.finish() }
}

/// Verifies that the parts do not depend on the pieces, and that only signed ends are proven.
pub fn run(frames: &StreamFrames<'_>) {
    let streams = SignedStreams::get();
    let by_byte = read(frames.content.chunks(1));
    let is_end = |part: &StreamPart| matches!(part, StreamPart::Complete | StreamPart::Failed);
    match by_byte.parts.iter().position(is_end) {
        Some(end) => {
            assert_eq!(end + 1, by_byte.parts.len());
            assert!(streams.parts.contains(&by_byte.parts), "a forgery was accepted");
        }
        None => assert!(by_byte.end.is_err()),
    }

    assert_eq!(read(pieces(frames)), by_byte);

    for block in split(frames.content) {
        if let Ok(Some(event)) = StreamEvent::parse(block) {
            let bytes = event.to_bytes();
            let block = bytes.strip_suffix(b"\n\n").unwrap();
            assert_eq!(split(&bytes).next(), Some(block), "an event holds another");
            assert_eq!(StreamEvent::parse(block), Ok(Some(event)));
        }
    }
}

fn pieces<'a>(frames: &StreamFrames<'a>) -> impl Iterator<Item = &'a [u8]> {
    let mut rest = frames.content;
    let mut lengths = frames.pieces.iter();
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let length = lengths.next().map_or(rest.len(), |length| usize::from(*length));
        let (piece, after) = rest.split_at(length.min(rest.len()));
        rest = after;
        Some(piece)
    })
}

/// Splits at empty lines.
fn split(content: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(content);
    std::iter::from_fn(move || {
        let content = rest?;
        let end = content.windows(2).position(|two| two == b"\n\n");
        rest = end.map(|end| &content[end + 2..]);
        Some(&content[..end.unwrap_or(content.len())])
    })
}
