//! What people and programs read.

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

/// Results go to standard output, everything else to standard error.
#[derive(Debug)]
pub(crate) struct Output {
    json: bool,
    log: LogFormat,
    /// The first failure to write a result, which the command ends with.
    failure: Mutex<Option<io::Error>>,
}

impl Output {
    pub(crate) const fn new(json: bool, log: LogFormat) -> Self {
        Self { json, log, failure: Mutex::new(None) }
    }

    /// Reports whether all results were written, once the command is over.
    ///
    /// # Errors
    /// [`CliError::Unwritten`] unless a reader that closed its pipe is why.
    pub(crate) fn end(&self) -> Result<(), CliError> {
        let failure = self.failure.lock().take();
        failure.map_or(Ok(()), |source| Err(CliError::Unwritten { source }))
    }

    /// Returns `true` if results are printed as JSON.
    pub(crate) const fn is_json(&self) -> bool {
        self.json
    }

    /// Writes to standard output. Returns `false` once nothing can be written any more.
    fn print(&self, text: impl Display) -> bool {
        match print(text) {
            Ok(()) => true,
            // The reader has what it wants.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => false,
            Err(error) => {
                self.failure.lock().get_or_insert(error);
                false
            }
        }
    }

    /// Prints a result: as JSON if asked for, else as `show` makes it.
    pub(crate) fn result<T: Serialize>(&self, result: &T, show: impl FnOnce(&T) -> String) {
        let text = if self.json { json(result) } else { visible(&show(result)) };
        self.print(format_args!("{text}\n"));
    }

    /// Prints one of many results: as one line of JSON if asked for, else as `show` makes it.
    /// Returns `false` once nothing can be written any more.
    pub(crate) fn line<T: Serialize>(&self, line: &T, show: impl FnOnce(&T) -> String) -> bool {
        let text = match self.json {
            true => serde_json::to_string(line).unwrap_or_default(),
            false => visible(&show(line)),
        };
        self.print(format_args!("{text}\n"))
    }

    /// Says what goes on in a command that does not end by itself: as JSON on standard output if
    /// asked for, else as `show` makes it, if at all, on standard error.
    pub(crate) fn state<T: Serialize>(&self, state: &T, show: impl FnOnce(&T) -> Option<String>) {
        if self.json {
            self.print(format_args!("{}\n", json(state)));
        } else if let Some(text) = show(state) {
            self.note(text);
        }
    }

    /// Prints a result that is for other programs as it stands.
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

    /// Says that something is being done, until the returned stage is finished.
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

    /// Reports a step that took no time.
    pub(crate) fn done(&self, what: impl Display) {
        done(self.log, what);
    }

    pub(crate) fn note(&self, text: impl Display) {
        say(self.log, text);
    }
}

/// A text in which there may be words of strangers, as a terminal shows it and does not obey it:
/// whatever controls it, or turns the direction of what follows, is escaped. Lines stay lines.
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

/// Writes a line for people to standard error, which may be closed too: what is under way goes on.
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

/// Something that takes a while.
#[derive(Debug)]
pub(crate) struct Stage {
    bar: ProgressBar,
    log: LogFormat,
}

impl Stage {
    /// Ends the stage without a word.
    pub(crate) fn clear(self) {
        self.bar.finish_and_clear();
    }

    /// Replaces what was being done by what was done.
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

/// Names and values, one pair a line.
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
