//! Tests of `hetu xylem`.

use std::net::TcpListener;
use std::path::Path;

use hetu::NetUid;
use serde_json::{Value, json};

use crate::documented::assert_documented;
use crate::miners::{Miner, Validator, post};
use crate::run::{CHAIN, NOT_FOUND, USAGE};
use crate::scene::Scene;

const GUIDE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/guides/miners");
fn serve(scene: &Scene, netuid: NetUid, arguments: &[&str]) -> crate::run::Ended {
    let netuid = netuid.to_string();
    let command = ["xylem", "serve", &netuid, "--bind", "127.0.0.1:0"];
    scene.run(&[&command, arguments].concat())
}

#[test]
fn sums_are_served_by_a_miner_that_registers_itself() {
    let (scene, netuid) = Scene::with_subnet();
    let plan = serve(&scene, netuid, &["--dry-run", "--json"]).json();
    assert_eq!(plan["value"], "201");
    assert!(plan["intent"].as_str().unwrap().contains("for 1 HETU, after staking 201 HETU"));

    let miner = Miner::start(&scene, netuid, &["--metrics", "127.0.0.1:0"]);
    assert_documented("hetu xylem serve", &miner.report);
    assert_eq!(miner.result()["membership"], "registered");
    assert_eq!(miner.report["transactions"].as_array().unwrap().len(), 4);
    let validator = Validator::of(&scene, netuid);
    let sum = validator.ask("MathSum", json!({ "x": 5, "y": 3 })).unwrap();
    assert_eq!(sum, json!({ "result": 8.0 }));
    let too_large = validator.refusal("MathSum", json!({ "x": 1e308, "y": 1e308 }));
    assert_eq!(too_large, "the sum is too large");
}

#[cfg(unix)]
#[test]
fn a_miner_that_is_registered_pays_for_what_changes_alone() {
    let (scene, netuid) = Scene::with_subnet();
    let miner = Miner::start(&scene, netuid, &[]);
    let bind = miner.result()["listening"].as_str().unwrap().to_owned();
    assert_eq!(miner.terminate(), Some(0));

    // No transaction is needed, so no confirmation is either.
    let same = Miner::start(&scene, netuid, &["--advertise", &bind]);
    assert_eq!(same.result()["membership"], "unchanged");
    assert_eq!(same.report["transactions"], json!([]));
    // Other commands of the wallet work meanwhile.
    scene.change(&["stake", "add", "1"]);
    assert_eq!(same.terminate(), Some(0));

    scene.mine(50);
    let moved = Miner::start(&scene, netuid, &[]);
    assert_eq!(moved.result()["membership"], "updated");
    assert_ne!(moved.result()["listening"], *bind);
    let validator = Validator::of(&scene, netuid);
    assert!(validator.ask("MathSum", json!({ "x": 5, "y": 3 })).is_ok());
}

#[cfg(unix)]
#[test]
fn programs_in_other_languages_serve() {
    let (scene, netuid) = Scene::with_subnet();
    let at = |file: &str| Path::new(GUIDE).join(file).to_str().unwrap().to_owned();
    let (request, reply) = (at("count_words.request.json"), at("count_words.reply.json"));
    let schemas = ["--request-schema", &request, "--reply-schema", &reply];
    let count = ["--service", "CountWords", "--workers", "2", "--exec", "python3"];
    let miner =
        Miner::start(&scene, netuid, &[&schemas[..], &count, &[&at("count_words.py")]].concat());
    assert_eq!(miner.result()["service"], "CountWords");
    let validator = Validator::of(&scene, netuid);
    let counted = validator.ask("CountWords", json!({ "text": "to be\nor not\u{2028}to be" }));
    assert_eq!(counted.unwrap(), json!({ "words": 6, "different": 4 }));
    assert_eq!(validator.refusal("CountWords", json!(7)), "send an object with a \"text\"");
    assert_eq!(miner.terminate(), Some(0));

    scene.mine(50);
    let shorten = ["--service", "shorten", "--exec", "node", &at("shorten.mjs")];
    let miner = Miner::start(&scene, netuid, &shorten);
    assert_eq!(miner.result()["membership"], "updated");
    let shortened = validator.ask("shorten", json!({ "text": "mïner\u{2028}", "length": 3 }));
    assert_eq!(shortened.unwrap(), json!({ "text": "mïn" }));
}

#[cfg(unix)]
#[test]
fn who_is_served_is_said_by_the_operator() {
    let (scene, netuid) = Scene::with_subnet();
    let question = r#"{"x": 5, "y": 3}"#;
    let closed = Miner::start(&scene, netuid, &[]);
    let bind = closed.result()["listening"].as_str().unwrap().to_owned();
    let refused = post(&bind, "/MathSum", question);
    assert!(refused.starts_with("HTTP/1.1 401 "), "{refused}");
    assert_eq!(closed.terminate(), Some(0));

    let policy = scene.home.path().join("policy.toml");
    std::fs::write(&policy, "serve = \"listed\"\n").unwrap();
    let options = ["--advertise", &bind, "--open", "--policy", policy.to_str().unwrap()];
    let open = Miner::start(&scene, netuid, &options);
    let listening = open.result()["listening"].as_str().unwrap();
    let served = post(listening, "/MathSum", question);
    assert!(served.starts_with("HTTP/1.1 200 "), "{served}");
    assert!(served.ends_with(r#"{"result":8.0}"#), "{served}");
}

#[test]
fn a_miner_is_called_over_tls_with_a_certificate_of_its_own() {
    let (scene, netuid) = Scene::with_subnet();
    let folder = scene.home.path().join("tls");
    let miner = Miner::start(&scene, netuid, &["--tls-self-signed", folder.to_str().unwrap()]);
    assert_eq!(miner.result()["endpoint"]["host"], "https://127.0.0.1");
    let validator = Validator::of(&scene, netuid);
    let sum = validator.ask("MathSum", json!({ "x": 5, "y": 3 })).unwrap();
    assert_eq!(sum, json!({ "result": 8.0 }));
}

#[cfg(unix)]
#[test]
fn a_program_learns_no_password_and_ends_with_its_miner() {
    let (scene, netuid) = Scene::with_subnet();
    let left = scene.home.path().join("left");
    let script = format!(
        r#"while read -r line; do echo "{{\"reply\": \"$(env | cut -d= -f1 | tr '\n' ' ')\"}}"; done
           echo ended >'{}'"#,
        left.display()
    );
    let exec = ["--pass-variable", "HETU_HOME", "--service", "env", "--exec", "sh", "-c", &script];
    let miner = Miner::start(&scene, netuid, &exec);
    let validator = Validator::of(&scene, netuid);
    let variables = validator.ask("env", Value::Null).unwrap();
    let variables: Vec<_> = variables.as_str().unwrap().split_whitespace().collect();
    assert!(variables.contains(&"HETU_HOME") && variables.contains(&"PATH"), "{variables:?}");
    assert!(!variables.contains(&"HETU_PASSWORD"), "{variables:?}");
    assert!(!variables.contains(&"HETU_RPC_URL"), "{variables:?}");

    assert_eq!(miner.terminate(), Some(0));
    assert_eq!(std::fs::read_to_string(left).unwrap(), "ended\n");
}

#[test]
fn what_cannot_serve_costs_nothing() {
    let (scene, netuid) = Scene::with_subnet();
    let refused = |arguments: &[&str]| serve(&scene, netuid, &[&["--yes"], arguments].concat());
    let program = |arguments: &[&str]| {
        let exec = ["--service", "echo", "--exec", "cat"];
        refused(&[arguments, &exec].concat())
    };
    refused(&["--exec", "cat"]).assert_failed(USAGE, "--service");
    refused(&["--service", "echo"]).assert_failed(USAGE, "--exec");
    let nowhere = ["--service", "echo", "--exec", "/nowhere/miner"];
    refused(&nowhere).assert_failed(USAGE, "cannot start /nowhere/miner");
    let unknown = program(&["--pass-variable", "NO_SUCH_VARIABLE"]);
    unknown.assert_failed(NOT_FOUND, "variable NO_SUCH_VARIABLE");
    let schema = scene.home.path().join("schema.json");
    let path = schema.to_str().unwrap();
    for (text, reason) in [("7", "object"), ("{", "EOF"), (r#"{"$ref": "other"}"#, "its own parts")]
    {
        std::fs::write(&schema, text).unwrap();
        program(&["--request-schema", path]).assert_failed(USAGE, reason);
    }
    std::fs::write(&schema, "serve = \"nobody\"").unwrap();
    refused(&["--policy", path]).assert_failed(USAGE, "nobody");
    refused(&["--advertise", "nowhere"]).assert_failed(USAGE, "HOST:PORT");
    refused(&["--max-cost", "0.5"]).assert_failed(CHAIN, "cost");
    refused(&["--stake", "1"]).assert_failed(USAGE, "at least");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let netuid_text = netuid.to_string();
    let ended = scene.run(&["xylem", "serve", &netuid_text, "--bind", &address, "--yes"]);
    ended.assert_failed(1, "cannot listen on");
    serve(&scene, netuid, &[]).assert_failed(USAGE, "--yes");
    serve(&scene, NetUid::new(7), &["--yes"]).assert_failed(NOT_FOUND, "no subnet 7");
    scene.run(&["dendron", "show", &netuid_text]).assert_failed(NOT_FOUND, "no dendron of");

    scene.register_validator(2, netuid);
    refused(&[]).assert_failed(USAGE, "is a validator of subnet");
}
