//! The stores themselves, as used by two processes.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use hetu_cambium::{
    AcceptanceWindow, AccountId, SequenceOutcome, SessionLimits, SessionRecord, SessionStore,
    SessionStoreError,
};
use hetu_chain::clock::ManualClock;
use hetu_chain::{Clock, SystemClock};
use hetu_xylem::{
    Rate, RateKey, RateLimiter, RateRefusal, RedisOptions, RedisShared, SessionSecret,
};

use super::options;
use super::redis_server::RedisServer;
use crate::support::{CHAIN, NETUID, miner, wallet};

const KEY: [u8; 32] = [0xa5; 32];

pub(super) async fn shared(options: &RedisOptions) -> RedisShared {
    let miner = (CHAIN, NETUID, miner().address());
    let window = AcceptanceWindow::default();
    RedisShared::connect(options, miner, window, Arc::new(SystemClock)).await.unwrap()
}

fn account(number: u8) -> AccountId {
    AccountId::new(CHAIN, wallet(number).address())
}

/// Returns the record of a session with this name, as a handshake would create it.
fn session(number: u8, caller: u8) -> SessionRecord {
    let mut bytes = vec![1];
    bytes.extend_from_slice(&[number; 16]);
    bytes.extend_from_slice(&CHAIN.get().to_be_bytes());
    bytes.extend_from_slice(wallet(caller).address().as_bytes());
    bytes.extend_from_slice(&NETUID.get().to_be_bytes());
    bytes.extend_from_slice(miner().address().as_bytes());
    bytes.extend_from_slice(&u64::MAX.to_be_bytes());
    bytes.extend_from_slice(&[KEY, KEY].concat());
    SessionRecord::from_secret_bytes(&bytes).unwrap()
}

async fn keep(shared: &RedisShared, session: &SessionRecord, limits: SessionLimits) {
    shared.sessions().keep(session, Duration::from_secs(600), limits).await.unwrap();
}

/// Uses every operation of the miner on Redis.
pub(super) async fn use_everything(shared: &RedisShared) {
    let limits = SessionLimits::default().with_per_account(1);
    let (sessions, rates) = (shared.sessions(), shared.rates());
    let (first, second) = (session(1, 1), session(2, 1));
    keep(shared, &first, limits).await;
    for number in [1, 5_000, 10_000] {
        assert_eq!(sessions.use_number(&first.id(), number).await, Ok(SequenceOutcome::First));
    }
    keep(shared, &second, limits).await;
    assert!(sessions.find(&first.id()).await.unwrap().is_none());
    assert!(sessions.find(&second.id()).await.unwrap().is_some());
    sessions.end_all_of(&account(1)).await.unwrap();
    let rate = Rate::per_minute(1).unwrap();
    assert_eq!(rates.consume(RateKey::account(account(1)), rate).await, Ok(()));
    assert!(rates.consume(RateKey::account(account(1)), rate).await.is_err());
}

#[tokio::test]
async fn a_caller_has_one_allowance_among_all_replicas() {
    let redis = RedisServer::start().await;
    let replicas = [shared(&options(&redis)).await, shared(&options(&redis)).await];
    let rate = Rate::per_minute(4).unwrap();
    let remote = RateKey::remote(IpAddr::V4(Ipv4Addr::LOCALHOST));
    for key in [RateKey::account(account(1)), remote] {
        for call in 0..4 {
            assert_eq!(replicas[call % 2].rates().consume(key, rate).await, Ok(()));
        }
        for replica in &replicas {
            // An account that was not refused here is not looked up in Redis.
            assert_eq!(replica.rates().check(key, rate).await, Ok(()));
            let refusal = replica.rates().consume(key, rate).await.unwrap_err();
            let RateRefusal::Exceeded { retry_after } = refusal else { panic!("{refusal:?}") };
            assert!(retry_after <= Duration::from_secs(15), "{retry_after:?}");
            assert!(replica.rates().check(key, rate).await.is_err());
        }
    }
    // A higher rate applies to the count at the lower one.
    let generous = Rate::per_minute(6_000_000).unwrap().with_burst(6_000_000);
    let key = RateKey::account(account(1));
    assert_eq!(replicas[0].rates().consume(key, generous).await, Ok(()));
    let other = RateKey::account(account(2));
    assert_eq!(replicas[0].rates().consume(other, rate).await, Ok(()));
}

#[tokio::test]
async fn an_allowance_comes_back_with_time() {
    let redis = RedisServer::start().await;
    let shared = shared(&options(&redis)).await;
    let rate = Rate::per_second(20).unwrap().with_burst(1);
    let key = RateKey::account(account(1));
    assert_eq!(shared.rates().consume(key, rate).await, Ok(()));
    for _ in 0..200 {
        match shared.rates().consume(key, rate).await {
            Ok(()) => return,
            Err(RateRefusal::Exceeded { retry_after }) => {
                assert!(retry_after <= rate.interval());
                tokio::time::sleep(retry_after).await;
            }
            Err(other) => panic!("{other}"),
        }
    }
    panic!("the allowance does not come back");
}

#[tokio::test]
async fn numbers_count_once_in_any_order_within_the_window() {
    let redis = RedisServer::start().await;
    let replicas = [shared(&options(&redis)).await, shared(&options(&redis)).await];
    let record = session(1, 1);
    keep(&replicas[0], &record, SessionLimits::default()).await;
    let mut known = BTreeSet::new();
    let mut state = 7_u64;
    for step in 0..3_000_u64 {
        // The numbers lie around a rising one, some far behind it and some far ahead.
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let number = (step * 5 + (state >> 33) % 6_000).saturating_sub(1_000);
        let highest = known.last().copied().unwrap_or(0);
        let is_old =
            number == 0 || (highest >= number && highest - number >= SessionRecord::WINDOW);
        let expected = if is_old || !known.insert(number) {
            SequenceOutcome::Repeated
        } else {
            SequenceOutcome::First
        };
        let sessions = replicas[(state >> 60) as usize % 2].sessions();
        let outcome = sessions.use_number(&record.id(), number).await;
        assert_eq!(outcome, Ok(expected), "{number} after {highest}");
    }
    let sessions = replicas[0].sessions();
    for (number, expected) in [
        (u64::MAX, SequenceOutcome::First),
        (u64::MAX, SequenceOutcome::Repeated),
        (u64::MAX - 4_096, SequenceOutcome::Repeated),
        (u64::MAX - 4_095, SequenceOutcome::First),
        (u64::MAX - 4_095, SequenceOutcome::Repeated),
        (1, SequenceOutcome::Repeated),
    ] {
        assert_eq!(sessions.use_number(&record.id(), number).await, Ok(expected), "{number}");
    }
    let unknown = session(2, 1);
    assert_eq!(sessions.use_number(&unknown.id(), 1).await, Ok(SequenceOutcome::Over));
}

#[tokio::test]
async fn sessions_are_bounded_in_all_and_for_each_account() {
    let redis = RedisServer::start().await;
    let shared = shared(&options(&redis)).await;
    let limits = SessionLimits::default().with_capacity(3).with_per_account(2);
    for (number, caller) in [(1, 1), (2, 1), (3, 2)] {
        keep(&shared, &session(number, caller), limits).await;
    }
    let sessions = shared.sessions();
    let newcomer = session(4, 3);
    let refused = sessions.keep(&newcomer, Duration::from_secs(600), limits).await;
    let Err(SessionStoreError::Full { retry_after }) = refused else { panic!("{refused:?}") };
    assert!(retry_after <= Duration::from_secs(600) && retry_after > Duration::from_secs(500));
    // An account with one session too many loses its oldest, even where the store is full.
    keep(&shared, &session(5, 1), limits).await;
    for (number, caller, is_there) in [(1, 1, false), (2, 1, true), (3, 2, true), (5, 1, true)] {
        let found = sessions.find(&session(number, caller).id()).await.unwrap();
        assert_eq!(found.is_some(), is_there, "{number}");
    }
    sessions.end_all_of(&account(1)).await.unwrap();
    assert!(sessions.find(&session(5, 1).id()).await.unwrap().is_none());
    assert!(sessions.find(&session(3, 2).id()).await.unwrap().is_some());
    keep(&shared, &newcomer, limits).await;
}

/// Regression test: the oldest session of an account was ended before the capacity check of the new
/// one, so the account lost one and gained none.
#[tokio::test]
async fn session_that_is_refused_ends_no_other() {
    let redis = RedisServer::start().await;
    let shared = shared(&options(&redis)).await;
    let limits = SessionLimits::default().with_capacity(8).with_per_account(2);
    for (number, caller) in [(1, 1), (2, 1), (3, 2), (4, 3)] {
        keep(&shared, &session(number, caller), limits).await;
    }
    // Other replicas may be configured with a smaller capacity.
    let fewer = limits.with_capacity(2);
    let sessions = shared.sessions();
    let refused = sessions.keep(&session(5, 1), Duration::from_secs(600), fewer).await;
    assert!(matches!(refused, Err(SessionStoreError::Full { .. })), "{refused:?}");
    for (number, caller) in [(1, 1), (2, 1), (3, 2), (4, 3)] {
        let found = sessions.find(&session(number, caller).id()).await.unwrap();
        assert!(found.is_some(), "{number}");
    }
}

/// Verifies that a new memory accepts no signature from before its start, by the clock of the
/// replica or by that of Redis, whichever is ahead.
#[tokio::test]
async fn replay_memory_begins_after_the_clock_of_redis() {
    let redis = RedisServer::start().await;
    let behind = SystemClock.unix_time() - Duration::from_secs(3_600);
    let miner_of = (CHAIN, NETUID, miner().address());
    let window = AcceptanceWindow::default();
    let clock = Arc::new(ManualClock::at(behind));
    RedisShared::connect(&options(&redis), miner_of, window, clock).await.unwrap();
    let mut connection = redis.connection().await;
    let name = format!("hetu:{CHAIN}:{NETUID}:{}:memory", miner().address().to_lower_hex());
    let since: u64 =
        redis::cmd("HGET").arg(&name).arg("since").query_async(&mut connection).await.unwrap();
    let (seconds, _): (u64, u64) = redis::cmd("TIME").query_async(&mut connection).await.unwrap();
    assert!((seconds - 60..=seconds + 1).contains(&since), "{since} at {seconds}");
}

#[tokio::test]
async fn who_reads_redis_reads_no_key_and_who_writes_it_opens_no_session() {
    let redis = RedisServer::start().await;
    let shared_here = shared(&options(&redis)).await;
    let (first, second) = (session(1, 1), session(2, 1));
    keep(&shared_here, &first, SessionLimits::default()).await;
    keep(&shared_here, &second, SessionLimits::default()).await;
    let prefix = format!("hetu:{CHAIN}:{NETUID}:{}", miner().address().to_lower_hex());
    let names = [&first, &second].map(|session| format!("{prefix}:session:{}", session.id()));
    let mut connection = redis.connection().await;
    let mut sealed = Vec::new();
    for name in &names {
        let record: Vec<u8> =
            redis::cmd("HGET").arg(name).arg("record").query_async(&mut connection).await.unwrap();
        assert!(!record.windows(8).any(|window| window == &KEY[..8]));
        sealed.push(record);
    }
    // A record under another name, or a changed one, is rejected.
    let mut changed = sealed[1].clone();
    changed[60] ^= 1;
    for record in [&sealed[0], &changed] {
        let mut change = redis::cmd("HSET");
        change.arg(&names[1]).arg("record").arg(record);
        change.exec_async(&mut connection).await.unwrap();
        assert!(shared_here.sessions().find(&second.id()).await.unwrap().is_none());
    }
    let found = shared_here.sessions().find(&first.id()).await.unwrap().unwrap();
    assert_eq!(found.to_secret_bytes(), first.to_secret_bytes());
    let stranger = RedisOptions::new(&redis.address(), SessionSecret::new([9; 32])).unwrap();
    let stranger = shared(&stranger).await;
    assert!(stranger.sessions().find(&first.id()).await.unwrap().is_none());
}

#[tokio::test]
async fn everything_in_redis_is_gone_in_time() {
    let redis = RedisServer::start().await;
    let shared = shared(&options(&redis)).await;
    use_everything(&shared).await;
    keep(&shared, &session(3, 2), SessionLimits::default()).await;
    shared.sessions().use_number(&session(3, 2).id(), 1).await.unwrap();
    let mut connection = redis.connection().await;
    let keys: Vec<String> = redis::cmd("KEYS").arg("*").query_async(&mut connection).await.unwrap();
    assert!(keys.len() >= 5, "{keys:?}");
    for key in keys {
        let lifetime: i64 = redis::cmd("TTL").arg(&key).query_async(&mut connection).await.unwrap();
        // The state of the memory itself is one small record for each miner.
        assert_eq!(lifetime < 0, key.ends_with(":memory"), "{key}: {lifetime}");
        assert!(lifetime <= 600, "{key}: {lifetime}");
    }
}
