//! A call and its reply.

use serde::Serialize;

use super::{
    NOW, Peers, ReplyVector, RequestVector, Setting, TARGET, hold_against, request_vector,
};
use crate::{Codec, Erc8128Revision};

#[derive(Serialize)]
struct Vectors {
    setting: Setting,
    exchanges: Vec<Exchange>,
}

#[derive(Serialize)]
struct Exchange {
    name: &'static str,
    request: RequestVector,
    reply: ReplyVector,
}

fn exchange(name: &'static str, codec: Codec, revision: Erc8128Revision) -> Exchange {
    let peers = Peers::new();
    let envelope = peers.envelope().with_codec(codec);
    let signer = peers.signer().with_revision(revision);
    let content = codec.encode(&Call { x: 5.0, y: 3.0 }).unwrap();
    let (parts, pending) = peers.send(&signer, TARGET, &content, &envelope);
    let request = peers.receive(&parts, &content);
    let reply = codec.encode(&Answer { result: 8.0 }).unwrap();
    let (_, reply) = peers.answer(&request, &pending, &reply);
    assert_eq!(request.account().address, peers.caller.address());
    Exchange { name, request: request_vector(&parts, &content), reply }
}

#[derive(Serialize)]
struct Call {
    x: f64,
    y: f64,
}

#[derive(Serialize)]
struct Answer {
    result: f64,
}

#[test]
fn the_exchanges_are_the_recorded_ones() {
    let made = Vectors {
        setting: Peers::new().setting(),
        exchanges: vec![
            exchange("in JSON", Codec::Json, Erc8128Revision::Newest),
            exchange("in bincode", Codec::Bincode, Erc8128Revision::Newest),
            exchange("in the earlier revision of the ERC", Codec::Json, Erc8128Revision::Earlier),
        ],
    };
    assert_eq!(made.setting.now, NOW);
    hold_against("cambium-v1.json", &made);
}
