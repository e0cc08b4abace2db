//! Several replicas of one miner behind a balancer, with a real Redis between them.

mod admission;
mod balancer;
mod caller;
mod calls;
mod outages;
mod redis_server;
mod stores;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use hetu_cambium::{AccountId, CallerSession, Codec, SessionGrant, SessionHandshake, SessionOffer};
use hetu_chain::clock::ManualClock;
use hetu_chain::{Clock, SystemClock};
use hetu_xylem::{RedisOptions, RunningXylem, SessionSecret, Xylem, XylemBuilder};

use self::balancer::Balancer;
use self::caller::Caller;
use self::redis_server::RedisServer;
use crate::support::{CHAIN, MathSum, NETUID, Reply, Sum, miner, roster, send, validator};

const CALL: MathSum = MathSum { x: 5.0, y: 3.0 };

/// Returns a clock that stands still, ten minutes ahead of that of Redis. Requests that were signed
/// before the start reported by Redis are refused, so the margin makes the tests independent of
/// their speed.
fn clock() -> Arc<ManualClock> {
    let now = SystemClock.unix_seconds() + 600;
    Arc::new(ManualClock::at(Duration::from_secs(now)))
}

/// Two replicas with the same wallet behind a balancer that distributes connections in turn.
struct Replicas {
    redis: RedisServer,
    running: [RunningXylem; 2],
    served: [Arc<AtomicUsize>; 2],
    caller: Caller,
}

fn options(redis: &RedisServer) -> RedisOptions {
    RedisOptions::new(&redis.address(), SessionSecret::of_wallet(&miner()))
        .unwrap()
        .with_response_timeout(Duration::from_millis(500))
}

async fn replica(
    clock: &Arc<ManualClock>,
    authority: SocketAddr,
    served: &Arc<AtomicUsize>,
    options: RedisOptions,
    change: impl FnOnce(XylemBuilder) -> XylemBuilder,
) -> RunningXylem {
    let served = Arc::clone(served);
    let builder = Xylem::detached(Arc::new(miner()), CHAIN, NETUID, roster())
        .bind("127.0.0.1:0")
        .advertise(authority.ip().to_string(), authority.port())
        .clock(clock.clone())
        .redis(options)
        .attach::<MathSum>(move |call: MathSum| {
            served.fetch_add(1, Ordering::Relaxed);
            async move { Ok(Sum { result: call.x + call.y }) }
        });
    change(builder).start().await.unwrap()
}

impl Replicas {
    async fn start() -> Self {
        Self::with(|options| options, |builder| builder).await
    }

    async fn with(
        change_options: impl Fn(RedisOptions) -> RedisOptions,
        change: impl Fn(XylemBuilder) -> XylemBuilder,
    ) -> Self {
        let redis = RedisServer::start().await;
        let clock = clock();
        let balancer = Balancer::bind().await;
        let served = [(); 2].map(|()| Arc::new(AtomicUsize::new(0)));
        let mut running = Vec::new();
        for served in &served {
            let options = change_options(options(&redis));
            running.push(replica(&clock, balancer.address(), served, options, &change).await);
        }
        let [first, second] = [running.remove(0), running.remove(0)];
        let address = balancer.spawn([first.local_addr(), second.local_addr()]);
        let caller = Caller { clock, address };
        Self { redis, running: [first, second], served, caller }
    }

    /// Returns the number of calls that each replica has served.
    fn served(&self) -> [usize; 2] {
        self.served.each_ref().map(|served| served.load(Ordering::Relaxed))
    }

    /// Returns the health of each replica, independently of the balancer.
    async fn health(&self, path: &str) -> [u16; 2] {
        let mut statuses = [0; 2];
        for (status, replica) in statuses.iter_mut().zip(&self.running) {
            let target = format!("http://{}{path}", replica.local_addr());
            let request = http::Request::get(target).body(bytes::Bytes::new()).unwrap();
            *status = send(replica.local_addr(), request).await.status.as_u16();
        }
        statuses
    }

    /// Waits until both replicas report `status`, for ten seconds at most.
    async fn until_ready_is(&self, status: u16) {
        for _ in 0..200 {
            if self.health("/health/ready").await == [status; 2] {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("not {status} within ten seconds");
    }

    /// Sends a call with a new signature.
    async fn call(&self) -> Reply {
        let signed = self.caller.sign::<MathSum>(&CALL).await;
        self.caller.send(signed.request).await
    }

    async fn open_session(&self) -> CallerSession {
        let envelope = self.caller.envelope();
        let handshake = SessionHandshake::new().unwrap();
        let offer = handshake.offer(Some(Duration::from_secs(600)));
        let signed = self.caller.sign::<SessionOffer>(&offer).await;
        let reply = self.caller.send(signed.request).await;
        assert_eq!(reply.status, 200, "{:?}", reply.content);
        self.caller.verify(&signed.pending, &reply).unwrap();
        let grant: SessionGrant = Codec::Json.decode(&reply.content).unwrap();
        let account = AccountId::new(CHAIN, validator().address());
        let clock = self.caller.clock.clone();
        handshake.establish(&grant, account, &envelope, clock).unwrap()
    }

    /// Calls until `is_it` accepts the reply, for ten seconds at most.
    async fn until(&self, is_it: impl Fn(&Reply) -> bool) -> Reply {
        for _ in 0..200 {
            // Each attempt has a second of its own on the clock, so the result does not depend on
            // real time.
            let reply = self.call().await;
            if is_it(&reply) {
                return reply;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("not within ten seconds");
    }
}
