//! What is logged, and how.

use clap::ValueEnum;
use tracing_subscriber::EnvFilter;

/// What a command logs unless `RUST_LOG` says otherwise; never on standard output, which belongs
/// to results.
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
    /// For commands that tell their results.
    pub(crate) const fn of_errors() -> Self {
        Self { filter: "error", format: LogFormat::Human }
    }

    /// For commands whose log is what they have to tell.
    pub(crate) const fn of_a_server(format: LogFormat) -> Self {
        Self { filter: "warn,hetu_xylem=info", format }
    }

    /// The form of the lines on standard error.
    pub(crate) const fn format(self) -> LogFormat {
        self.format
    }

    /// Logs from now on.
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
