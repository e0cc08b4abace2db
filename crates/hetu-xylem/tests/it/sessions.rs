//! Calls in a session, and calls in other codecs.

use std::collections::HashMap;
use std::future::pending;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hetu_cambium::{
    AccountId, CallerSession, Codec, Envelope, ReplyRefusal, SequenceOutcome, SessionGrant,
    SessionHandshake, SessionId, SessionLimits, SessionOffer, SessionRecord, SessionStore,
    SessionStoreError,
};
use hetu_chain::future::ReadyOrBoxed;
use hetu_chain::model::Role;
use hetu_chain::{Address, Amount, Wallet};
use hetu_xylem::{RoleSource, RolesUnavailable, ServerLimits, SubnetRole, Xylem};
use tokio::sync::{Semaphore, mpsc};

use crate::support::{CHAIN, MathSum, Scene, Sum, metric, miner, other_miner, refused, validator};

const CALL: MathSum = MathSum { x: 5.0, y: 3.0 };

/// A role source that changes.
struct Changing(Arc<Mutex<HashMap<Address, SubnetRole>>>);

impl RoleSource for Changing {
    fn role_of(&self, account: Address) -> Result<Option<SubnetRole>, RolesUnavailable> {
        Ok(self.0.lock().unwrap().get(&account).copied())
    }
}

async fn open(scene: &Scene, wallet: Wallet, codec: Codec) -> CallerSession {
    let envelope = scene.envelope().with_codec(codec);
    let handshake = SessionHandshake::new().unwrap();
    let caller = AccountId::new(CHAIN, wallet.address());
    let offer = handshake.offer(Some(Duration::from_secs(600)));
    let signed = scene.sign_as::<SessionOffer>(wallet, &offer, envelope).await;
    let reply = scene.send(signed.request).await;
    scene.verify(&signed.pending, &reply).unwrap();
    assert_eq!(reply.status, 200);
    let grant: SessionGrant =
        Codec::of_content(&reply.headers).unwrap().decode(&reply.content).unwrap();
    handshake.establish(&grant, caller, &envelope, scene.clock.clone()).unwrap()
}

async fn call(scene: &Scene, session: &CallerSession, envelope: Envelope) -> Sum {
    let signed = session.call::<MathSum>(&scene.uri(""), &CALL, &envelope).unwrap();
    let reply = scene.send(signed.request).await;
    assert_eq!(scene.verify(&signed.pending, &reply), Ok(()), "{:?}", reply.content);
    Codec::of_content(&reply.headers).unwrap().decode(&reply.content).unwrap()
}

#[tokio::test]
async fn a_session_is_opened_by_wallets_and_serves_calls_in_every_codec() {
    let scene = Scene::new().await;
    for codec in Codec::ALL {
        let session = open(&scene, validator(), *codec).await;
        for codec in Codec::ALL {
            let envelope = scene.envelope().with_codec(*codec);
            assert_eq!(call(&scene, &session, envelope).await, Sum { result: 8.0 });
        }
    }
}

#[tokio::test]
async fn a_copy_of_a_call_in_a_session_is_refused() {
    let scene = Scene::new().await;
    let session = open(&scene, validator(), Codec::Json).await;
    let signed = session.call::<MathSum>(&scene.uri(""), &CALL, &scene.envelope()).unwrap();
    assert_eq!(scene.send(signed.request.clone()).await.status, 200);
    assert_eq!(scene.send(signed.request).await.refusal(), refused(401, "nonce_reused"));
}

#[tokio::test]
async fn a_session_ends_with_its_time_and_with_the_miner() {
    let scene = Scene::new().await;
    let session = open(&scene, validator(), Codec::Json).await;
    let signed = session.call::<MathSum>(&scene.uri(""), &CALL, &scene.envelope()).unwrap();
    let other = Scene::new().await;
    assert_eq!(other.send(signed.request.clone()).await.refusal(), refused(401, "unknown_session"));
    scene.clock.advance(Duration::from_secs(600));
    assert_eq!(scene.send(signed.request).await.refusal(), refused(401, "unknown_session"));
}

#[tokio::test]
async fn who_may_not_call_may_not_open_a_session() {
    let scene = Scene::new().await;
    let offer = SessionHandshake::new().unwrap().offer(None);
    let signed = scene.sign_as::<SessionOffer>(other_miner(), &offer, scene.envelope()).await;
    assert_eq!(scene.send(signed.request).await.refusal(), refused(403, "role_not_allowed"));
    let signed = scene.sign_as::<SessionOffer>(validator(), &offer, scene.envelope()).await;
    let none = Scene::with(|builder| builder.without_sessions()).await;
    assert_eq!(none.send(signed.request).await.refusal(), refused(404, "unknown_service"));
}

#[tokio::test]
async fn an_unusable_offer_is_a_signed_refusal() {
    let scene = Scene::new().await;
    let low_order = serde_json::json!({ "public_key": "A".repeat(43) });
    for (content, expected) in [
        (low_order.to_string(), refused(422, "call_rejected")),
        ("{}".to_owned(), refused(422, "undecodable_content")),
    ] {
        let signed = scene.sign_content_to("/session", content).await;
        let reply = scene.send(signed.request).await;
        assert_eq!(reply.refusal(), expected);
        assert_eq!(scene.verify(&signed.pending, &reply), Ok(()));
    }
}

#[tokio::test]
async fn one_account_has_few_sessions_and_the_oldest_goes_first() {
    let limits = SessionLimits::default().with_per_account(2);
    let scene = Scene::with(|builder| builder.sessions(limits)).await;
    let first = open(&scene, validator(), Codec::Json).await;
    let second = open(&scene, validator(), Codec::Json).await;
    let third = open(&scene, validator(), Codec::Json).await;
    for session in [second, third] {
        assert_eq!(call(&scene, &session, scene.envelope()).await, Sum { result: 8.0 });
    }
    let signed = first.call::<MathSum>(&scene.uri(""), &CALL, &scene.envelope()).unwrap();
    let reply = scene.send(signed.request).await;
    assert_eq!(reply.refusal(), refused(401, "unknown_session"));
    // A refusal before the session lookup is unsigned.
    assert_eq!(scene.verify(&signed.pending, &reply), Err(ReplyRefusal::Unsigned));
    assert_ne!(first.miner().address, validator().address());
    assert_eq!(first.miner().address, miner().address());
}

#[tokio::test]
async fn a_call_in_bincode_is_answered_in_bincode_or_as_asked() {
    let scene = Scene::new().await;
    let envelope = scene.envelope().with_codec(Codec::Bincode);
    let mut signed = scene.sign_as::<MathSum>(validator(), &CALL, envelope).await;
    let reply = scene.send(signed.request).await;
    assert_eq!(scene.verify(&signed.pending, &reply), Ok(()));
    assert_eq!(reply.content, 8.0_f64.to_le_bytes()[..]);

    signed = scene.sign_as::<MathSum>(validator(), &CALL, envelope).await;
    signed.request.headers_mut().insert("accept", "application/json".parse().unwrap());
    let reply = scene.send(signed.request).await;
    assert_eq!(scene.verify(&signed.pending, &reply), Ok(()));
    assert_eq!(reply.json(), serde_json::json!({ "result": 8.0 }));
}

#[tokio::test]
async fn an_account_that_loses_its_role_is_refused_within_its_session() {
    let standing =
        SubnetRole { role: Role::Validator, is_active: true, stake: Amount::from_hetu(500) };
    let standings = Arc::new(Mutex::new(HashMap::from([(validator().address(), standing)])));
    let roster = Changing(standings.clone());
    let clock = crate::support::clock();
    let running = Xylem::detached(Arc::new(miner()), CHAIN, crate::support::NETUID, roster)
        .bind("127.0.0.1:0")
        .clock(clock.clone())
        .attach::<MathSum>(crate::support::add)
        .start()
        .await
        .unwrap();
    let scene = Scene { clock, miner: running };
    let session = open(&scene, validator(), Codec::Json).await;
    assert_eq!(call(&scene, &session, scene.envelope()).await, Sum { result: 8.0 });
    standings.lock().unwrap().clear();
    let signed = session.call::<MathSum>(&scene.uri(""), &CALL, &scene.envelope()).unwrap();
    assert_eq!(scene.send(signed.request).await.refusal(), refused(403, "role_not_allowed"));
}

/// Starts a miner with roles that change. Its calls wait in a hook until they are released.
async fn waiting_scene() -> (Scene, Arc<Mutex<HashMap<Address, SubnetRole>>>, Arc<Semaphore>, Asked)
{
    let standing =
        SubnetRole { role: Role::Validator, is_active: true, stake: Amount::from_hetu(500) };
    let standings = Arc::new(Mutex::new(HashMap::from([(validator().address(), standing)])));
    let clock = crate::support::clock();
    let (asked, questions) = mpsc::channel(8);
    let let_go = Arc::new(Semaphore::new(0));
    let gate = Arc::clone(&let_go);
    let miner = Xylem::detached(
        Arc::new(miner()),
        CHAIN,
        crate::support::NETUID,
        Changing(standings.clone()),
    )
    .bind("127.0.0.1:0")
    .clock(clock.clone())
    .attach::<MathSum>(|_| async { panic!("the call was served") })
    .verify(move |_| {
        let (gate, asked) = (Arc::clone(&gate), asked.clone());
        async move {
            asked.send(()).await?;
            gate.acquire().await?.forget();
            Ok(())
        }
    })
    .start()
    .await
    .unwrap();
    (Scene { clock, miner }, standings, let_go, questions)
}

type Asked = mpsc::Receiver<()>;

/// Covers the delay between the arrival of the head, when role and session are checked, and the
/// call, which may wait long after that.
#[tokio::test]
async fn call_whose_session_ends_while_it_waits_is_not_served() {
    let (scene, _, let_go, mut asked) = waiting_scene().await;
    let session = open(&scene, validator(), Codec::Json).await;
    let signed = session.call::<MathSum>(&scene.uri(""), &CALL, &scene.envelope()).unwrap();
    let (address, request) = (scene.address(), signed.request);
    let call = tokio::spawn(crate::support::send(address, request));
    asked.recv().await.unwrap();
    scene.clock.advance(Duration::from_secs(600));
    let_go.add_permits(1);
    assert_eq!(call.await.unwrap().refusal(), refused(401, "unknown_session"));
}

#[tokio::test]
async fn call_whose_caller_loses_its_role_while_it_waits_is_not_served() {
    let (scene, standings, let_go, mut asked) = waiting_scene().await;
    let signed = scene.sign_sum().await;
    let call = tokio::spawn(crate::support::send(scene.address(), signed.request));
    asked.recv().await.unwrap();
    standings.lock().unwrap().clear();
    let_go.add_permits(1);
    let reply = call.await.unwrap();
    assert_eq!(reply.refusal(), refused(403, "role_not_allowed"));
    // The miner knows the caller by then, so it signs the refusal.
    assert_eq!(scene.verify(&signed.pending, &reply), Ok(()));
}

/// A store that accepts every request and answers none.
#[derive(Debug)]
struct SilentStore;

impl SessionStore for SilentStore {
    fn keep<'a>(
        &'a self,
        _session: &'a SessionRecord,
        _lifetime: Duration,
        _limits: SessionLimits,
    ) -> ReadyOrBoxed<'a, Result<(), SessionStoreError>> {
        ReadyOrBoxed::boxed(pending())
    }

    fn find<'a>(
        &'a self,
        _id: &'a SessionId,
    ) -> ReadyOrBoxed<'a, Result<Option<SessionRecord>, SessionStoreError>> {
        ReadyOrBoxed::boxed(pending())
    }

    fn use_number<'a>(
        &'a self,
        _id: &'a SessionId,
        _number: u64,
    ) -> ReadyOrBoxed<'a, Result<SequenceOutcome, SessionStoreError>> {
        ReadyOrBoxed::boxed(pending())
    }

    fn end_all_of<'a>(
        &'a self,
        _account: &'a AccountId,
    ) -> ReadyOrBoxed<'a, Result<(), SessionStoreError>> {
        ReadyOrBoxed::boxed(pending())
    }
}

#[tokio::test]
async fn a_store_that_does_not_answer_refuses_in_time() {
    let limits = ServerLimits::default().with_call_timeout(Duration::from_millis(100));
    let scene =
        Scene::with(|builder| builder.limits(limits).session_store(Arc::new(SilentStore))).await;
    let unavailable = refused(503, "signature_verification_unavailable");

    let offer = SessionHandshake::new().unwrap().offer(None);
    let signed = scene.sign::<SessionOffer>(&offer).await;
    let reply = scene.send(signed.request).await;
    assert_eq!(reply.refusal(), unavailable);
    assert_eq!(scene.verify(&signed.pending, &reply), Ok(()));

    let elsewhere = Scene::new().await;
    let session = open(&elsewhere, validator(), Codec::Json).await;
    let signed = session.call::<MathSum>(&scene.uri(""), &CALL, &scene.envelope()).unwrap();
    let reply = scene.send(signed.request).await;
    assert_eq!(reply.refusal(), unavailable);
    assert!(reply.headers.contains_key("retry-after"));
    let counted = "hetu_xylem_refusals_total{check=\"session\",\
                   reason=\"signature_verification_unavailable\"}";
    assert_eq!(metric(&scene, counted), 2);
}
