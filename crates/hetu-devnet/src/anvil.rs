//! Foundry's anvil as a process of the test that needs it.

use std::ffi::OsStr;
use std::io::{Error, ErrorKind};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

/// Names another anvil than the one that npm installs.
const PROGRAM_VARIABLE: &str = "HETU_ANVIL";
const INSTALLED: &str = "contracts/node_modules/@foundry-rs";
/// How long anvil has for its start. It needs a hundredth of that.
const START_LIMIT: Duration = Duration::from_secs(30);

/// A running anvil: a node that others wrote, to prove on it what was proven on a
/// [`Devnet`](crate::Devnet). Dropping it ends the process.
///
/// Feature `anvil`.
#[derive(Debug)]
pub struct Anvil {
    address: SocketAddr,
    _process: Child,
    _cache: TempDir,
}

impl Anvil {
    /// Starts anvil on a free port with these arguments, and waits until it listens.
    ///
    /// The program is the one that `HETU_ANVIL` names, or else the one that npm has put into
    /// `contracts/node_modules` of this folder or of one above it.
    ///
    /// # Errors
    /// If it is not there, or does not listen within 30 s.
    pub async fn start<I>(arguments: I) -> Result<Self, Error>
    where
        I: IntoIterator,
        I::Item: AsRef<OsStr>,
    {
        let cache = tempfile::tempdir()?;
        let mut process = Command::new(program()?)
            .args(["--port", "0", "--cache-path"])
            .arg(cache.path())
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let output = process.stdout.take().ok_or(ErrorKind::BrokenPipe)?;
        let mut lines = BufReader::new(output).lines();
        let address = tokio::time::timeout(START_LIMIT, listening(&mut lines))
            .await
            .map_err(|_| Error::new(ErrorKind::TimedOut, "anvil does not listen"))??;
        // Whoever writes into a full pipe stands still.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self { address, _process: process, _cache: cache })
    }

    /// Where it listens, over HTTP and WebSocket.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }
}

async fn listening(lines: &mut Lines<BufReader<ChildStdout>>) -> Result<SocketAddr, Error> {
    while let Some(line) = lines.next_line().await? {
        if let Some(address) = line.strip_prefix("Listening on ") {
            return address.parse().map_err(|error| Error::new(ErrorKind::InvalidData, error));
        }
    }
    Err(Error::new(ErrorKind::UnexpectedEof, "anvil ended before it listened"))
}

fn program() -> Result<PathBuf, Error> {
    if let Some(program) = std::env::var_os(PROGRAM_VARIABLE) {
        return Ok(program.into());
    }
    let here = std::env::current_dir()?;
    let installed = here.ancestors().map(installed_in).find(|path| path.is_file());
    installed.ok_or_else(|| {
        let reason = format!(
            "there is no anvil in {INSTALLED}: run scripts/contracts tools, or set {PROGRAM_VARIABLE}"
        );
        Error::new(ErrorKind::NotFound, reason)
    })
}

/// The program itself: npm's wrapper around it would outlive the test.
fn installed_in(folder: &Path) -> PathBuf {
    let system = match std::env::consts::OS {
        "macos" => "darwin",
        "windows" => "win32",
        other => other,
    };
    let machine = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    let file = format!("anvil{}", std::env::consts::EXE_SUFFIX);
    folder.join(INSTALLED).join(format!("anvil-{system}-{machine}")).join("bin").join(file)
}
