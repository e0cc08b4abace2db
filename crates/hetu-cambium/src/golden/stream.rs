//! A complete stream and a failed one.

use std::collections::BTreeMap;

use http::{HeaderMap, StatusCode};
use serde::Serialize;

use super::{
    RequestVector, TARGET, VectorPeers, VectorSetting, hold_against, now, request_vector, shown,
};
use crate::{Problem, Reason, StreamLimits, StreamPart};

#[derive(Serialize)]
struct StreamVectors {
    setting: VectorSetting,
    streams: Vec<StreamVector>,
}

#[derive(Serialize)]
struct StreamVector {
    name: &'static str,
    request: RequestVector,
    status: u16,
    headers: BTreeMap<String, String>,
    content: String,
}

fn stream(name: &'static str, is_complete: bool) -> StreamVector {
    let peers = VectorPeers::new();
    let content = br#"{"count":2}"#;
    let (parts, pending) = peers.send(&peers.signer(), TARGET, content, &peers.envelope());
    let request = peers.receive(&parts, content);
    let mut headers = HeaderMap::new();
    let mut signer = now(peers.replies.open_stream(request, &mut headers)).unwrap();
    let mut sent = [signer.item(&1).unwrap(), signer.item(&"two").unwrap()].concat();
    let end = if is_complete {
        now(signer.finish())
    } else {
        now(signer.fail(&Problem::new(Reason::InternalError, "the service failed")))
    };
    sent.extend(end.unwrap());

    let mut verifier = pending
        .verify_stream(StatusCode::OK, &headers, StreamLimits::default(), &*peers.clock)
        .unwrap();
    let parts_read = verifier.feed(&sent).unwrap();
    let last = if is_complete { StreamPart::Complete } else { StreamPart::Failed };
    assert_eq!(parts_read.last(), Some(&last));
    verifier.finish().unwrap();
    StreamVector {
        name,
        request: request_vector(&parts, content),
        status: 200,
        headers: shown(&headers),
        content: String::from_utf8(sent).unwrap(),
    }
}

#[test]
fn the_streams_are_the_recorded_ones() {
    let made = StreamVectors {
        setting: VectorPeers::new().setting(),
        streams: vec![stream("complete", true), stream("failed", false)],
    };
    hold_against("stream-v1.json", &made);
}
