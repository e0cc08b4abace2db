//! Streams: every event is signed by the miner, in order, and none is missing.

use hetu_cambium::{
    EVENT_STREAM, EventStreamSigner, EventStreamVerifier, Problem, Reason, ReplyRefusal,
    SessionLimits, StreamEvent, StreamEventKind, StreamLimits, StreamPart, StreamRefusal,
    VerifiedRequest, fields,
};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use proptest::prelude::*;

use crate::sessions;
use crate::support::{Peers, Sent, now};

/// A stream of three items, in one piece, and the expected parts.
struct Scene {
    peers: Peers,
    sent: Sent,
    headers: HeaderMap,
    content: Vec<u8>,
}

fn open(peers: &Peers, request: VerifiedRequest) -> (HeaderMap, EventStreamSigner) {
    let mut headers = HeaderMap::new();
    let signer = now(peers.replies.open_stream(request, &mut headers)).unwrap();
    (headers, signer)
}

impl Scene {
    fn new() -> Self {
        let peers = Peers::new();
        let sent = peers.send();
        Self::answering(peers, sent)
    }

    fn in_session() -> Self {
        let (peers, _) = sessions::with_sessions(SessionLimits::default());
        let session = sessions::open(&peers, None);
        let sent = sessions::send(&peers, &session);
        Self::answering(peers, sent)
    }

    fn answering(peers: Peers, sent: Sent) -> Self {
        let (headers, mut signer) = open(&peers, peers.receive(&sent).unwrap());
        let mut content = Vec::new();
        for item in 1..=3 {
            content.extend(signer.item(&item).unwrap());
            content.extend(EventStreamSigner::keep_alive());
        }
        content.extend(now(signer.finish()).unwrap());
        Self { peers, sent, headers, content }
    }

    fn verifier(&self, limits: StreamLimits) -> Result<EventStreamVerifier, StreamRefusal> {
        self.sent.pending.verify_stream(StatusCode::OK, &self.headers, limits, &*self.peers.clock)
    }

    fn read(&self, content: &[u8]) -> Result<Vec<StreamPart>, StreamRefusal> {
        let mut verifier = self.verifier(StreamLimits::default())?;
        let parts = verifier.feed(content)?;
        verifier.finish()?;
        Ok(parts)
    }

    /// Returns the pieces of the content, each of which ends in an empty line.
    fn pieces(&self) -> Vec<&[u8]> {
        let text = std::str::from_utf8(&self.content).unwrap();
        text.split_inclusive("\n\n").map(str::as_bytes).collect()
    }
}

fn items() -> Vec<StreamPart> {
    let mut parts: Vec<_> =
        ["1", "2", "3"].into_iter().map(|item| StreamPart::Item(item.into())).collect();
    parts.push(StreamPart::Complete);
    parts
}

#[test]
fn a_stream_is_read_as_it_was_written_by_wallets_and_in_sessions() {
    for scene in [Scene::new(), Scene::in_session()] {
        assert_eq!(scene.headers[CONTENT_TYPE], EVENT_STREAM);
        assert!(!scene.headers.contains_key(&fields::CONTENT_DIGEST));
        assert_eq!(scene.read(&scene.content), Ok(items()));
        let parts = scene.read(&scene.content).unwrap();
        assert_eq!(parts[1].item::<u8>(), Ok(Some(2)));
        assert!(parts[1].item::<String>().is_err());
        assert_eq!(parts[3].item::<u8>(), Ok(None));
    }
}

#[test]
fn an_error_in_the_middle_is_typed_and_proven() {
    let scene = Scene::new();
    let sent = scene.peers.send();
    let (headers, mut signer) = open(&scene.peers, scene.peers.receive(&sent).unwrap());
    let mut content = signer.item(&1).unwrap().to_vec();
    let problem = Problem::new(Reason::Overloaded, "the service has too much to do");
    content.extend(now(signer.fail(&problem)).unwrap());
    let scene = Scene { sent, headers, content, ..scene };
    let parts = scene.read(&scene.content).unwrap();
    assert_eq!(parts[0], StreamPart::Item("1".into()));
    let StreamPart::Problem(told) = &parts[1] else { panic!("{:?}", parts[1]) };
    assert_eq!((told.reason(), told.is_retryable()), (Some(Reason::Overloaded), true));
    assert_eq!(parts[2..], [StreamPart::Failed]);
    // An edit cannot turn the failure into a success.
    let text = String::from_utf8(scene.content.clone()).unwrap();
    let changed = text.replace("\"failed\"", "\"complete\"");
    assert_eq!(scene.read(changed.as_bytes()), Err(StreamRefusal::BadEnd));
}

#[test]
fn a_stream_without_its_end_broke_off() {
    let scene = Scene::new();
    for length in 0..scene.content.len() {
        let outcome = scene.read(&scene.content[..length]);
        assert_eq!(outcome, Err(StreamRefusal::Truncated), "{length}");
    }
    let longer = [&scene.content[..], b":"].concat();
    assert_eq!(scene.read(&longer), Err(StreamRefusal::Truncated));
    let longer = [&scene.content[..], b": so long\n\n"].concat();
    assert_eq!(scene.read(&longer), Ok(items()));
}

#[test]
fn events_cannot_be_dropped_repeated_moved_added_or_changed() {
    for scene in [Scene::new(), Scene::in_session()] {
        let pieces = scene.pieces();
        // Items are at 0, 2 and 4, comments between them, and the end is at 6.
        let order = |order: &[usize]| {
            let content: Vec<_> = order.iter().flat_map(|place| pieces[*place]).copied().collect();
            scene.read(&content)
        };
        assert_eq!(order(&[0, 2, 4, 6]), Ok(items()));
        for wrong in [&[2, 4, 6][..], &[0, 4, 6], &[0, 2, 2, 4, 6], &[2, 0, 4, 6], &[0, 2, 4, 6, 6]]
        {
            assert_eq!(order(wrong), Err(StreamRefusal::OutOfOrder), "{wrong:?}");
        }
        assert_eq!(order(&[0, 2, 6]), Err(StreamRefusal::OutOfOrder));

        let text = String::from_utf8(scene.content.clone()).unwrap();
        for (from, to) in [
            ("data: 2", "data: 7"),
            ("id: 1\nevent: item\ndata: 2", "id: 1\nevent: item\ndata: 2 "),
            ("\"events\":3", "\"events\":2"),
            ("\"complete\"", "\"failed\""),
            ("\"hash\":\"", "\"hash\":\"A"),
            ("\"signature\":\"", "\"signature\":\"AAAA"),
        ] {
            assert!(text.contains(from), "{text}");
            let outcome = scene.read(text.replace(from, to).as_bytes());
            assert_eq!(outcome, Err(StreamRefusal::BadEnd), "{from} -> {to}");
        }
        for (from, to) in [
            ("event: end", "event: done"),
            ("\"events\":3", "\"events\":3,\"more\":1"),
            ("data: 2", "date: 2"),
        ] {
            let outcome = scene.read(text.replace(from, to).as_bytes());
            assert!(matches!(outcome, Err(StreamRefusal::Malformed(_))), "{from} -> {to}");
        }
    }
}

#[test]
fn an_item_that_becomes_a_problem_is_noticed() {
    let scene = Scene::new();
    let text = String::from_utf8(scene.content.clone()).unwrap();
    let problem = r#"{"status":500,"reason":"internal_error"}"#;
    let changed = text.replace("event: item\ndata: 3", &format!("event: problem\ndata: {problem}"));
    assert_eq!(scene.read(changed.as_bytes()), Err(StreamRefusal::BadEnd));
}

#[test]
fn the_events_of_one_stream_are_not_those_of_another() {
    let (first, second) = (Scene::new(), Scene::new());
    assert_eq!(first.read(&second.content), Err(StreamRefusal::BadEnd));
    let wallet = Scene::new();
    let session = Scene::in_session();
    assert_eq!(session.read(&wallet.content), Err(StreamRefusal::BadEnd));
    assert_eq!(wallet.read(&session.content), Err(StreamRefusal::BadEnd));
}

#[test]
fn the_head_is_proven_before_the_first_event() {
    let scene = Scene::new();
    let head = |status: StatusCode, headers: &HeaderMap| {
        let limits = StreamLimits::default();
        let verified =
            scene.sent.pending.verify_stream(status, headers, limits, &*scene.peers.clock);
        verified.map(drop)
    };
    assert_eq!(head(StatusCode::OK, &scene.headers), Ok(()));
    assert_eq!(head(StatusCode::CREATED, &scene.headers), Err(StreamRefusal::NoStream));
    let mut headers = scene.headers.clone();
    headers.remove(&fields::SIGNATURE);
    let unsigned = Err(StreamRefusal::Head(ReplyRefusal::Unsigned));
    assert_eq!(head(StatusCode::OK, &headers), unsigned);
    headers.insert(CONTENT_TYPE, "application/json".parse().unwrap());
    assert_eq!(head(StatusCode::OK, &headers), Err(StreamRefusal::NoStream));

    let other = Scene::new();
    let wrong = other.sent.pending.verify_stream(
        StatusCode::OK,
        &scene.headers,
        StreamLimits::default(),
        &*other.peers.clock,
    );
    assert_eq!(wrong.map(drop), Err(StreamRefusal::Head(ReplyRefusal::WrongNonce)));
}

#[test]
fn a_head_is_no_whole_reply_and_a_whole_reply_is_no_head() {
    let scene = Scene::new();
    let mut headers = scene.headers.clone();
    headers.insert(fields::CONTENT_DIGEST, hetu_cambium::content_digest(b"{}"));
    let whole = scene.sent.pending.verify(StatusCode::OK, &headers, b"{}", &*scene.peers.clock);
    assert_eq!(whole, Err(ReplyRefusal::InsufficientCoverage));

    let sent = scene.peers.send();
    let reply = scene.peers.reply(&scene.peers.receive(&sent).unwrap(), b"{}");
    let head = sent.pending.verify_stream(
        StatusCode::OK,
        &reply,
        StreamLimits::default(),
        &*scene.peers.clock,
    );
    assert_eq!(head.map(drop), Err(StreamRefusal::NoStream));
}

#[test]
fn streams_are_bounded() {
    let scene = Scene::new();
    let feed = |limits: StreamLimits| {
        let mut verifier = scene.verifier(limits).unwrap();
        let parts = verifier.feed(&scene.content).map(|parts| parts.len());
        // A verifier that refused once refuses everything after.
        let more = verifier.feed(b":\n\n").map(|parts| parts.len());
        (parts, more, verifier.finish())
    };
    let limits = StreamLimits::default();
    assert_eq!(feed(limits.with_events(3)), (Ok(4), Ok(0), Ok(())));
    // The parts before the refusal are returned.
    let refusal = StreamRefusal::TooLong { limit: 2 };
    assert_eq!(feed(limits.with_events(2)), (Ok(2), Err(refusal.clone()), Err(refusal)));
    let refusal = StreamRefusal::TooLarge { limit: 20 };
    let refused = (Err(refusal.clone()), Err(refusal.clone()), Err(refusal));
    assert_eq!(feed(limits.with_event_bytes(20)), refused);
    let mut verifier = scene.verifier(limits.with_event_bytes(100)).unwrap();
    let endless = [b'a'; 60];
    assert_eq!(verifier.feed(&endless), Ok(vec![]));
    assert_eq!(verifier.feed(&endless), Err(StreamRefusal::TooLarge { limit: 100 }));
}

proptest! {
    #[test]
    fn it_does_not_matter_how_the_content_is_cut(
        cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..20)
    ) {
        let scene = Scene::new();
        let mut places: Vec<_> = cuts.iter().map(|cut| cut.index(scene.content.len())).collect();
        places.extend([0, scene.content.len()]);
        places.sort_unstable();
        let mut verifier = scene.verifier(StreamLimits::default()).unwrap();
        let mut parts = Vec::new();
        for pair in places.windows(2) {
            parts.extend(verifier.feed(&scene.content[pair[0]..pair[1]]).unwrap());
        }
        prop_assert_eq!(verifier.finish(), Ok(()));
        prop_assert_eq!(parts, items());
    }

    #[test]
    fn a_changed_byte_of_an_event_is_noticed(place in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let scene = Scene::new();
        let mut content = scene.content.clone();
        let place = place.index(content.len());
        prop_assume!(content[place] != byte);
        content[place] = byte;
        // Only bytes inside comments may differ.
        if let Ok(parts) = scene.read(&content) {
            prop_assert_eq!(parts, items());
        }
    }
}

#[test]
fn events_are_read_as_they_are_written() {
    let scene = Scene::new();
    let first = scene.pieces()[0].strip_suffix(b"\n\n").unwrap();
    let event = StreamEvent::parse(first).unwrap().unwrap();
    assert_eq!((event.number(), event.kind(), event.data()), (0, StreamEventKind::Item, "1"));
    assert_eq!(event.to_bytes(), scene.pieces()[0]);
}
