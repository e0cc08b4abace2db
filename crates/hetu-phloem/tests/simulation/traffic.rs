//! Traffic to fake miners at a fixed rate.

use std::time::Duration;

use hetu_cambium::Service;
use hetu_phloem::testkit::{FakeMiner, FakeSubnet};
use hetu_phloem::{RouteError, RouteOptions, Routed, Router};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep_until};

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Double(pub(crate) u64);

impl Service for Double {
    const NAME: &'static str = "Double";
    type Request = Self;
    type Reply = u64;
}

pub(crate) type Subnet = FakeSubnet<Double>;

/// A finished call.
#[derive(Debug)]
pub(crate) struct Call {
    /// The time since the start of the traffic.
    pub(crate) began: Duration,
    pub(crate) took: Duration,
    pub(crate) routed: Result<Routed<u64>, RouteError>,
}

pub(crate) const fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

pub(crate) const fn milliseconds(count: u64) -> Duration {
    Duration::from_millis(count)
}

pub(crate) fn honest() -> FakeMiner<Double> {
    FakeMiner::answering(|request: &Double| request.0 * 2)
}

/// Returns `count` miners with the same behavior.
pub(crate) fn equals(count: usize) -> Vec<FakeMiner<Double>> {
    (0..count).map(|_| honest()).collect()
}

/// Calls at `rate` a second, independently of earlier calls.
pub(crate) async fn drive(
    subnet: &Subnet,
    router: &Router,
    rate: u32,
    lasting: Duration,
    options: &RouteOptions,
) -> Vec<Call> {
    let started = Instant::now();
    let pause = seconds(1) / rate;
    let mut calls = Vec::new();
    let mut next = started;
    while next < started + lasting {
        sleep_until(next).await;
        let (subnet, router, options) = (subnet.clone(), router.clone(), options.clone());
        calls.push(tokio::spawn(async move {
            let began = Instant::now();
            let routed = router.route(&subnet.call(Double(21)), &options).await;
            Call { began: began - started, took: began.elapsed(), routed }
        }));
        next += pause;
    }
    let mut ended = Vec::new();
    for call in calls {
        ended.push(call.await.unwrap());
    }
    ended
}

pub(crate) fn failures(calls: &[Call]) -> usize {
    calls.iter().filter(|call| call.routed.is_err()).count()
}

pub(crate) fn percentile(calls: &[Call], share: f64) -> Duration {
    let mut took: Vec<_> = calls.iter().map(|call| call.took).collect();
    took.sort_unstable();
    took[((took.len() as f64 * share).ceil() as usize).clamp(1, took.len()) - 1]
}

pub(crate) fn share(part: u64, whole: u64) -> f64 {
    part as f64 / whole as f64
}
