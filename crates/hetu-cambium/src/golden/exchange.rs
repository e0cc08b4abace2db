//! A call and its reply.

use serde::Serialize;

use super::{
    NOW, ReplyVector, RequestVector, TARGET, VectorPeers, VectorSetting, hold_against,
    request_vector,
};
use crate::{Codec, Erc8128Revision};

#[derive(Serialize)]
struct ExchangeVectors {
    setting: VectorSetting,
    exchanges: Vec<ExchangeVector>,
}

#[derive(Serialize)]
struct ExchangeVector {
    name: &'static str,
    request: RequestVector,
    reply: ReplyVector,
}

fn exchange(name: &'static str, codec: Codec, revision: Erc8128Revision) -> ExchangeVector {
    let peers = VectorPeers::new();
    let envelope = peers.envelope().with_codec(codec);
    let signer = peers.signer().with_revision(revision);
    let content = codec.encode(&SumCall { x: 5.0, y: 3.0 }).unwrap();
    let (parts, pending) = peers.send(&signer, TARGET, &content, &envelope);
    let request = peers.receive(&parts, &content);
    let reply = codec.encode(&SumAnswer { result: 8.0 }).unwrap();
    let (_, reply) = peers.answer(&request, &pending, &reply);
    assert_eq!(request.account().address, peers.caller.address());
    ExchangeVector { name, request: request_vector(&parts, &content), reply }
}

#[derive(Serialize)]
struct SumCall {
    x: f64,
    y: f64,
}

#[derive(Serialize)]
struct SumAnswer {
    result: f64,
}

#[test]
fn the_exchanges_are_the_recorded_ones() {
    let made = ExchangeVectors {
        setting: VectorPeers::new().setting(),
        exchanges: vec![
            exchange("in JSON", Codec::Json, Erc8128Revision::Newest),
            exchange("in bincode", Codec::Bincode, Erc8128Revision::Newest),
            exchange("in the earlier revision of the ERC", Codec::Json, Erc8128Revision::Earlier),
        ],
    };
    assert_eq!(made.setting.now, NOW);
    hold_against("cambium-v1.json", &made);
}
