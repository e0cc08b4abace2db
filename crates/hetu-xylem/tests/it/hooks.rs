//! Inputs and decisions of hooks.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hetu_chain::Amount;
use hetu_xylem::{HandlerError, IncomingCall, Policy, ServerLimits, WorkLimits, XylemBuilder};
use tokio::sync::{Semaphore, mpsc};

use crate::support::{MathSum, Reply, Scene, Sum, metric, refused, validator};

const SECRET: &str = "potentially sensitive";

/// Starts a miner of which only the service of `MathSum` counts its calls.
async fn scene(change: impl FnOnce(XylemBuilder) -> XylemBuilder) -> (Scene, Arc<AtomicUsize>) {
    let calls = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&calls);
    let scene = Scene::alone(|builder| {
        change(builder.attach::<MathSum>(move |call| {
            counter.fetch_add(1, Ordering::Relaxed);
            async move { Ok(Sum { result: call.x + call.y }) }
        }))
    })
    .await;
    (scene, calls)
}

async fn call(scene: &Scene, x: f64) -> Reply {
    let signed = scene.sign::<MathSum>(&MathSum { x, y: 0.0 }).await;
    let reply = scene.send(signed.request).await;
    assert_eq!(scene.verify(&signed.pending, &reply), Ok(()));
    reply
}

#[tokio::test]
async fn a_hook_sees_a_verified_call() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    let (scene, calls) = scene(|builder| {
        builder.blacklist(move |call: IncomingCall| {
            log.lock().unwrap().push(call);
            async { Ok(()) }
        })
    })
    .await;
    assert_eq!(call(&scene, 5.0).await.status, 200);
    let mut signed = scene.sign_sum().await.request;
    signed.headers_mut().insert("signature", "hetu=:AAAA:".parse().unwrap());
    assert_eq!(scene.send(signed).await.status, 401);
    assert_eq!(calls.load(Ordering::Relaxed), 1);

    let seen = seen.lock().unwrap();
    let [call] = &seen[..] else { panic!("{seen:?}") };
    assert_eq!(call.caller(), Some(validator().address()));
    let role = call.role().unwrap();
    assert_eq!((role.is_active, role.stake), (true, Amount::from_hetu(500)));
    assert_eq!(call.service(), "math-sum");
    assert_eq!(&call.content()[..], br#"{"x":5.0,"y":0.0}"#);
    assert_eq!(call.fields()["hetu-netuid"], "1");
    assert!(call.remote_address().unwrap().ip().is_loopback());
}

#[tokio::test]
async fn hooks_refuse_with_what_the_caller_is_to_read() {
    let (scene, calls) = scene(|builder| {
        builder
            .blacklist(|call: IncomingCall| async move {
                let content = String::from_utf8_lossy(call.content()).into_owned();
                if content.contains("6.0") {
                    return Err(HandlerError::rejected("nobody gets sums of 6"));
                }
                Ok(())
            })
            .verify(|call: IncomingCall| async move {
                let sum: MathSum = serde_json::from_slice(call.content())?;
                if sum.x > 7.0 { Err(HandlerError::rejected("too much")) } else { Ok(()) }
            })
    })
    .await;
    let reply = call(&scene, 6.0).await;
    assert_eq!(reply.refusal(), refused(403, "caller_refused"));
    assert_eq!(reply.problem().detail(), "nobody gets sums of 6");
    let reply = call(&scene, 8.0).await;
    assert_eq!(reply.refusal(), refused(422, "call_rejected"));
    assert_eq!(reply.problem().detail(), "too much");
    assert_eq!(calls.load(Ordering::Relaxed), 0);
    assert_eq!(call(&scene, 5.0).await.status, 200);
    let metrics = scene.miner.render_metrics();
    for reason in ["caller_refused", "call_rejected"] {
        let line = format!("refusals_total{{check=\"hook\",reason=\"{reason}\"}} 1\n");
        assert!(metrics.contains(&line), "{metrics}");
    }
}

#[tokio::test]
async fn a_hook_that_fails_panics_or_hangs_refuses() {
    type Attach = fn(XylemBuilder) -> XylemBuilder;
    let hooks: [(&str, Attach); 5] = [
        ("fails", |builder| builder.blacklist(|_| async { Err(std::io::Error::other(SECRET))? })),
        ("panics", |builder| builder.verify(|_| async { panic!("{SECRET}") })),
        ("panics at once", |builder| {
            builder.verify(|call: IncomingCall| {
                assert!(call.service().is_empty(), "{SECRET}");
                async { Ok(()) }
            })
        }),
        ("hangs", |builder| builder.blacklist(|_| std::future::pending())),
        ("gives no points", |builder| {
            builder.priority(|_| async { Err(std::io::Error::other(SECRET))? })
        }),
    ];
    let limits = ServerLimits::default().with_hook_timeout(Duration::from_millis(50));
    for (what, attach) in hooks {
        let (scene, calls) = scene(|builder| attach(builder.limits(limits))).await;
        let reply = call(&scene, 5.0).await;
        assert_eq!(reply.refusal(), refused(500, "internal_error"), "{what}");
        assert!(!String::from_utf8_lossy(&reply.content).contains(SECRET), "{what}");
        assert!(reply.problem().request_id().is_some(), "{what}");
        assert_eq!(calls.load(Ordering::Relaxed), 0, "{what}");
    }
}

#[tokio::test]
async fn content_has_its_place_until_the_hooks_have_answered_and_the_queue_counts_the_call() {
    let (asked, mut questions) = mpsc::channel(8);
    let (hooks, handlers) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let (hook, handler) = (Arc::clone(&hooks), Arc::clone(&handlers));
    let one = call_content().len();
    let limits = ServerLimits::default().with_content_bytes(one).with_unverified_bytes(one);
    let work = WorkLimits::default().with_at_once(1);
    let scene = Scene::alone(|builder| {
        builder
            .limits(limits)
            .policy(Policy::validators().with_work(work))
            .attach::<MathSum>(move |call| {
                let handler = Arc::clone(&handler);
                async move {
                    handler.acquire().await?.forget();
                    Ok(Sum { result: call.x + call.y })
                }
            })
            .blacklist(move |_| {
                let (hook, asked) = (Arc::clone(&hook), asked.clone());
                async move {
                    asked.send(()).await?;
                    hook.acquire().await?.forget();
                    Ok(())
                }
            })
    })
    .await;
    let scene = Arc::new(scene);
    let call = || {
        let scene = Arc::clone(&scene);
        tokio::spawn(
            async move { scene.send(scene.sign_content(call_content()).await.request).await },
        )
    };
    let first = call();
    questions.recv().await.unwrap();
    // The content of the first call still counts as unverified, since the operator's hook has not
    // decided.
    assert_eq!(call().await.unwrap().refusal(), refused(503, "overloaded"));
    hooks.add_permits(1);
    while metric(&scene, "hetu_xylem_calls_at_work") == 0 {
        tokio::task::yield_now().await;
    }
    // Calls that the queue counts leave room for others.
    let second = call();
    questions.recv().await.unwrap();
    hooks.add_permits(1);
    while metric(&scene, "hetu_xylem_calls_waiting") == 0 {
        tokio::task::yield_now().await;
    }
    let third = call();
    questions.recv().await.unwrap();
    hooks.add_permits(1);
    handlers.add_permits(3);
    for served in [first, second, third] {
        assert_eq!(served.await.unwrap().status, 200);
    }
}

fn call_content() -> String {
    // The content is so long that there is no room for a second one.
    let padding = " ".repeat(600_000);
    format!("{}{padding}", serde_json::to_string(&MathSum { x: 5.0, y: 3.0 }).unwrap())
}
