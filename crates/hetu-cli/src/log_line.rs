//! Lines of standard error that are objects of JSON.

use std::fmt::Display;
use std::io::{self, Write};
use std::panic;

use serde_json::{Map, Value};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};

/// The names that tracing gives to levels.
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

/// Writes one line, in the shape of those of the log.
pub(crate) fn write(level: Level, message: impl Display, hint: Option<&str>) {
    let mut time = String::new();
    // Without a time the line is still of use.
    let _ = SystemTime.format_time(&mut Writer::new(&mut time));
    let mut line = Map::new();
    line.insert("timestamp".into(), time.into());
    line.insert("level".into(), level.name().into());
    line.insert("message".into(), message.to_string().into());
    line.extend(hint.map(|hint| ("hint".to_owned(), Value::from(hint))));
    line.insert("target".into(), "hetu".into());
    let _ = writeln!(io::stderr(), "{}", Value::Object(line));
}

/// Lets a panic be reported as a line of the log.
pub(crate) fn report_panics() {
    panic::set_hook(Box::new(|panicked| write(Level::Error, panicked, None)));
}
