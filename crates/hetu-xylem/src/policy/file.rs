//! The policy as a TOML file. `docs/reference/policy.md` is its manual.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use hetu_chain::primitives::InvalidAmount;
use hetu_chain::text::{read_text, without_mark};
use hetu_chain::{Address, Amount, Retryability, Retryable};
use serde::Deserialize;
use toml::Spanned;

use super::{Policy, Served};
use crate::queue::WorkLimits;
use crate::rates::{InvalidRate, Rate};

/// Maximum size of the file in bytes, with room for more than 20,000 accounts.
const LONGEST: u64 = 1 << 20;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    serve: Option<Roles>,
    minimum_stake: Option<Spanned<String>>,
    #[serde(default)]
    allow: HashSet<Address>,
    #[serde(default)]
    deny: HashSet<Address>,
    rate: Option<Spanned<RateTable>>,
    open_rate: Option<Spanned<RateTable>>,
    work: Option<Spanned<WorkTable>>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Roles {
    Validators,
    Dendrons,
    Anyone,
    Listed,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct RateTable {
    per_second: u32,
    burst: Option<u32>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct WorkTable {
    at_once: Option<usize>,
    at_once_per_caller: Option<usize>,
    queue: Option<usize>,
}

impl Policy {
    /// Parses a policy in TOML. Missing keys have their default.
    ///
    /// # Errors
    /// [`PolicyFileError::Syntax`] for invalid TOML, an unknown key or a value of the wrong type,
    /// and [`PolicyFileError::Value`] for an invalid value. Both contain the line.
    pub fn from_toml(text: &str) -> Result<Self, PolicyFileError> {
        let text = without_mark(text);
        let document: Document = toml::from_str(text).map_err(|error| PolicyFileError::Syntax {
            line: error.span().map_or(1, |span| line_of(text, span.start)),
            message: error.message().to_owned(),
        })?;
        let at = |start: usize, error: PolicyValueError| PolicyFileError::Value {
            line: line_of(text, start),
            error,
        };
        let mut policy = Self::of(document.serve.map_or(Served::Validators, Served::from))
            .allowing(document.allow)
            .denying(document.deny);
        if let Some(stake) = document.minimum_stake {
            let start = stake.span().start;
            policy.minimum_stake =
                Amount::from_str(stake.get_ref()).map_err(|error| at(start, error.into()))?;
        }
        let rate = |table: Spanned<RateTable>| {
            Rate::try_from(*table.get_ref()).map_err(|error| at(table.span().start, error.into()))
        };
        policy.rate = document.rate.map(rate).transpose()?;
        if let Some(table) = document.open_rate {
            policy.open_rate = Some(rate(table)?);
        }
        if let Some(table) = document.work {
            policy.work = WorkLimits::try_from(*table.get_ref())
                .map_err(|error| at(table.span().start, error))?;
        }
        Ok(policy)
    }
}

/// Reads the file at `path`, up to its size limit.
pub(super) fn read(path: &Path) -> Result<String, PolicyFileError> {
    let unreadable = |source| PolicyFileError::Unreadable { path: path.to_owned(), source };
    // To open a pipe would wait for its writer, so the file type is checked first.
    if !std::fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(unreadable(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file")));
    }
    let file = std::fs::File::open(path).map_err(unreadable)?;
    match read_text(file, LONGEST) {
        Ok(text) => Ok(text.to_string()),
        Err(error) if error.kind() == io::ErrorKind::FileTooLarge => {
            Err(PolicyFileError::TooLong { path: path.to_owned(), limit: LONGEST })
        }
        Err(source) => Err(unreadable(source)),
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count()
}

impl From<Roles> for Served {
    fn from(roles: Roles) -> Self {
        match roles {
            Roles::Validators => Self::Validators,
            Roles::Dendrons => Self::Dendrons,
            Roles::Anyone => Self::Anyone,
            Roles::Listed => Self::Listed,
        }
    }
}

impl TryFrom<RateTable> for Rate {
    type Error = InvalidRate;

    fn try_from(table: RateTable) -> Result<Self, InvalidRate> {
        let rate = Self::per_second(table.per_second)?;
        Ok(table.burst.map_or(rate, |burst| rate.with_burst(burst)))
    }
}

impl TryFrom<WorkTable> for WorkLimits {
    type Error = PolicyValueError;

    fn try_from(table: WorkTable) -> Result<Self, PolicyValueError> {
        let default = Self::default();
        let limits = Self {
            at_once: table.at_once.unwrap_or(default.at_once),
            at_once_per_caller: table.at_once_per_caller.unwrap_or(default.at_once_per_caller),
            queue: table.queue.unwrap_or(default.queue),
        };
        if limits.at_once == 0 || limits.at_once_per_caller == 0 {
            return Err(PolicyValueError::NoWork);
        }
        Ok(limits)
    }
}

/// An error of a policy file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyFileError {
    /// A file that cannot be read, or is not UTF-8.
    #[error("the policy cannot be read from {path}: {source}", path = path.display())]
    Unreadable {
        /// The path of the file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// A file that is too long.
    #[error("the policy in {path} is longer than {limit} bytes", path = path.display())]
    TooLong {
        /// The path of the file.
        path: PathBuf,
        /// The size limit in bytes.
        limit: u64,
    },
    /// Invalid TOML, an unknown key, or a value of the wrong type.
    #[error("line {line} of the policy: {message}")]
    Syntax {
        /// The line, from 1.
        line: usize,
        /// The cause.
        message: String,
    },
    /// An invalid value.
    #[error("line {line} of the policy: {error}")]
    Value {
        /// The line, from 1. If the value is one of several that belong together, it is the line of
        /// their table.
        line: usize,
        /// The cause.
        error: PolicyValueError,
    },
}

impl Retryable for PolicyFileError {
    fn retryability(&self) -> Retryability {
        match self {
            Self::Unreadable { .. } => Retryability::Retryable,
            _ => Retryability::Final,
        }
    }
}

/// The reason why a value of a policy is invalid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyValueError {
    /// A minimum stake that is not an amount of HETU.
    #[error("minimum_stake: {0}")]
    Stake(#[from] InvalidAmount),
    /// An invalid rate.
    #[error(transparent)]
    Rate(#[from] InvalidRate),
    /// A limit of zero running calls.
    #[error(
        "at_once and at_once_per_caller are 1 or more: to serve nobody, use serve = \"listed\""
    )]
    NoWork,
}

impl Retryable for PolicyValueError {
    fn retryability(&self) -> Retryability {
        Retryability::Final
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        Policy::from_toml(text).unwrap_err().to_string()
    }

    #[test]
    fn nothing_is_the_default() {
        assert_eq!(Policy::from_toml("").unwrap(), Policy::default());
    }

    #[test]
    fn the_example_of_the_manual_is_a_policy() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/policy.md");
        let manual = std::fs::read_to_string(path).unwrap();
        let example = manual.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
        let account = |text: &str| text.parse::<Address>().unwrap();
        let expected = Policy::validators()
            .with_minimum_stake("1000.5".parse().unwrap())
            .allowing([account("0x7e5f4552091a69125d5dfcb7b8c2659029395bdf")])
            .denying([account("0x2b5ad5c4795c026514f8317c7a215e218dccd6cf")])
            .with_rate(Rate::per_second(50).unwrap().with_burst(100))
            .with_open_rate(Rate::per_second(2).unwrap().with_burst(5))
            .with_work(
                WorkLimits::default().with_at_once(64).with_at_once_per_caller(16).with_queue(256),
            );
        assert_eq!(Policy::from_toml(example).unwrap(), expected);
    }

    #[test]
    fn a_mistake_is_told_with_its_line() {
        for (text, told) in [
            (
                "serve = \"validators\"\nminimum = 3\n",
                "line 2 of the policy: unknown field `minimum`",
            ),
            ("serve = \"all\"\n", "line 1 of the policy: unknown variant `all`"),
            ("\n\nallow = [\"0x12\"]\n", "line 3 of the policy: "),
            ("minimum_stake = \"many\"", "line 1 of the policy: minimum_stake: "),
            ("# x\nrate = { per_second = 0 }", "line 2 of the policy: a rate allows one call"),
            ("[rate]\nper_second = -1", "line 2 of the policy: "),
            ("[work]\nat_once = 0\n", "line 1 of the policy: at_once"),
            ("[work]\nqueues = 1\n", "line 2 of the policy: unknown field `queues`"),
            ("serve = ", "line 1 of the policy: "),
        ] {
            let refusal = refusal(text);
            assert!(refusal.starts_with(told), "{text:?}: {refusal}");
        }
    }

    #[test]
    fn a_file_is_read_up_to_a_bound() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("policy.toml");
        assert!(matches!(read(&path), Err(PolicyFileError::Unreadable { .. })));
        // A folder behaves like a pipe: to open a pipe would wait forever.
        assert!(matches!(read(folder.path()), Err(PolicyFileError::Unreadable { .. })));
        std::fs::write(&path, "#".repeat(LONGEST as usize)).unwrap();
        assert_eq!(read(&path).unwrap().len() as u64, LONGEST);
        std::fs::write(&path, "#".repeat(LONGEST as usize + 1)).unwrap();
        assert!(matches!(read(&path), Err(PolicyFileError::TooLong { .. })));
    }
}
