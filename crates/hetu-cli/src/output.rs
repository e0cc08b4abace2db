//! Output for people and programs.

use std::fmt::Display;
use std::io::{self, Write};
use std::time::Duration;

use comfy_table::{Table, presets};
use indicatif::{ProgressBar, ProgressStyle};
use parking_lot::Mutex;
use serde::Serialize;

use crate::error::CliError;
use crate::hint;
use crate::log_line::{self, Level};
use crate::logging::LogFormat;

/// The output of a command: results on standard output, everything else on standard error.
#[derive(Debug)]
pub(crate) struct Output {
    json: bool,
    log: LogFormat,
    /// First error of writing a result, with which the command ends.
    failure: Mutex<Option<io::Error>>,
}

impl Output {
    pub(crate) const fn new(json: bool, log: LogFormat) -> Self {
        Self { json, log, failure: Mutex::new(None) }
    }

    /// Reports whether all results were written, at the end of the command.
    ///
    /// # Errors
    ///
    /// Returns [`CliError::Unwritten`] if a write failed, except when the reader closed its pipe.
    pub(crate) fn end(&self) -> Result<(), CliError> {
        let failure = self.failure.lock().take();
        failure.map_or(Ok(()), |source| Err(CliError::Unwritten { source }))
    }

    /// Returns `true` if results are printed as JSON.
    pub(crate) const fn is_json(&self) -> bool {
        self.json
    }

    /// Writes to standard output. Returns `false` once the output is closed.
    fn print(&self, text: impl Display) -> bool {
        match print(text) {
            Ok(()) => true,
            // The reader closed the pipe because it needs no more output.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => false,
            Err(error) => {
                self.failure.lock().get_or_insert(error);
                false
            }
        }
    }

    /// Prints a result: as JSON if requested, else as formatted by `show`.
    pub(crate) fn result<T: Serialize>(&self, result: &T, show: impl FnOnce(&T) -> String) {
        let text = if self.json { json(result) } else { visible(&show(result)) };
        self.print(format_args!("{text}\n"));
    }

    /// Prints one of many results: as one line of JSON if requested, else as formatted by `show`.
    /// Returns `false` once the output is closed.
    pub(crate) fn line<T: Serialize>(&self, line: &T, show: impl FnOnce(&T) -> String) -> bool {
        let text = match self.json {
            true => serde_json::to_string(line).unwrap_or_default(),
            false => visible(&show(line)),
        };
        self.print(format_args!("{text}\n"))
    }

    /// Reports the state of a long-running command: as JSON on standard output if requested, else
    /// on standard error as formatted by `show`, if it returns a text.
    pub(crate) fn state<T: Serialize>(&self, state: &T, show: impl FnOnce(&T) -> Option<String>) {
        if self.json {
            self.print(format_args!("{}\n", json(state)));
        } else if let Some(text) = show(state) {
            self.note(text);
        }
    }

    /// Prints a result for other programs without changes.
    pub(crate) fn script(&self, text: &str) {
        self.print(text);
    }

    pub(crate) fn failure(&self, error: &CliError) {
        let (message, hint, attempts) = (error.message(), hint::of(error), error.attempts());
        if self.log == LogFormat::Json {
            return log_line::write(Level::Error, message, hint.as_deref());
        }
        if self.json {
            let mut report = serde_json::json!({ "error": message, "hint": hint });
            if !attempts.is_empty() {
                report["attempts"] = attempts.into();
            }
            let _ = writeln!(io::stderr(), "{report}");
            return;
        }
        let mut lines = vec![format!("error: {message}")];
        lines.extend(attempts.into_iter().map(|attempt| format!("  {attempt}")));
        lines.extend(hint.map(|hint| format!("hint: {hint}")));
        say(self.log, lines.join("\n"));
    }

    /// Reports that an operation is in progress, until the returned stage is finished.
    pub(crate) fn stage(&self, doing: &'static str) -> Stage {
        if self.log == LogFormat::Json {
            return Stage { bar: ProgressBar::hidden(), log: self.log };
        }
        let bar = ProgressBar::new_spinner().with_message(doing);
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(100));
        Stage { bar, log: self.log }
    }

    /// Reports a step that is already complete.
    pub(crate) fn done(&self, what: impl Display) {
        done(self.log, what);
    }

    pub(crate) fn note(&self, text: impl Display) {
        say(self.log, text);
    }
}

/// Returns a text that may contain untrusted input, with control characters and characters that
/// change the text direction escaped. Line breaks are kept.
fn visible(text: &str) -> String {
    let turns = |character| matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if character != '\n' && (character.is_control() || turns(character)) {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}

fn print(text: impl Display) -> io::Result<()> {
    let mut output = io::stdout().lock();
    write!(output, "{text}")?;
    output.flush()
}

/// Writes a line to standard error. A closed standard error is ignored, because the current
/// operation must continue.
fn say(log: LogFormat, line: impl Display) {
    if log == LogFormat::Json {
        return log_line::write(Level::Info, line, None);
    }
    let _ = writeln!(io::stderr(), "{}", visible(&line.to_string()));
}

fn json(value: &impl Serialize) -> String {
    #[expect(clippy::expect_used, reason = "results are structs of texts and numbers")]
    serde_json::to_string_pretty(value).expect("results serialise")
}

fn done(log: LogFormat, what: impl Display) {
    match log {
        LogFormat::Json => say(log, what),
        LogFormat::Human => say(log, format_args!("✔ {what}")),
    }
}

/// An operation in progress.
#[derive(Debug)]
pub(crate) struct Stage {
    bar: ProgressBar,
    log: LogFormat,
}

impl Stage {
    /// Ends the stage without a message.
    pub(crate) fn clear(self) {
        self.bar.finish_and_clear();
    }

    /// Replaces the message of the operation by its result.
    pub(crate) fn done(self, what: impl Display) {
        self.bar.finish_and_clear();
        done(self.log, what);
    }
}

pub(crate) fn table<const N: usize>(
    header: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> String {
    let mut table = Table::new();
    table.load_preset(presets::UTF8_FULL_CONDENSED).set_header(header);
    for row in rows {
        table.add_row(row);
    }
    table.to_string()
}

/// Formats names and values, one pair per line.
pub(crate) fn facts(
    rows: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>,
) -> String {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    for (name, value) in rows {
        table.add_row([name.into(), value.into()]);
    }
    table.trim_fmt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_strangers_say_is_shown_and_not_obeyed() {
        assert_eq!(visible("plain: ü\nnext"), "plain: ü\nnext");
        let told = visible("\u{1b}]52;c;\u{7}\u{9b}2J\r\u{202e}txt");
        assert_eq!(told, "\\u{1b}]52;c;\\u{7}\\u{9b}2J\\r\\u{202e}txt");
    }
}
