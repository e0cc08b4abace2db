//! The processes that serve and ask, each on a processor of its own.

use std::process::Stdio;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

use crate::processor::Usage;

const PATIENCE: Duration = Duration::from_secs(120);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ServerKind {
    /// A server with bare HTTP.
    Echo,
    /// A server with bare HTTP and two operations on the curve: the signer of the request is
    /// recovered, and the answer is signed.
    SignedEcho,
    /// A miner.
    Xylem,
    /// Servers with bare HTTP and the curve, at many ports.
    SignedEchoes,
    /// As many miners as such servers.
    Xylems,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClientKind {
    Echo,
    SignedEcho,
    /// A validator that signs each request by its wallet.
    Wallet,
    /// A validator that opens sessions.
    Session,
    /// A client with bare HTTP and the curve, to many servers at once.
    SignedEchoes,
    /// A validator that broadcasts.
    Broadcast,
}

impl ServerKind {
    const ALL: [(Self, &'static str); 5] = [
        (Self::Echo, "echo"),
        (Self::SignedEcho, "signed-echo"),
        (Self::Xylem, "xylem"),
        (Self::SignedEchoes, "signed-echoes"),
        (Self::Xylems, "xylems"),
    ];

    pub(crate) fn named(name: &str) -> Self {
        Self::ALL.into_iter().find(|(_, known)| *known == name).unwrap().0
    }

    fn name(self) -> &'static str {
        Self::ALL.into_iter().find(|(known, _)| *known == self).unwrap().1
    }
}

impl ClientKind {
    const ALL: [(Self, &'static str); 6] = [
        (Self::Echo, "echo"),
        (Self::SignedEcho, "signed-echo"),
        (Self::Wallet, "wallet"),
        (Self::Session, "session"),
        (Self::SignedEchoes, "signed-echoes"),
        (Self::Broadcast, "broadcast"),
    ];

    pub(crate) fn named(name: &str) -> Self {
        Self::ALL.into_iter().find(|(_, known)| *known == name).unwrap().0
    }

    fn name(self) -> &'static str {
        Self::ALL.into_iter().find(|(known, _)| *known == self).unwrap().1
    }
}

/// The task of a client.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Job {
    /// The ports of bare servers; validators read theirs from the chain.
    pub(crate) ports: Vec<u16>,
    /// The length of a request's content, in bytes.
    pub(crate) bytes: usize,
    /// The number of requests in flight, or zero for a broadcast.
    pub(crate) concurrency: usize,
    pub(crate) milliseconds: u64,
}

/// The result of a task.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Sample {
    /// The number of requests that were answered and, if they are signed, verified.
    pub(crate) answered: u64,
    pub(crate) failed: u64,
    pub(crate) seconds: f64,
    pub(crate) p50_us: f64,
    pub(crate) p99_us: f64,
    /// The processor time of the client, in microseconds.
    pub(crate) processor_us: u64,
}

/// A process that answers each line on its input with one on its output.
#[derive(Debug)]
struct Conversation {
    _process: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

impl Conversation {
    fn begin(arguments: [&str; 2], processor: usize, rpc_url: &str) -> Self {
        let program = std::env::current_exe().unwrap();
        let mut command = if cfg!(target_os = "linux") {
            let mut command = Command::new("taskset");
            command.arg("--cpu-list").arg(processor.to_string()).arg(program);
            command
        } else {
            Command::new(program)
        };
        let mut process = command
            .args(arguments)
            .env("HETU_NETWORK", "local")
            .env("HETU_RPC_URL", rpc_url)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let input = process.stdin.take().unwrap();
        let output = BufReader::new(process.stdout.take().unwrap()).lines();
        Self { _process: process, input, output }
    }

    async fn hear<T: DeserializeOwned>(&mut self) -> T {
        let line = timeout(PATIENCE, self.output.next_line()).await.unwrap().unwrap();
        serde_json::from_str(&line.expect("the process has stopped")).unwrap()
    }

    async fn say(&mut self, value: &impl Serialize) {
        let line = serde_json::to_string(value).unwrap() + "\n";
        self.input.write_all(line.as_bytes()).await.unwrap();
    }
}

/// A running server.
#[derive(Debug)]
pub(crate) struct Server {
    conversation: Conversation,
    pub(crate) ports: Vec<u16>,
}

impl Server {
    pub(crate) async fn start(kind: ServerKind, rpc_url: &str) -> Self {
        let mut conversation = Conversation::begin(["serve", kind.name()], 0, rpc_url);
        let ports = conversation.hear().await;
        Self { conversation, ports }
    }

    pub(crate) async fn usage(&mut self) -> Usage {
        self.conversation.say(&()).await;
        self.conversation.hear().await
    }
}

/// A client that waits for tasks.
#[derive(Debug)]
pub(crate) struct Client(Conversation);

impl Client {
    pub(crate) fn start(kind: ClientKind, rpc_url: &str) -> Self {
        Self(Conversation::begin(["ask", kind.name()], 1, rpc_url))
    }

    pub(crate) async fn work(&mut self, job: &Job) -> Sample {
        self.0.say(job).await;
        self.0.hear().await
    }
}

/// Runs the other end: answers each line of the input.
pub(crate) async fn answer_lines<Question, Answer>(mut answer: impl AsyncFnMut(Question) -> Answer)
where
    Question: DeserializeOwned,
    Answer: Serialize,
{
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = lines.next_line().await.unwrap() {
        let answer = answer(serde_json::from_str(&line).unwrap()).await;
        println!("{}", serde_json::to_string(&answer).unwrap());
    }
}
