//! Mistakes of the first hour, and the error messages for them.

use std::fs;
use std::io::Write;
use std::process::Stdio;

use hetu::chain::model::RawEndpoint;
use serde_json::{Value, json};

use crate::miners::Miner;
use crate::run::{CHAIN, Ended, Home, NOT_FOUND, REMOTE, USAGE};
use crate::scene::Scene;

/// Returns the object on standard error.
fn report(ended: &Ended) -> Value {
    serde_json::from_str(ended.stderr.lines().last().unwrap()).unwrap()
}

#[test]
fn wallet_name_is_taken_where_account_is_meant() {
    let (scene, netuid) = Scene::with_subnet();
    scene.register_validator(2, netuid);
    let miner = scene.register_miner(3, netuid);
    scene.keep("miner", 3);
    let set = |weights: &[&str]| {
        let command = ["weights", "set", "1", "--wallet", "me", "--dry-run"];
        scene.run(&[&command[..], weights].concat())
    };
    assert_eq!(set(&["miner=1"]).code, Some(0), "{}", set(&["miner=1"]).stderr);
    set(&["miner=1", &format!("{miner}=2")]).assert_failed(USAGE, "stands twice");
    set(&["nobody=1"]).assert_failed(NOT_FOUND, "nobody");

    let signed = scene.run(&["wallet", "sign", "miner", "--message", "hello"]);
    let signature = signed.stdout.trim();
    let verify = ["wallet", "verify", signature, "--message", "hello", "--address"];
    assert_eq!(scene.run(&[&verify[..], &["miner"]].concat()).code, Some(0));
    scene.run(&[&verify[..], &["me"]].concat()).assert_failed(1, &miner.to_string());

    let explained = scene.run(&["phloem", "explain", "1", "--wallet", "miner"]);
    assert_eq!(explained.code, Some(0), "{}", explained.stderr);
}

#[test]
fn receipt_is_verified_against_wallet_name() {
    let (scene, netuid) = Scene::with_subnet();
    let _miner = Miner::start(&scene, netuid, &[]);
    scene.keep("caller", 3);
    scene.register_validator(3, netuid);
    let receipt = scene.home.path().join("receipt.json");
    let receipt = receipt.to_str().unwrap();
    let query = ["phloem", "query", "1", "MathSum", r#"{"x": 5, "y": 3}"#, "--miner", "me"];
    let options = ["--wallet", "caller", "--receipt", receipt];
    let asked = scene.run(&[&query[..], &options].concat());
    assert_eq!(asked.code, Some(0), "{}", asked.stderr);
    let verify = |options: &[&str]| scene.run(&[&["receipt", "verify", receipt], options].concat());
    assert_eq!(verify(&["--miner", "me", "--caller", "caller"]).code, Some(0));
    verify(&["--miner", "caller"]).assert_failed(1, "the signature is by");
}

#[test]
fn signature_with_recovery_of_0_or_1_is_verified() {
    let scene = Scene::new();
    let me = scene.keep("me", 2).to_string();
    for message in ["one", "two", "three", "four", "five"] {
        let signed = scene.run(&["wallet", "sign", "me", "--message", message]);
        let signature = signed.stdout.trim();
        let (rest, v) = signature.split_at(signature.len() - 2);
        let other = format!("{rest}{}", if v == "1b" { "00" } else { "01" });
        let wrong = format!("{rest}02");
        let verify = |text: &str| {
            scene.run(&["wallet", "verify", text, "--message", message, "--address", &me])
        };
        assert_eq!(verify(&other).code, Some(0), "{other}");
        assert_eq!(verify(other.trim_start_matches("0x")).code, Some(0), "{other}");
        verify(&wrong).assert_failed(USAGE, "last byte");
    }
}

#[test]
fn hyperparameter_out_of_bounds_is_refused_with_its_bounds() {
    let (scene, _) = Scene::with_subnet();
    scene.keep("owner", 1);
    let set = |changes: &[&str]| {
        let command = ["subnet", "set-params", "1", "--wallet", "owner", "--dry-run"];
        scene.run(&[&command[..], changes].concat())
    };
    let refused = set(&["tempo=0"]);
    refused.assert_failed(USAGE, "from 1 to 10000");
    assert!(!refused.stderr.contains(".sol"), "{}", refused.stderr);
    set(&["dendron_threshold=1000", "validator_threshold=999"])
        .assert_failed(USAGE, "dendron_threshold is 1000, above validator_threshold, which is 999");
    let help = scene.run(&["subnet", "set-params", "--help"]).stdout;
    assert!(
        help.contains("max_registrations_per_block") && help.contains("from 1 to 10"),
        "{help}"
    );
    let documented = include_str!("../../../../docs/reference/cli.md");
    assert!(documented.contains("| `max_registrations_per_block` | from 1 to 10 |"));

    // The contract accepts every value within its bounds, and none beyond them.
    for (name, least, most) in [
        ("rho", 1_u64, 1_000_u64),
        ("kappa", 1, 65_535),
        ("immunity_period", 1, 10_000),
        ("tempo", 1, 10_000),
        ("activity_cutoff", 1, 50_000),
        ("max_allowed_uids", 1, 65_535),
        ("target_registrations_per_interval", 1, 100),
        ("max_registrations_per_block", 1, 10),
        ("weights_rate_limit", 1, 10_000),
        ("commit_reveal_period", 1, 10_000),
        ("serving_rate_limit", 1, 1_000),
    ] {
        for value in [least, most] {
            let ended = set(&[&format!("{name}={value}")]);
            let is_same = ended.stderr.contains("nothing would change");
            assert!(ended.code == Some(0) || is_same, "{name}={value}: {}", ended.stderr);
        }
        for value in [least - 1, most + 1] {
            assert_eq!(set(&[&format!("{name}={value}")]).code, Some(USAGE), "{name}={value}");
        }
    }
}

#[test]
fn usage_error_is_json_where_results_are() {
    let home = Home::new();
    for (arguments, part) in [
        (&["subnet", "show", "one", "--json"][..], "invalid value 'one'"),
        (&["--json", "token", "transfer"], "required arguments"),
        (&["--json", "nonsense"], "unrecognized subcommand"),
        (&["--json", "wallet"], "subcommand is missing"),
    ] {
        let ended = home.run(arguments);
        assert_eq!(ended.code, Some(USAGE), "{}", ended.stderr);
        let report = report(&ended);
        assert!(report["error"].as_str().unwrap().contains(part), "{report}");
        assert!(report["hint"].is_string(), "{report}");
        assert_eq!(ended.stderr.lines().count(), 1);
    }
    let text = home.run(&["subnet", "show", "one"]);
    assert!(text.stderr.starts_with("error: invalid value"), "{}", text.stderr);
}

#[test]
fn command_without_arguments_shows_its_help() {
    let home = Home::new();
    for (arguments, usage) in [(&[][..], "Usage: hetu "), (&["wallet"], "Usage: hetu wallet ")] {
        let ended = home.run(arguments);
        assert_eq!(ended.code, Some(USAGE), "{}", ended.stderr);
        let is_help = ended.stderr.contains(usage) && ended.stderr.contains("Commands:");
        assert!(is_help && !ended.stderr.contains("error:"), "{}", ended.stderr);
    }
}

#[test]
fn subnet_that_is_not_there_is_exit_5_everywhere() {
    let (scene, _) = Scene::with_subnet();
    scene.change(&["stake", "add", "300"]);
    for arguments in [
        &["subnet", "show", "99"][..],
        &["subnet", "params", "99"],
        &["subnet", "activate", "99", "--yes"],
        &["subnet", "set-params", "99", "tempo=9", "--yes"],
        &["subnet", "minter", "add", "99", "me", "--yes"],
        &["dendron", "list", "99"],
        &["dendron", "show", "99"],
        &["dendron", "register", "99", "--role", "validator", "--yes"],
        &["dendron", "deregister", "99", "--yes"],
        &["stake", "allocate", "99", "200", "--yes"],
        &["stake", "deallocate", "99", "200", "--yes"],
        &["weights", "show", "99"],
        &["weights", "set", "99", "me=1", "--yes"],
        &["weights", "commit", "99", "me=1", "--yes"],
        &["weights", "reveal", "99", "--yes"],
        &["amm", "pool", "99"],
        &["amm", "preview", "99", "buy", "5"],
        &["amm", "swap", "99", "buy", "5", "--slippage", "1", "--yes"],
        &["token", "balance", "--subnet", "99"],
        &["token", "transfer", "me", "5", "--subnet", "99", "--yes"],
        &["token", "approve", "me", "5", "--subnet", "99", "--yes"],
        &["metastruct", "show", "99"],
        &["phloem", "discover", "99"],
        &["phloem", "explain", "99"],
        &["phloem", "query", "99", "MathSum", "{}", "--route"],
        &["phloem", "validate", "99", "--once", "--yes"],
    ] {
        let ended = scene.run(arguments);
        assert_eq!(ended.code, Some(NOT_FOUND), "{arguments:?}: {}", ended.stderr);
    }
}

#[test]
fn node_of_this_machine_that_is_not_there_hints_at_localnet() {
    let home = Home::new();
    let mut command = home.command(&["subnet", "list"]);
    let ended = Ended::from(command.env("HETU_RPC_URL", "http://127.0.0.1:1").output().unwrap());
    ended.assert_failed(REMOTE, "hint: start a chain with hetu localnet");
    let mut command = home.command(&["subnet", "list", "--network", "nowhere"]);
    Ended::from(command.output().unwrap()).assert_failed(NOT_FOUND, "hetu network");
}

#[test]
fn request_is_read_from_file_or_standard_input() {
    let (scene, netuid) = Scene::with_subnet();
    let _miner = Miner::start(&scene, netuid, &[]);
    scene.keep("caller", 3);
    scene.register_validator(3, netuid);
    let question = r#"{"x": 5, "y": 3}"#;
    let path = scene.home.path().join("question.json");
    fs::write(&path, question).unwrap();
    let command = |request: &str| {
        let query = ["phloem", "query", "1", "MathSum", request, "--miner", "me"];
        scene.command(&[&query[..], &["--wallet", "caller", "--json"]].concat())
    };
    let from_file = Ended::from(command(&format!("@{}", path.display())).output().unwrap());
    assert_eq!(from_file.json()["reply"], json!({ "result": 8.0 }), "{}", from_file.stderr);
    let mut piped = command("-");
    piped.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().unwrap();
    child.stdin.take().unwrap().write_all(question.as_bytes()).unwrap();
    let from_input = Ended::from(child.wait_with_output().unwrap());
    assert_eq!(from_input.json()["reply"], json!({ "result": 8.0 }), "{}", from_input.stderr);
    let missing = Ended::from(command("@/nowhere/question.json").output().unwrap());
    missing.assert_failed(1, "/nowhere/question.json");
}

#[test]
fn refusal_of_contract_is_in_words_and_whole_units() {
    let (scene, _) = Scene::with_subnet();
    let refused = scene.run(&["stake", "remove", "5", "--yes"]);
    refused.assert_failed(CHAIN, "stake");
    let more = scene.run(&["token", "unwrap", "5", "--yes"]);
    more.assert_failed(CHAIN, "holds less of that token");
    for ended in [&refused, &more] {
        let error = ended.stderr.lines().find(|line| line.starts_with("error: ")).unwrap();
        assert!(!error.contains("was refused") && !error.contains("000000"), "{error}");
        assert!(ended.stderr.contains("hint: "), "{}", ended.stderr);
    }
}

#[test]
fn wallet_is_created_with_word_on_backups_and_without_terminal_names_ways() {
    let home = Home::new();
    // The command runs in a session without a terminal.
    let mut command = home.command(&["wallet", "create", "miner"]);
    let mut detached = std::process::Command::new("setsid");
    detached.arg("--wait").arg(command.get_program()).args(command.get_args());
    detached.env("HETU_HOME", home.path()).env_remove("HETU_PASSWORD").stdin(Stdio::null());
    let refused = Ended::from(detached.output().unwrap());
    refused.assert_failed(USAGE, "use --password-file or $HETU_PASSWORD");
    let created = Ended::from(command.env("HETU_PASSWORD", "right").output().unwrap());
    assert_eq!(created.code, Some(0), "{}", created.stderr);
    assert!(created.stderr.contains("back up"), "{}", created.stderr);
    let mut command = home.command(&["wallet", "create", "0x1234"]);
    let refused = Ended::from(command.env("HETU_PASSWORD", "right").output().unwrap());
    refused.assert_failed(USAGE, "0x");
}

#[cfg(unix)]
#[test]
fn password_can_be_typed_three_times_and_prompt_names_wallet() {
    // The process needs a terminal of its own, because rpassword reads /dev/tty.
    const TYPE: &str = "
import os, pty, sys, time
answers = sys.argv[1].split(',')
child, terminal = pty.fork()
if child == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
said = b''
while True:
    try:
        piece = os.read(terminal, 4096)
    except OSError:
        break
    if not piece:
        break
    said += piece
    if answers and said.count(b'password of wallet miner: ') > 3 - len(answers):
        os.write(terminal, answers.pop(0).encode() + b'\\n')
sys.stdout.buffer.write(said)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
";
    let scene = Scene::new();
    scene.keep("miner", 2);
    let typed = |answers: &str| {
        let hetu = scene.command(&["wallet", "unlock", "miner"]);
        let mut python = std::process::Command::new("python3");
        python.args(["-c", TYPE, answers]).arg(hetu.get_program()).args(hetu.get_args());
        python.env("HETU_HOME", scene.home.path()).env_remove("HETU_PASSWORD");
        Ended::from(python.output().unwrap())
    };
    let third = typed("wrong,wrong,right");
    assert_eq!(third.code, Some(0), "{}", third.stdout);
    assert_eq!(third.stdout.matches("wrong password of wallet miner").count(), 2);
    let never = typed("wrong,wrong,wrong");
    assert_eq!(never.code, Some(1), "{}", never.stdout);
}

#[test]
fn address_to_listen_on_is_taken_by_name_and_refused_with_what_is_missing() {
    let (scene, netuid) = Scene::with_subnet();
    let serve = |bind: &str| scene.run(&["xylem", "serve", "1", "--dry-run", "--bind", bind]);
    assert_eq!(netuid.get(), 1);
    assert_eq!(serve("localhost:0").code, Some(0), "{}", serve("localhost:0").stderr);
    serve("80").assert_failed(USAGE, "0.0.0.0:80");
    serve("localhost").assert_failed(USAGE, "localhost:8091");
}

#[test]
fn negative_amount_and_short_address_are_refused_as_such() {
    let home = Home::new();
    let negative = home.run(&["token", "transfer", "miner", "-5"]);
    negative.assert_failed(USAGE, "an amount is not negative");
    assert!(!negative.stderr.contains("-- -5"), "{}", negative.stderr);
    home.run(&["token", "transfer", "0x1234", "5"]).assert_failed(USAGE, "not an address");
}

#[test]
fn route_asks_miners_that_list_service_and_shows_all_failures() {
    let (scene, netuid) = Scene::with_subnet();
    scene.register_validator(2, netuid);
    scene.keep("sums", 3);
    scene.keep("other", 4);
    let _sums = Miner::start(&scene, netuid, &["--wallet", "sums"]);
    let echo = ["--wallet", "other", "--stake", "900", "--service", "echo", "--exec", "cat"];
    let _other = Miner::start(&scene, netuid, &echo);
    let absent = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let endpoint = RawEndpoint::new("127.0.0.1", absent);
    let stake = hetu::Amount::from_hetu(300);
    scene.register(5, &hetu::chain::model::Registration::miner(netuid, stake, endpoint));

    let route = |service: &str| {
        let question = r#"{"x": 5, "y": 3}"#;
        let query = ["phloem", "query", "1", service, question, "--route", "--wallet", "me"];
        scene.run(&[&query[..], &["--json"]].concat())
    };
    let answered = route("MathSum");
    assert_eq!(answered.json()["miner"], scene.address(3).to_string(), "{}", answered.stderr);
    assert_eq!(answered.json()["attempts"].as_array().unwrap().len(), 1);
    let nowhere = route("Nothing");
    nowhere.assert_failed(REMOTE, "no miner of subnet 1 serves Nothing");
    let attempts = report(&nowhere)["attempts"].clone();
    let absent = scene.address(5).to_string();
    assert!(attempts[0].as_str().unwrap().starts_with(&absent), "{attempts}");
    // The answers of this program do not follow the protocol for programs.
    let failed = route("echo");
    failed.assert_failed(REMOTE, "no answer after");
    let attempts = report(&failed)["attempts"].clone();
    assert!(attempts[0].as_str().unwrap().contains(&scene.address(4).to_string()), "{attempts}");
}

#[test]
fn past_events_are_shown_in_words_with_time_and_transaction() {
    let (scene, _) = Scene::with_subnet();
    let added = scene.change(&["stake", "add", "1.5"]);
    let last = added["transactions"].as_array().unwrap().last().unwrap();
    let hash = last["hash"].as_str().unwrap();
    let shown = scene.run(&["events", "past", "--group", "staking"]).stdout;
    let line = shown.lines().find(|line| line.contains(hash)).unwrap();
    assert!(line.contains("staking added: ") && line.contains("amount 1.5"), "{line}");
    assert!(line.contains(" UTC") && line.contains(':'), "{line}");
    assert!(!shown.contains('{'), "{shown}");
}
