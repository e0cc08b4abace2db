//! Options of `hetu xylem serve` for operators, and its shutdown.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use hetu::cambium::{Envelope, Erc8128Revision, RequestSigner};
use hetu::phloem::QueryError;
use hetu::{NetUid, Service};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::miners::{Miner, Validator, eventually, get};
use crate::scene::Scene;

#[derive(Serialize, Deserialize, JsonSchema)]
struct MathSum {
    x: f64,
    y: f64,
}

impl Service for MathSum {
    const NAME: &'static str = "MathSum";
    type Request = Self;
    type Reply = Value;
}

/// Returns a program that signals when it has begun, and answers once the file `go` exists.
fn waiting(scene: &Scene) -> String {
    let folder = scene.home.path().display();
    format!(
        r#"while read -r line; do
             touch '{folder}/begun'
             until [ -e '{folder}/go' ]; do sleep 0.05; done
             echo '{{"reply": "done"}}'
           done"#
    )
}

/// Runs a miner of the service `wait`, which is stopped while it serves a call.
fn stopped_at_work<T>(
    scene: &Scene,
    netuid: NetUid,
    options: &[&str],
    meanwhile: impl FnOnce(&Miner) -> T,
) -> (Miner, T, Result<Value, QueryError>) {
    let script = waiting(scene);
    let exec = ["--service", "wait", "--exec", "sh", "-c", &script];
    let miner = Miner::start(scene, netuid, &[options, &exec].concat());
    let validator = Validator::of(scene, netuid);
    thread::scope(|scope| {
        let call = scope.spawn(|| validator.ask("wait", Value::Null));
        eventually("the call is at work", || scene.home.path().join("begun").exists());
        miner.signal();
        let seen = meanwhile(&miner);
        let asked = call.join().unwrap();
        (miner, seen, asked)
    })
}

fn is_stopping(miner: &Miner) -> bool {
    get(miner.listening(), "/health/ready").map_or(true, |reply| reply.contains("stopping"))
}

#[test]
fn a_call_under_way_is_answered_before_the_miner_ends() {
    let (scene, netuid) = Scene::with_subnet();
    let (miner, (), asked) = stopped_at_work(&scene, netuid, &[], |miner| {
        eventually("nobody is let in any more", || is_stopping(miner));
        File::create(scene.home.path().join("go")).unwrap();
    });
    assert_eq!(asked.unwrap(), "done");
    assert_eq!(miner.exit_code(), Some(0));
}

#[test]
fn a_call_that_hangs_holds_the_end_up_for_as_long_as_was_said() {
    let (scene, netuid) = Scene::with_subnet();
    let (miner, (), asked) = stopped_at_work(&scene, netuid, &["--drain-timeout", "1"], |_| ());
    let error = asked.unwrap_err();
    assert!(!matches!(error, QueryError::Refused { .. }), "{error:?}");
    assert_eq!(miner.exit_code(), Some(0));
}

#[test]
fn an_endpoint_that_may_not_change_yet_is_changed_when_it_may() {
    let (scene, netuid) = Scene::with_subnet();
    assert_eq!(Miner::start(&scene, netuid, &[]).terminate(), Some(0));
    scene.mine(50);
    assert_eq!(Miner::start(&scene, netuid, &[]).terminate(), Some(0));

    let moved = Miner::start(&scene, netuid, &[]);
    assert_eq!(moved.result()["membership"], "pending");
    assert_eq!(moved.report["transactions"], json!([]));
    let ready = || get(moved.listening(), "/health/ready").unwrap();
    assert!(ready().contains("endpoint_pending"), "{}", ready());
    scene.mine(50);
    eventually("the miner is ready", || ready().starts_with("HTTP/1.1 200 "));
    let dendron = scene.read(&["dendron", "show", &netuid.to_string(), "me"]);
    assert_eq!(dendron["dendron"]["endpoint"], moved.result()["endpoint"]);
}

#[test]
fn the_log_is_an_object_a_line_and_names_calls_and_callers() {
    let (scene, netuid) = Scene::with_subnet();
    let path = scene.home.path().join("log");
    let log = Stdio::from(File::create(&path).unwrap());
    let miner = Miner::start_logging_to(log, &scene, netuid, &["--log-format", "json"]);
    let validator = Validator::of(&scene, netuid);
    validator.ask("MathSum", json!({ "x": 5, "y": 3 })).unwrap();
    assert_eq!(miner.terminate(), Some(0));

    let log = std::fs::read_to_string(path).unwrap();
    // The messages of the command itself are not JSON.
    let lines: Vec<Value> =
        log.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let told = lines.iter().find(|line| line["path"] == "/MathSum");
    let told = told.unwrap_or_else(|| panic!("{log}"));
    assert_eq!(told["target"], "hetu_xylem::access");
    assert_eq!(told["status"], 200);
    let caller = told["caller"].as_str().unwrap();
    assert!(caller.contains(&scene.address(3).to_string()), "{caller}");
    assert_eq!(told["request_id"].as_str().unwrap().len(), 36);
}

#[test]
fn metrics_are_shown_and_where_they_are_is_on_chain() {
    let (scene, netuid) = Scene::with_subnet();
    let options = ["--metrics", "127.0.0.1:0", "--advertise-metrics", "127.0.0.1:9091"];
    let miner = Miner::start(&scene, netuid, &options);
    let validator = Validator::of(&scene, netuid);
    validator.ask("MathSum", json!({ "x": 5, "y": 3 })).unwrap();
    let shown = get(miner.result()["metrics"].as_str().unwrap(), "/metrics").unwrap();
    let served = r#"hetu_xylem_calls_total{service="MathSum",outcome="served"} 1"#;
    assert!(shown.contains(served), "{shown}");
    let dendron = scene.read(&["dendron", "show", &netuid.to_string(), "me"]);
    assert_eq!(
        dendron["dendron"]["metrics_endpoint"],
        json!({ "host": "127.0.0.1", "port": 9091 })
    );
}

#[test]
fn calls_and_replies_are_bounded_as_was_said() {
    let (scene, netuid) = Scene::with_subnet();
    let script = format!(
        r#"while read -r line; do case $line in
             *long*) echo '{{"reply": "{}"}}' ;;
             *slow*) until [ -e '{}/go' ]; do sleep 0.05; done ;;
             *) echo '{{"reply": 1}}' ;;
           esac; done"#,
        "x".repeat(2_000),
        scene.home.path().display(),
    );
    let options = ["--call-timeout", "1", "--grace", "1", "--reply-bytes", "1000"];
    let exec = ["--service", "answer", "--exec", "sh", "-c", &script];
    let _miner = Miner::start(&scene, netuid, &[&options[..], &exec].concat());
    let validator = Validator::of(&scene, netuid);
    let reason = |request: &str| match validator.ask("answer", json!(request)) {
        Err(QueryError::Refused { problem, .. }) => problem.reason().unwrap().to_string(),
        other => panic!("{other:?}"),
    };
    let is_there = || validator.ask("answer", json!("short")).is_ok();
    assert_eq!(reason("long"), "internal_error");
    eventually("the program was started anew", is_there);
    assert_eq!(reason("slow"), "deadline_exceeded");
    eventually("the program was started anew", is_there);
}

#[test]
fn certificates_of_others_are_shown_too() {
    let (scene, netuid) = Scene::with_subnet();
    let folder = scene.home.path().join("tls");
    let own = ["--tls-self-signed", folder.to_str().unwrap()];
    assert_eq!(Miner::start(&scene, netuid, &own).terminate(), Some(0));
    scene.mine(50);
    // This file contains both the certificate and the key.
    let file = folder.join("tls.pem");
    let file = file.to_str().unwrap();
    let _miner = Miner::start(&scene, netuid, &["--tls-cert", file, "--tls-key", file]);
    let sum = Validator::of(&scene, netuid).ask("MathSum", json!({ "x": 5, "y": 3 }));
    assert_eq!(sum.unwrap(), json!({ "result": 8.0 }));
}

/// Forwards one connection, with another host in the requests.
fn replace_host(outside: &TcpListener, inside: &str) {
    let (mut caller, _) = outside.accept().unwrap();
    let mut miner = TcpStream::connect(inside).unwrap();
    let (mut replies, mut back) = (miner.try_clone().unwrap(), caller.try_clone().unwrap());
    thread::spawn(move || std::io::copy(&mut replies, &mut back));
    let host = format!("host: {}", outside.local_addr().unwrap());
    let mut bytes = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = caller.read(&mut bytes) {
        let text = String::from_utf8_lossy(&bytes[..length]).into_owned();
        miner.write_all(text.replace(&host, "host: backend").as_bytes()).unwrap();
    }
}

#[test]
fn a_miner_behind_a_proxy_is_whom_the_chain_says() {
    let (scene, netuid) = Scene::with_subnet();
    let outside = TcpListener::bind("127.0.0.1:0").unwrap();
    let advertised = outside.local_addr().unwrap().to_string();
    let miner = Miner::start(&scene, netuid, &["--behind-proxy", "--advertise", &advertised]);
    let inside = miner.listening().to_owned();
    thread::spawn(move || {
        loop {
            replace_host(&outside, &inside);
        }
    });
    let sum = Validator::of(&scene, netuid).ask("MathSum", json!({ "x": 5, "y": 3 }));
    assert_eq!(sum.unwrap(), json!({ "result": 8.0 }));
}

/// Returns the status of the reply to a request that is signed by the earlier revision.
fn ask_by_earlier_revision(scene: &Scene, netuid: NetUid, miner: &Miner) -> String {
    let hetu = scene.hetu(3);
    let endpoint = format!("http://{}", miner.listening()).parse().unwrap();
    let signer = RequestSigner::new(hetu.signer().unwrap().clone(), hetu.network().chain_id)
        .with_revision(Erc8128Revision::Earlier);
    let envelope = Envelope::new(netuid, scene.address(2), Duration::from_secs(12));
    let call = MathSum { x: 5.0, y: 3.0 };
    let signed = scene.runtime.block_on(signer.call::<MathSum>(&endpoint, &call, &envelope));
    let (parts, content) = signed.unwrap().request.into_parts();
    let mut head = format!("POST {} HTTP/1.1\r\nconnection: close\r\n", parts.uri.path());
    for (name, value) in &parts.headers {
        head += &format!("{name}: {}\r\n", value.to_str().unwrap());
    }
    if !parts.headers.contains_key("host") {
        head += &format!("host: {}\r\n", miner.listening());
    }
    let mut stream = TcpStream::connect(miner.listening()).unwrap();
    write!(stream, "{head}content-length: {}\r\n\r\n", content.len()).unwrap();
    stream.write_all(&content).unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).unwrap();
    reply.lines().next().unwrap().to_owned()
}

#[test]
fn the_earlier_revision_is_taken_where_the_operator_says_so() {
    let (scene, netuid) = Scene::with_subnet();
    scene.register_validator(3, netuid);
    let newest = Miner::start(&scene, netuid, &[]);
    let refused = ask_by_earlier_revision(&scene, netuid, &newest);
    assert!(refused.contains(" 401 "), "{refused}");
    assert_eq!(newest.terminate(), Some(0));

    scene.mine(50);
    let both = Miner::start(&scene, netuid, &["--earlier-erc8128"]);
    let served = ask_by_earlier_revision(&scene, netuid, &both);
    assert!(served.contains(" 200 "), "{served}");
}
