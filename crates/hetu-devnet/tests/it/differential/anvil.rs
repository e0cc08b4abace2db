//! Runs anvil, which npm has put beside the contracts.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use super::{BALANCE, BLOCK_GAS_LIMIT, CHAIN_ID, FIRST_BASE_FEE, MNEMONIC};

/// How long anvil has for its start. It needs a hundredth of that.
const START_LIMIT: Duration = Duration::from_secs(30);

/// A running anvil. Dropping it ends the process.
#[derive(Debug)]
pub(crate) struct Anvil {
    address: String,
    _process: Child,
    _cache: TempDir,
}

impl Anvil {
    /// Starts anvil on a free port, as like to a devnet as its options allow, and waits until it
    /// listens.
    pub(crate) async fn spawn() -> Self {
        let program = program();
        assert!(
            program.is_file(),
            "{} is missing: run `scripts/contracts tools`, which installs it by npm",
            program.display()
        );
        let cache = tempfile::tempdir().unwrap();
        let mut process = Command::new(&program)
            .args(["--port", "0", "--hardfork", "prague", "--disable-default-create2-deployer"])
            // The latest block is then safe and final.
            .args(["--slots-in-an-epoch", "0"])
            .args(["--mnemonic", MNEMONIC])
            .args(["--chain-id", &CHAIN_ID.to_string()])
            .args(["--balance", &BALANCE.to_string()])
            .args(["--gas-limit", &BLOCK_GAS_LIMIT.to_string()])
            .args(["--base-fee", &FIRST_BASE_FEE.to_string()])
            .arg("--cache-path")
            .arg(cache.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("{} does not start: {error}", program.display()));
        let mut output = BufReader::new(process.stdout.take().unwrap()).lines();
        let address = tokio::time::timeout(START_LIMIT, listening(&mut output))
            .await
            .unwrap_or_else(|_| panic!("anvil did not listen within {START_LIMIT:?}"));
        // Whoever writes into a full pipe stands still.
        tokio::spawn(async move { while let Ok(Some(_)) = output.next_line().await {} });
        Self { address, _process: process, _cache: cache }
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }
}

async fn listening(output: &mut Lines<BufReader<ChildStdout>>) -> String {
    while let Some(line) = output.next_line().await.unwrap() {
        if let Some(address) = line.strip_prefix("Listening on ") {
            return address.to_owned();
        }
    }
    panic!("anvil ended before it listened")
}

/// The program itself: npm's wrapper around it would outlive the test.
fn program() -> PathBuf {
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
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../contracts/node_modules/@foundry-rs");
    let file = format!("anvil{}", std::env::consts::EXE_SUFFIX);
    PathBuf::from(folder).join(format!("anvil-{system}-{machine}")).join("bin").join(file)
}
