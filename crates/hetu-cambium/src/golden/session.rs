//! A handshake and a call in the session that it opens.

use std::time::Duration;

use http::Request;
use serde::Serialize;

use super::{
    ReplyVector, RequestVector, TARGET, VectorPeers, VectorSetting, hexadecimal, hold_against, now,
    request_vector,
};
use crate::session::EphemeralSecret;
use crate::{AccountId, Codec, SessionHandshake, SessionOffer};

const CALLER_SECRET: [u8; 32] = [0x11; 32];
const MINER_SECRET: [u8; 32] = [0x22; 32];

#[derive(Serialize)]
struct SessionVector {
    setting: VectorSetting,
    caller_secret: String,
    miner_secret: String,
    opening: SessionExchange,
    request_key: String,
    reply_key: String,
    call: SessionExchange,
}

#[derive(Serialize)]
struct SessionExchange {
    request: RequestVector,
    reply: ReplyVector,
}

#[test]
fn the_session_is_the_recorded_one() {
    let peers = VectorPeers::new();
    let envelope = peers.envelope();
    let handshake = SessionHandshake::from_secret(CALLER_SECRET);
    let offer = handshake.offer(Some(Duration::from_secs(600)));
    let content = Codec::Json.encode(&offer).unwrap();
    let target = "http://miner.example:8091/session";
    let (parts, pending) = peers.send(&peers.signer(), target, &content, &envelope);
    let opening_request = request_vector(&parts, &content);
    let request = peers.receive(&parts, &content);
    let received: SessionOffer = Codec::Json.decode(&content).unwrap();
    let secret = EphemeralSecret::from_bytes(MINER_SECRET);
    let id = "AAECAwQFBgcICQoLDA0ODw".parse().unwrap();
    let grant = now(peers.sessions.open_with(&request, &received, &secret, id)).unwrap();
    let content = Codec::Json.encode(&grant).unwrap();
    let (_, opening_reply) = peers.answer(&request, &pending, &content);

    let caller = AccountId::new(super::CHAIN, peers.caller.address());
    let session = handshake.establish(&grant, caller, &envelope, peers.clock.clone()).unwrap();
    let keys = peers.sessions.find(&id).unwrap();
    let keys = keys.keys();

    let content = br#"{"x":5.0,"y":3.0}"#;
    let (mut parts, ()) = Request::post(TARGET).body(()).unwrap().into_parts();
    let pending = session.sign(&mut parts, content, &envelope).unwrap();
    let request = peers.receive(&parts, content);
    assert!(request.is_in_session());
    let (_, reply) = peers.answer(&request, &pending, br#"{"result":8.0}"#);
    let made = SessionVector {
        setting: peers.setting(),
        caller_secret: hexadecimal(&CALLER_SECRET),
        miner_secret: hexadecimal(&MINER_SECRET),
        opening: SessionExchange { request: opening_request, reply: opening_reply },
        request_key: hexadecimal(&*keys.request),
        reply_key: hexadecimal(&*keys.reply),
        call: SessionExchange { request: request_vector(&parts, content), reply },
    };
    hold_against("session-v1.json", &made);
}
