//! Runs of `hetu` in a separate home.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

pub(crate) const USAGE: i32 = 2;
pub(crate) const CHAIN: i32 = 3;
pub(crate) const REMOTE: i32 = 4;
pub(crate) const NOT_FOUND: i32 = 5;

pub(crate) struct Home(TempDir);

pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Home {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hetu"));
        command
            .args(arguments)
            .env("HETU_HOME", self.path())
            .env_remove("HETU_NETWORK")
            .env_remove("HETU_RPC_URL")
            .env_remove("HETU_PASSWORD")
            .env_remove("HETU_WALLET")
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        Ended::from(self.command(arguments).output().unwrap())
    }
}

impl Ended {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap()
    }

    /// Asserts that the program failed with `code`, printed the reason, and did not panic.
    pub(crate) fn assert_failed(&self, code: i32, reason: &str) {
        assert_eq!(self.code, Some(code), "{}", self.stderr);
        assert!(self.stderr.contains(reason), "{}", self.stderr);
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
    }
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}
