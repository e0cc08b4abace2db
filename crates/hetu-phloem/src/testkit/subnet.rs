//! A subnet of fake miners.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use hetu_cambium::{Problem, Reason, ReplyRefusal, Service};
use hetu_chain::Address;
use hetu_metastruct::{Endpoint, PeerStatsTable};
use tokio::time::{Instant, sleep, timeout};

use super::{Conduct, FakeMiner, SimulatedClock};
use crate::health::{HealthMonitor, Probe, watch};
use crate::random::SeededRandom;
use crate::{Answer, Attempt, QueryError, Router, Target};

const BROKEN: &str = "the fake miner broke the connection";
const FAST: Duration = Duration::from_millis(1);
/// The number of place numbers that fit into an IPv4 address of the net 10.
const MOST_MINERS: usize = 1 << 16;

/// A subnet of fake miners, with times relative to its creation. Clones share its state.
#[derive(Debug)]
pub struct FakeSubnet<S: Service>(Arc<FakeSubnetState<S>>);

#[derive(Debug)]
struct FakeSubnetState<S: Service> {
    miners: Vec<FakePlace<S>>,
    seed: u64,
    random: SeededRandom,
    began: Instant,
    qualities: PeerStatsTable,
}

#[derive(Debug)]
struct FakePlace<S: Service> {
    miner: FakeMiner<S>,
    target: Target,
    in_flight: AtomicU32,
    requests: AtomicU64,
}

/// A call to the fake miners of a subnet.
#[derive(Debug)]
pub struct FakeCall<S: Service> {
    subnet: FakeSubnet<S>,
    request: S::Request,
}

/// A task that probes the miners of a subnet until it is dropped.
#[derive(Debug)]
pub struct FakeWatch {
    _monitor: HealthMonitor,
}

impl<S: Service> Clone for FakeSubnet<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S: Service> FakeSubnet<S> {
    /// Returns a subnet of these miners. The account of the first is `0x…00`, of the second
    /// `0x…01`.
    ///
    /// # Panics
    /// With more than 65,536 miners.
    pub fn new(seed: u64, miners: impl IntoIterator<Item = FakeMiner<S>>) -> Self {
        let place = |(number, miner): (usize, FakeMiner<S>)| FakePlace {
            target: target_of(number, &miner),
            miner,
            in_flight: AtomicU32::new(0),
            requests: AtomicU64::new(0),
        };
        let miners: Vec<_> = miners.into_iter().enumerate().map(place).collect();
        assert!(miners.len() <= MOST_MINERS, "a fake subnet has {MOST_MINERS} places");
        Self(Arc::new(FakeSubnetState {
            miners,
            seed,
            random: SeededRandom::seeded(seed.wrapping_add(1)),
            began: Instant::now(),
            qualities: PeerStatsTable::new(Arc::new(SimulatedClock::begin())),
        }))
    }

    /// Returns the miners, in their order.
    pub fn targets(&self) -> Vec<Target> {
        self.0.miners.iter().map(|place| place.target.clone()).collect()
    }

    /// Returns a router that knows the miners. The seed of the subnet determines its choices.
    pub fn router(&self) -> Router {
        let router = Router::seeded_with_peers(self.0.seed, self.qualities().clone());
        router.replace(self.targets());
        router
    }

    /// Returns a call to any of the miners.
    pub fn call(&self, request: S::Request) -> FakeCall<S> {
        FakeCall { subnet: self.clone(), request }
    }

    /// Returns the statistics that routers have reported of the miners.
    pub fn qualities(&self) -> &PeerStatsTable {
        &self.0.qualities
    }

    /// Returns the number of requests to the miner at `place`; 0 if there is none.
    pub fn requests(&self, place: usize) -> u64 {
        self.0.miners.get(place).map_or(0, |place| place.requests.load(Ordering::Relaxed))
    }

    /// Returns the number of requests to all miners.
    pub fn all_requests(&self) -> u64 {
        (0..self.0.miners.len()).map(|place| self.requests(place)).sum()
    }

    /// Probes the miners of `router` as a client does: every `pause`, those that were never asked
    /// or have a tripped breaker.
    pub fn watch(&self, router: &Router, pause: Duration) -> FakeWatch {
        let watching = watch(router.clone(), FakeProbe(self.clone()), pause, || ());
        FakeWatch { _monitor: HealthMonitor(tokio::spawn(watching)) }
    }

    fn place(&self, target: &Target) -> Option<&FakePlace<S>> {
        self.0.miners.iter().find(|place| place.target.address == target.address)
    }

    async fn ask(
        &self,
        target: &Target,
        request: &S::Request,
    ) -> Result<Answer<S::Reply>, QueryError> {
        let Some(place) = self.place(target) else { return Err(out_of_reach()) };
        place.requests.fetch_add(1, Ordering::Relaxed);
        let in_flight = InFlight::begin(&place.in_flight);
        let (started, passed) = (Instant::now(), self.0.began.elapsed());
        let takes = place.miner.takes(passed, self.0.random.share());
        if in_flight.others >= place.miner.capacity {
            return Err(refused(Reason::Overloaded, None));
        }
        match place.miner.conduct(passed) {
            Conduct::Answers => sleep(takes).await,
            Conduct::Fails => {
                sleep(takes).await;
                return Err(QueryError::ConnectionLost { reason: BROKEN.into() });
            }
            Conduct::FailsFast => {
                sleep(FAST).await;
                return Err(out_of_reach());
            }
            Conduct::Hangs => std::future::pending().await,
            Conduct::Lies => {
                sleep(takes).await;
                return Err(QueryError::Untrusted(ReplyRefusal::BadSignature));
            }
            Conduct::IsOverloaded { retry_after } => {
                sleep(FAST).await;
                return Err(refused(Reason::Overloaded, retry_after));
            }
            Conduct::Refuses => {
                sleep(FAST).await;
                return Err(refused(Reason::CallRejected, None));
            }
            Conduct::Declines => {
                sleep(FAST).await;
                return Err(refused(Reason::RoleNotAllowed, None));
            }
        }
        let reply = (place.miner.answer)(request);
        let latency = started.elapsed();
        Ok(Answer { reply, miner: target.address, latency, receipt: None, request_id: None })
    }
}

impl<S: Service> Attempt for FakeCall<S>
where
    S::Request: Sync,
{
    type Reply = S::Reply;

    async fn attempt(
        &self,
        target: &Target,
        limit: Duration,
    ) -> Result<Answer<S::Reply>, QueryError> {
        let answered = timeout(limit, self.subnet.ask(target, &self.request)).await;
        answered.map_err(|_| QueryError::TimedOut { limit })?
    }
}

struct FakeProbe<S: Service>(FakeSubnet<S>);

impl<S: Service> Probe for FakeProbe<S> {
    async fn is_ready(&self, target: &Target) -> bool {
        let Some(place) = self.0.place(target) else { return false };
        sleep(FAST).await;
        let conduct = place.miner.conduct(self.0.0.began.elapsed());
        !matches!(conduct, Conduct::Fails | Conduct::FailsFast | Conduct::Hangs)
    }
}

/// A counter of one request, until it is dropped.
struct InFlight<'a> {
    count: &'a AtomicU32,
    others: u32,
}

impl<'a> InFlight<'a> {
    fn begin(count: &'a AtomicU32) -> Self {
        Self { count, others: count.fetch_add(1, Ordering::Relaxed) }
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.count.fetch_sub(1, Ordering::Relaxed);
    }
}

fn target_of<S: Service>(number: usize, miner: &FakeMiner<S>) -> Target {
    let mut account = [0; 20];
    account[12..].copy_from_slice(&(number as u64).to_be_bytes());
    let url = format!("http://10.0.{}.{}:8091", number / 256 % 256, number % 256);
    #[expect(clippy::expect_used, reason = "the url is made of numbers")]
    let endpoint = Endpoint::try_from(url).expect("an url of an address");
    Target { address: Address::new(account), endpoint, stake: miner.stake }
}

fn out_of_reach() -> QueryError {
    QueryError::Unreachable { reason: "the fake miner takes no connection".into() }
}

fn refused(reason: Reason, retry_after: Option<Duration>) -> QueryError {
    let problem = Box::new(Problem::new(reason, "a fake miner says so"));
    QueryError::Refused { problem, is_signed: true, retry_after }
}
