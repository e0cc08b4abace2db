//! Calls that wait for others.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hetu_cambium::{Envelope, Service};
use hetu_chain::model::Role;
use hetu_chain::{Address, Amount, Wallet};
use hetu_xylem::{IncomingCall, Policy, SubnetRole, WorkLimits, Xylem, XylemBuilder};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use crate::support::{CHAIN, NETUID, Reply, Scene, clock, metric, miner, refused, send, wallet};

/// A handler that answers on permission, and returns its argument.
struct Gate;

impl Service for Gate {
    const NAME: &'static str = "gate";
    type Request = u8;
    type Reply = u8;
}

struct Queue {
    scene: Scene,
    gate: Arc<Semaphore>,
    served: Arc<Mutex<Vec<u8>>>,
}

/// Returns validators with different stakes.
fn roster() -> HashMap<Address, SubnetRole> {
    let standing = |stake| SubnetRole {
        role: Role::Validator,
        is_active: true,
        stake: Amount::from_hetu(stake),
    };
    (1..=9_u8)
        .map(|number| (wallet(number + 10), standing(10_u64.pow(number.into()))))
        .map(|(wallet, standing)| (wallet.address(), standing))
        .collect()
}

/// Returns the validator with 10^number HETU.
fn validator(number: u8) -> Wallet {
    wallet(number + 10)
}

impl Queue {
    async fn new(work: WorkLimits, change: impl FnOnce(XylemBuilder) -> XylemBuilder) -> Self {
        let (gate, served) = (Arc::new(Semaphore::new(0)), Arc::new(Mutex::new(Vec::new())));
        let (opened, log) = (Arc::clone(&gate), Arc::clone(&served));
        let clock = clock();
        let builder = Xylem::detached(Arc::new(miner()), CHAIN, NETUID, roster())
            .bind("127.0.0.1:0")
            .clock(clock.clone())
            .policy(Policy::validators().with_work(work))
            .attach::<Gate>(move |number| {
                let (opened, log) = (Arc::clone(&opened), Arc::clone(&log));
                async move {
                    opened.acquire().await?.forget();
                    log.lock().unwrap().push(number);
                    Ok(number)
                }
            });
        let miner = change(builder).start().await.unwrap();
        Self { scene: Scene { clock, miner }, gate, served }
    }

    /// Starts a call of a validator.
    async fn call(&self, caller: u8, number: u8) -> JoinHandle<Reply> {
        self.call_within(caller, number, Duration::from_secs(20)).await
    }

    async fn call_within(&self, caller: u8, number: u8, timeout: Duration) -> JoinHandle<Reply> {
        let envelope = Envelope::new(NETUID, miner().address(), timeout);
        let signed = self.scene.sign_as::<Gate>(validator(caller), &number, envelope).await;
        tokio::spawn(send(self.scene.address(), signed.request))
    }

    /// Waits until `at_work` calls are being served and `waiting` calls are queued.
    async fn until(&self, at_work: u64, waiting: u64) {
        loop {
            let now = (
                metric(&self.scene, "hetu_xylem_calls_at_work"),
                metric(&self.scene, "hetu_xylem_calls_waiting"),
            );
            if now == (at_work, waiting) {
                return;
            }
            tokio::task::yield_now().await;
        }
    }

    fn served(&self) -> Vec<u8> {
        self.served.lock().unwrap().clone()
    }
}

fn work(at_once: usize, queue: usize) -> WorkLimits {
    WorkLimits::default().with_at_once(at_once).with_queue(queue)
}

#[tokio::test]
async fn the_greater_stake_goes_first() {
    let queue = Queue::new(work(1, 9), |builder| builder).await;
    let mut calls = vec![queue.call(5, 0).await];
    queue.until(1, 0).await;
    for (position, caller) in (1..).zip([1, 9, 4]) {
        calls.push(queue.call(caller, caller).await);
        queue.until(1, position).await;
    }
    queue.gate.add_permits(4);
    for call in calls {
        assert_eq!(call.await.unwrap().status, 200);
    }
    assert_eq!(queue.served(), [0, 9, 4, 1]);
    assert_eq!(metric(&queue.scene, "hetu_xylem_calls_wait_seconds_count"), 4);
    queue.until(0, 0).await;
}

#[tokio::test]
async fn or_whom_the_hook_prefers() {
    let queue = Queue::new(work(1, 9), |builder| {
        builder.priority(|call: IncomingCall| async move {
            let number: u8 = serde_json::from_slice(call.content())?;
            Ok(f64::from(number))
        })
    })
    .await;
    let mut calls = vec![queue.call(1, 0).await];
    queue.until(1, 0).await;
    for (position, number) in (1..).zip([4, 29, 15]) {
        calls.push(queue.call(1, number).await);
        queue.until(1, position).await;
    }
    queue.gate.add_permits(4);
    for call in calls {
        assert_eq!(call.await.unwrap().status, 200);
    }
    assert_eq!(queue.served(), [0, 29, 15, 4]);
}

#[tokio::test]
async fn what_finds_no_room_is_told_to_come_back() {
    let queue = Queue::new(work(1, 1), |builder| builder).await;
    let working = queue.call(5, 5).await;
    queue.until(1, 0).await;
    let least = queue.call(1, 1).await;
    queue.until(1, 1).await;
    let greatest = queue.call(9, 9).await;
    let reply = least.await.unwrap();
    assert_eq!(reply.refusal(), refused(503, "overloaded"));
    assert_eq!(reply.headers["retry-after"], "1");
    assert!(reply.headers.contains_key("signature"));
    let envelope = Envelope::new(NETUID, miner().address(), Duration::from_secs(20));
    let signed = queue.scene.sign_as::<Gate>(validator(2), &2, envelope).await;
    let reply = queue.scene.send(signed.request).await;
    assert_eq!(reply.refusal(), refused(503, "overloaded"));
    assert_eq!(queue.scene.verify(&signed.pending, &reply), Ok(()));
    queue.gate.add_permits(2);
    assert_eq!(working.await.unwrap().status, 200);
    assert_eq!(greatest.await.unwrap().status, 200);
    assert_eq!(queue.served(), [5, 9]);
    let shed = "hetu_xylem_refusals_total{check=\"queue\",reason=\"overloaded\"}";
    assert_eq!(metric(&queue.scene, shed), 2);
}

#[tokio::test]
async fn one_caller_does_not_take_all_places() {
    let queue = Queue::new(work(1, 9).with_at_once_per_caller(2), |builder| builder).await;
    let first = queue.call(1, 1).await;
    queue.until(1, 0).await;
    let second = queue.call(1, 2).await;
    queue.until(1, 1).await;
    let third = queue.call(1, 3).await.await.unwrap();
    assert_eq!(third.refusal(), refused(429, "rate_limited"));
    assert_eq!(third.headers["retry-after"], "1");
    let other = queue.call(2, 4).await;
    queue.until(1, 2).await;
    queue.gate.add_permits(3);
    for call in [first, second, other] {
        assert_eq!(call.await.unwrap().status, 200);
    }
}

#[tokio::test]
async fn waiting_counts_for_the_deadline_and_ends_with_the_caller() {
    let queue = Queue::new(work(1, 9), |builder| builder).await;
    let working = queue.call(1, 1).await;
    queue.until(1, 0).await;
    let late = queue.call_within(2, 2, Duration::from_millis(500)).await.await.unwrap();
    assert_eq!(late.refusal(), refused(504, "deadline_exceeded"));
    queue.until(1, 0).await;

    let gone = queue.call(3, 3).await;
    queue.until(1, 1).await;
    gone.abort();
    queue.until(1, 0).await;
    // A caller that disconnects while its call is being served frees a slot too.
    let next = queue.call(4, 4).await;
    queue.until(1, 1).await;
    working.abort();
    queue.until(1, 0).await;
    queue.gate.add_permits(1);
    assert_eq!(next.await.unwrap().status, 200);
    assert_eq!(queue.served(), [4]);
    let abandoned = "hetu_xylem_calls_total{service=\"gate\",outcome=\"abandoned\"}";
    assert_eq!(metric(&queue.scene, abandoned), 2);
}

#[tokio::test]
async fn bounds_of_work_change_with_the_policy() {
    let queue = Queue::new(work(1, 9), |builder| builder).await;
    let calls = [queue.call(1, 1).await, queue.call(2, 2).await, queue.call(3, 3).await];
    queue.until(1, 2).await;
    queue.scene.miner.set_policy(Policy::validators().with_work(work(3, 0)));
    queue.until(3, 0).await;
    let refusal = queue.call(4, 4).await.await.unwrap().refusal();
    assert_eq!(refusal, refused(503, "overloaded"));
    queue.gate.add_permits(3);
    for call in calls {
        assert_eq!(call.await.unwrap().status, 200);
    }
}
