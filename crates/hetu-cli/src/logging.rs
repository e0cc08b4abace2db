//! Log level and format.

use clap::ValueEnum;
use tracing_subscriber::EnvFilter;

/// The default log settings of a command, which `RUST_LOG` overrides. Logs never go to standard
/// output, which is reserved for results.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Logging {
    filter: &'static str,
    format: LogFormat,
}

/// How a line of the log is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people.
    #[default]
    Human,
    /// An object of JSON a line.
    Json,
}

impl Logging {
    /// Returns the settings of commands that print results.
    pub(crate) const fn of_errors() -> Self {
        Self { filter: "error", format: LogFormat::Human }
    }

    /// Returns the settings of commands with the log as their output.
    pub(crate) const fn of_a_server(format: LogFormat) -> Self {
        Self { filter: "warn,hetu_xylem=info", format }
    }

    /// Returns the format of the lines on standard error.
    pub(crate) const fn format(self) -> LogFormat {
        self.format
    }

    /// Installs the log subscriber.
    pub(crate) fn begin(self) {
        let filter =
            EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(self.filter));
        let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
        match self.format {
            LogFormat::Human => log.init(),
            LogFormat::Json => log.json().flatten_event(true).init(),
        }
    }
}
