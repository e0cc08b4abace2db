//! Programs as handlers: real processes, started by a shell.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::future::poll_fn;
use std::io::{self, Write};
use std::path::PathBuf;
use std::pin::pin;
use std::process::Command;
use std::task::Poll;
use std::time::Duration;

use hetu_cambium::JsonService;
use hetu_testkit::doubles::finite_doubles;
use hetu_xylem::{ExecError, ExecProgram, ExecWorkers, HandlerError};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::timeout;

use crate::support::{Scene, refused};

/// A script that behaves as the request specifies. `$PIPE` is a named pipe that two processes open.
const OBEDIENT: &str = r#"
while IFS= read -r line; do
  case "$line" in
    *'"process"'*) echo "{\"reply\": $$}" ;;
    *'"reject"'*) echo '{"rejected": "only sums"}' ;;
    *'"fail"'*) echo '{"failed": "the disk is full"}' ;;
    *'"be busy"'*) echo '{"overloaded": 2}' ;;
    *'"crash"'*) exit 3 ;;
    *'"hang"'*) sleep 1000 ;;
    *'"babble"'*) echo 'eight' ;;
    *'"answer twice"'*) printf '{"reply": 1}\n{"reply": 2}\n' ;;
    *'"answer at length"'*) printf '{"reply": "%01000d"}\n' 0 ;;
    *'"list variables"'*) echo "{\"reply\": \"$(env | cut -d= -f1 | tr '\n' ' ')\"}" ;;
    *'"send"'*) echo sent >"$PIPE"; echo '{"reply": "sent"}' ;;
    *'"receive"'*) read -r word <"$PIPE"; echo "{\"reply\": \"$word\"}" ;;
  esac
done
"#;

/// Much longer than any step takes here.
const PATIENCE: Duration = Duration::from_secs(60);

/// A folder with the named pipe of the scripts.
struct Pipe(TempDir);

impl Pipe {
    fn new() -> Self {
        let pipe = Self(tempfile::tempdir().unwrap());
        assert!(Command::new("mkfifo").arg(pipe.path()).status().unwrap().success());
        pipe
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("pipe")
    }

    /// Returns the end to read from, once a process has opened the other one.
    async fn reader(&self) -> File {
        self.open(File::options().read(true)).await
    }

    /// Returns the end to write to, once a process has opened the other one.
    async fn writer(&self) -> File {
        self.open(File::options().write(true)).await
    }

    async fn open(&self, options: &OpenOptions) -> File {
        let (path, options) = (self.path(), options.clone());
        blocking(move || options.open(path).unwrap()).await
    }
}

/// Reads a pipe until no process has it open for writing.
async fn read_to_end(reader: File) -> String {
    blocking(move || io::read_to_string(reader).unwrap()).await
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    timeout(PATIENCE, tokio::task::spawn_blocking(work)).await.unwrap().unwrap()
}

fn shell(script: &str) -> ExecProgram {
    ExecProgram::new("sh").with_arguments(["-c", script])
}

fn obedient() -> ExecWorkers {
    ExecWorkers::start(shell(OBEDIENT)).unwrap()
}

fn at(pipe: &Pipe) -> ExecProgram {
    shell(OBEDIENT).with_variable("PIPE", pipe.path())
}

async fn ask(workers: &ExecWorkers, request: &str) -> Result<Value, HandlerError> {
    let answered = (workers.handler())(request.into());
    timeout(PATIENCE, answered).await.expect("every call comes to an end")
}

async fn process(workers: &ExecWorkers) -> u64 {
    ask(workers, "process").await.unwrap().as_u64().unwrap()
}

#[tokio::test]
async fn callers_get_what_the_program_answers_and_nothing_of_what_goes_wrong_in_it() {
    let workers = ExecWorkers::start(shell(OBEDIENT).with_line_bytes(500)).unwrap();
    let scene =
        Scene::with(|builder| builder.attach_json(JsonService::new("obey"), workers.handler()));
    let scene = scene.await;
    let call = async |request: &str| {
        let signed = scene.sign_content_to("/obey", format!("{request:?}")).await;
        let reply = scene.send(signed.request).await;
        assert_eq!(scene.verify(&signed.pending, &reply), Ok(()), "{request}");
        reply
    };
    assert!(call("process").await.json().as_u64().is_some());
    let rejected = call("reject").await;
    assert_eq!(rejected.refusal(), refused(422, "call_rejected"));
    assert_eq!(rejected.problem().detail(), "only sums");
    let busy = call("be busy").await;
    assert_eq!(busy.refusal(), refused(503, "overloaded"));
    assert_eq!(busy.headers["retry-after"], "2");
    for failure in ["fail", "crash", "babble", "answer at length", "answer twice"] {
        let reply = call(failure).await;
        assert_eq!(reply.refusal(), refused(500, "internal_error"), "{failure}");
        let problem = reply.problem();
        let text = String::from_utf8_lossy(&reply.content);
        // The id is random, so its digits could match by chance.
        let text = text.replace(problem.request_id().unwrap(), "");
        for secret in ["disk", "eight", "exit", "000", "program"] {
            assert!(!text.contains(secret), "{failure}: {text}");
        }
        // The next call is answered after any outcome of the previous one.
        assert_eq!(call("process").await.status, 200, "{failure}");
    }
    workers.stop().await;
}

#[tokio::test]
async fn a_process_is_kept_until_it_misbehaves() {
    let workers = obedient();
    let first = process(&workers).await;
    for request in ["reject", "fail", "be busy"] {
        ask(&workers, request).await.unwrap_err();
    }
    assert_eq!(process(&workers).await, first, "to refuse is no misbehaviour");
    let mut seen = BTreeSet::from([first]);
    for request in ["crash", "babble", "answer twice"] {
        ask(&workers, request).await.unwrap_err();
        assert!(seen.insert(process(&workers).await), "{request}");
    }
}

#[tokio::test]
async fn a_process_that_takes_too_long_is_replaced() {
    let program = shell(OBEDIENT).with_call_timeout(Duration::from_millis(200));
    let workers = ExecWorkers::start(program).unwrap();
    let error = ask(&workers, "hang").await.unwrap_err();
    assert_eq!(format!("{error:?}"), "Overdue(TimedOut)");
    // Even then a busy machine may exceed the time limit, but it answers eventually.
    let answered = async {
        while ask(&workers, "process").await.is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, answered).await.unwrap();
}

#[tokio::test]
async fn a_caller_who_goes_away_ends_what_nobody_waits_for() {
    let workers = ExecWorkers::start(shell(OBEDIENT).with_grace(Duration::ZERO)).unwrap();
    let first = process(&workers).await;
    let handler = workers.handler();
    assert!(timeout(Duration::from_millis(50), handler("hang".into())).await.is_err());
    assert_ne!(process(&workers).await, first);
}

#[tokio::test]
async fn a_caller_in_a_hurry_costs_no_process() {
    let pipe = Pipe::new();
    let workers = ExecWorkers::start(at(&pipe).with_grace(PATIENCE)).unwrap();
    let first = process(&workers).await;
    let handler = workers.handler();
    assert!(timeout(Duration::from_millis(50), handler("receive".into())).await.is_err());
    pipe.writer().await.write_all(b"late\n").unwrap();
    assert_eq!(process(&workers).await, first, "the late answer is nobody's");
}

#[tokio::test]
async fn workers_work_at_the_same_time() {
    let pipe = Pipe::new();
    let workers = ExecWorkers::start(at(&pipe).with_workers(2)).unwrap();
    let met = tokio::join!(ask(&workers, "receive"), ask(&workers, "send"));
    assert_eq!((met.0.unwrap(), met.1.unwrap()), (json!("sent"), json!("sent")));
}

#[tokio::test]
async fn calls_that_wait_are_bounded() {
    let pipe = Pipe::new();
    let workers = ExecWorkers::start(at(&pipe).with_waiting_calls(1)).unwrap();
    let handler = workers.handler();
    let first = tokio::spawn(handler("receive".into()));
    let mut writer = pipe.writer().await;
    let mut waiting = pin!(handler("process".into()));
    let mut refused = pin!(handler("process".into()));
    poll_fn(|context| {
        assert!(waiting.as_mut().poll(context).is_pending());
        let Poll::Ready(Err(error)) = refused.as_mut().poll(context) else {
            panic!("there was room for two");
        };
        assert_eq!(format!("{error:?}"), "Overloaded(1s)");
        Poll::Ready(())
    })
    .await;
    writer.write_all(b"sent\n").unwrap();
    assert_eq!(first.await.unwrap().unwrap(), json!("sent"));
    waiting.await.unwrap();
}

#[tokio::test]
async fn a_program_sees_little_of_the_environment() {
    let program = shell(OBEDIENT).with_variable("MODEL", "small");
    let workers = ExecWorkers::start(program).unwrap();
    let listed = ask(&workers, "list variables").await.unwrap();
    let listed: BTreeSet<_> = listed.as_str().unwrap().split_whitespace().collect();
    assert!(listed.contains("PATH") && listed.contains("MODEL"), "{listed:?}");
    // Every test has this variable. It represents all variables that the program must not see.
    assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some());
    assert!(!listed.contains("CARGO_MANIFEST_DIR"), "{listed:?}");
}

#[tokio::test]
async fn a_program_that_speaks_unasked_or_ends_by_itself_is_of_no_use() {
    for script in ["echo loading; while read -r line; do echo '{\"reply\": 8}'; done", "exit 1"] {
        let workers = ExecWorkers::start(shell(script)).unwrap();
        let ended = async {
            loop {
                match workers.check() {
                    Ok(()) => tokio::time::sleep(Duration::from_millis(5)).await,
                    Err(error) => break error,
                }
            }
        };
        let error = timeout(PATIENCE, ended).await.unwrap();
        assert!(matches!(error, ExecError::Ended { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn while_no_process_is_there_callers_are_told_to_come_back() {
    let workers = ExecWorkers::start(shell("exit 1")).unwrap();
    let refused = async {
        loop {
            let error = (workers.handler())(Value::Null).await.unwrap_err();
            if format!("{error:?}").starts_with("Overloaded") {
                break;
            }
        }
    };
    timeout(PATIENCE, refused).await.unwrap();
}

#[tokio::test]
async fn what_cannot_be_started_is_an_error() {
    let error = ExecWorkers::start(ExecProgram::new("/nowhere/miner")).unwrap_err();
    assert!(matches!(error, ExecError::Start { .. }), "{error:?}");
    assert!(error.to_string().starts_with("cannot start /nowhere/miner: "), "{error}");
}

/// Starts a script that keeps the pipe open as file 9 for as long as the script or a process that
/// it started is alive.
async fn holding(pipe: &Pipe, script: &str, stop_timeout: Duration) -> (ExecWorkers, File) {
    let script = format!(r#"exec 9>"$PIPE"; {script}"#);
    let program = shell(&script).with_variable("PIPE", pipe.path());
    let workers = ExecWorkers::start(program.with_stop_timeout(stop_timeout)).unwrap();
    (workers, pipe.reader().await)
}

#[tokio::test]
async fn stopping_lets_a_process_end_and_leaves_nobody_behind() {
    let pipe = Pipe::new();
    let script = "sleep 1000 & while read -r line; do :; done; echo bye >&9";
    let (workers, reader) = holding(&pipe, script, PATIENCE).await;
    workers.stop().await;
    assert_eq!(read_to_end(reader).await, "bye\n");
}

#[tokio::test]
async fn a_process_that_does_not_end_is_killed() {
    let pipe = Pipe::new();
    let script = "trap '' TERM; echo hello >&9; sleep 1000; echo bye >&9";
    let (workers, mut reader) = holding(&pipe, script, Duration::from_millis(50)).await;
    let mut hello = [0; 6];
    io::Read::read_exact(&mut reader, &mut hello).unwrap();
    workers.stop().await;
    assert_eq!(read_to_end(reader).await, "");
}

#[tokio::test]
async fn dropping_the_workers_leaves_nobody_behind() {
    let pipe = Pipe::new();
    let (workers, reader) = holding(&pipe, "sleep 1000 & sleep 1000", PATIENCE).await;
    let busy = tokio::spawn((workers.handler())(Value::Null));
    drop(workers);
    assert_eq!(read_to_end(reader).await, "");
    assert!(busy.await.unwrap().is_err());
}

// Half of these came back with another last digit before numbers were parsed exactly. The program
// never flushes its output, as most programs in Python do not.
#[tokio::test]
async fn every_double_passes_through_program_that_does_not_flush_unchanged() {
    const ECHO: &str = "
import json, sys
for line in sys.stdin:
    print(json.dumps({\"reply\": json.loads(line)[\"request\"]}))
";
    let program = ExecProgram::new("python3").with_arguments(["-c", ECHO]);
    let workers = ExecWorkers::start(program.with_line_bytes(16 << 20)).unwrap();
    let sent = finite_doubles();
    let text = serde_json::to_string(&sent).unwrap();
    let request: Value = serde_json::from_str(&text).unwrap();
    let answered = timeout(PATIENCE, (workers.handler())(request)).await.unwrap().unwrap();
    let received: Vec<f64> = serde_json::from_value(answered).unwrap();
    let bits = |numbers: &[f64]| numbers.iter().map(|number| number.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&sent), bits(&received));
}
