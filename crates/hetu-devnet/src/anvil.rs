//! Foundry's anvil as a child process of a test.

use std::ffi::OsStr;
use std::io::{Error, ErrorKind};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

/// Environment variable that overrides the anvil program that npm installs.
const PROGRAM_VARIABLE: &str = "HETU_ANVIL";
const INSTALLED: &str = "contracts/node_modules/@foundry-rs";
/// Maximum start time of anvil. A normal start takes a hundredth of it.
const START_LIMIT: Duration = Duration::from_secs(30);

/// A running anvil process: an independent node implementation that tests use in addition to
/// [`Devnet`](crate::Devnet). The process ends on drop.
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
    /// The program is taken from `HETU_ANVIL`, or else from `contracts/node_modules` (installed by
    /// npm) in the current folder or one of its parents.
    ///
    /// # Errors
    ///
    /// Returns an error if the program does not exist, or does not listen within 30 s.
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
        // anvil blocks when the pipe is full, so its output is drained.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self { address, _process: process, _cache: cache })
    }

    /// Returns the address on which anvil serves HTTP and WebSocket.
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

/// Returns the path of the program itself: npm's wrapper would outlive the test.
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
