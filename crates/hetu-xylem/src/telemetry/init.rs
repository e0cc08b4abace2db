//! Log output for the binary of a miner.

use std::io::IsTerminal;
use std::str::FromStr;

use hetu_chain::{Retryability, Retryable};
use tracing_subscriber::EnvFilter;

/// The format of log lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// Text for people, with colours on a terminal.
    #[default]
    Human,
    /// One JSON object per line, with the fields of the enclosing spans.
    Json,
}

/// An error of the log setup.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TelemetryError {
    /// A text that is neither `human` nor `json`.
    #[error("{name:?} is no format of logs: there are human and json")]
    Format {
        /// The text.
        name: String,
    },
    /// A log subscriber that already exists in this process.
    #[error("the logs of this process go somewhere else already")]
    Taken,
}

impl Retryable for TelemetryError {
    fn retryability(&self) -> Retryability {
        Retryability::Final
    }
}

impl FromStr for LogFormat {
    type Err = TelemetryError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "human" => Ok(Self::Human),
            "json" => Ok(Self::Json),
            name => Err(TelemetryError::Format { name: name.to_owned() }),
        }
    }
}

/// Writes logs to standard error, filtered by `RUST_LOG`. The default level is `info`.
///
/// Binaries call this once, before any other work. Libraries do not call it.
///
/// # Errors
/// [`TelemetryError::Taken`] if the process already has a log subscriber.
pub fn init(format: LogFormat) -> Result<(), TelemetryError> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    let outcome = match format {
        LogFormat::Human => subscriber.try_init(),
        LogFormat::Json => subscriber.json().flatten_event(true).try_init(),
    };
    outcome.map_err(|_| TelemetryError::Taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_have_names() {
        assert_eq!("json".parse(), Ok(LogFormat::Json));
        assert_eq!("human".parse(), Ok(LogFormat::Human));
        let error = "xml".parse::<LogFormat>().unwrap_err();
        assert_eq!(error, TelemetryError::Format { name: "xml".to_owned() });
    }

    #[test]
    fn the_logs_of_a_process_go_to_one_place() {
        assert_eq!(init(LogFormat::Json), Ok(()));
        assert_eq!(init(LogFormat::Human), Err(TelemetryError::Taken));
    }
}
