//! JSON lines on standard error.

use std::fmt::Display;
use std::io::{self, Write};
use std::panic;

use serde_json::{Map, Value};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};

/// The level names of tracing.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Level {
    Info,
    Error,
}

impl Level {
    const fn name(self) -> &'static str {
        match self {
            Self::Info => "INFO",
            Self::Error => "ERROR",
        }
    }
}

/// Writes one line in the format of the log.
pub(crate) fn write(level: Level, message: impl Display, hint: Option<&str>) {
    let mut time = String::new();
    // A line without a time is still useful.
    let _ = SystemTime.format_time(&mut Writer::new(&mut time));
    let mut line = Map::new();
    line.insert("timestamp".into(), time.into());
    line.insert("level".into(), level.name().into());
    line.insert("message".into(), message.to_string().into());
    line.extend(hint.map(|hint| ("hint".to_owned(), Value::from(hint))));
    line.insert("target".into(), "hetu".into());
    let _ = writeln!(io::stderr(), "{}", Value::Object(line));
}

/// Installs a panic hook that reports a panic as a line of the log.
pub(crate) fn report_panics() {
    panic::set_hook(Box::new(|panicked| write(Level::Error, panicked, None)));
}
