//! Miners in separate processes, and their callers.

use std::io::{self, Read, Write};
use std::net::TcpStream;
#[cfg(unix)]
use std::process::Command;
use std::process::{Child, ChildStdout, Stdio};
use std::thread;
use std::time::Duration;

use hetu::phloem::{Call, QueryError, Target};
use hetu::{NetUid, Phloem};
use serde_json::Value;

use crate::scene::Scene;

/// The account of the validator that calls the miners.
const VALIDATOR: usize = 3;

/// A miner that serves in a separate process.
pub(crate) struct Miner {
    child: Child,
    /// The report on standard output.
    pub(crate) report: Value,
    /// The pipe of standard output, kept open so that writes succeed.
    _stdout: ChildStdout,
}

impl Miner {
    pub(crate) fn start(scene: &Scene, netuid: NetUid, arguments: &[&str]) -> Self {
        Self::start_logging_to(Stdio::inherit(), scene, netuid, arguments)
    }

    pub(crate) fn start_logging_to(
        log: Stdio,
        scene: &Scene,
        netuid: NetUid,
        arguments: &[&str],
    ) -> Self {
        let netuid = netuid.to_string();
        let serve = ["xylem", "serve", &netuid, "--bind", "127.0.0.1:0", "--yes", "--json"];
        let mut command = scene.command(&[&serve, arguments].concat());
        let command = command.stdout(Stdio::piped()).stderr(log);
        let mut child = command.spawn().unwrap();
        let mut stdout = child.stdout.take().unwrap();
        let mut said = serde_json::Deserializer::from_reader(&mut stdout).into_iter();
        let report = said.next().expect("the miner should have started").unwrap();
        Self { child, report, _stdout: stdout }
    }

    pub(crate) fn result(&self) -> &Value {
        &self.report["result"]
    }

    pub(crate) fn listening(&self) -> &str {
        self.result()["listening"].as_str().unwrap()
    }

    /// Sends a termination signal.
    #[cfg(unix)]
    pub(crate) fn signal(&self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").arg(id).status().unwrap().success());
    }

    /// Waits for the exit and returns the exit code.
    #[cfg(unix)]
    pub(crate) fn exit_code(mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }

    /// Sends a termination signal, and returns the exit code.
    #[cfg(unix)]
    pub(crate) fn terminate(self) -> Option<i32> {
        self.signal();
        self.exit_code()
    }
}

impl Drop for Miner {
    fn drop(&mut self) {
        // The kill fails only if the process has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A validator of the fixture's subnet.
pub(crate) struct Validator<'scene> {
    scene: &'scene Scene,
    phloem: Phloem,
}

impl<'scene> Validator<'scene> {
    pub(crate) fn of(scene: &'scene Scene, netuid: NetUid) -> Self {
        scene.register_validator(VALIDATOR, netuid);
        let hetu = scene.hetu(VALIDATOR);
        let built = scene.runtime.block_on(Phloem::builder(hetu, netuid).start());
        Self { scene, phloem: built.unwrap() }
    }

    /// Returns the only miner as a target.
    pub(crate) fn target(&self) -> Target {
        self.scene.runtime.block_on(self.phloem.metastruct().refresh()).unwrap();
        let mut targets = self.phloem.discover();
        assert_eq!(targets.len(), 1, "{targets:?}");
        targets.remove(0)
    }

    pub(crate) fn ask(&self, service: &str, request: Value) -> Result<Value, QueryError> {
        let target = self.target();
        let asked = self.phloem.query(&target, Call::json(service, request));
        Ok(self.scene.runtime.block_on(asked)?.reply)
    }

    /// Sends a call that is refused, and returns the reason.
    pub(crate) fn refusal(&self, service: &str, request: Value) -> String {
        match self.ask(service, request) {
            Err(QueryError::Refused { problem, .. }) => problem.detail().to_owned(),
            other => panic!("{other:?}"),
        }
    }
}

/// Returns the reply to an unsigned request, or an error if the port is closed.
fn exchange(address: &str, request_line: &str, content: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    let length = content.len();
    write!(
        stream,
        "{request_line} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n{content}"
    )?;
    let mut reply = String::new();
    stream.read_to_string(&mut reply)?;
    Ok(reply)
}

pub(crate) fn post(address: &str, path: &str, content: &str) -> String {
    exchange(address, &format!("POST {path}"), content).unwrap()
}

pub(crate) fn get(address: &str, path: &str) -> io::Result<String> {
    exchange(address, &format!("GET {path}"), "")
}

/// Waits until `holds` returns `true`, and fails after a time limit.
pub(crate) fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..3_000 {
        if holds() {
            return;
        }
        thread::sleep(Duration::from_millis(10));
    }
    panic!("{what}: not in 30 s");
}
