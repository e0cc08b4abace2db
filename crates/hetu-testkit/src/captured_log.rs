//! The log of a test, as JSON.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::fmt::MakeWriter;

/// The captured log of the thread of a test, including all tasks of its runtime.
#[derive(Clone, Debug, Default)]
pub struct CapturedLog(Arc<Mutex<Vec<u8>>>);

impl CapturedLog {
    /// Captures log events from `DEBUG` on, until the guard is dropped.
    pub fn begin() -> (Self, DefaultGuard) {
        let log = Self::default();
        let subscriber = tracing_subscriber::fmt()
            .json()
            .flatten_event(true)
            .with_max_level(tracing::Level::DEBUG)
            .with_writer(log.clone())
            .finish();
        (log, tracing::subscriber::set_default(subscriber))
    }

    /// Returns the lines of `target` so far.
    ///
    /// # Panics
    ///
    /// Panics if a line is not JSON.
    pub fn lines(&self, target: &str) -> Vec<Value> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.filter(|line| line["target"] == target).collect()
    }
}

impl Write for CapturedLog {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(text)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'log> MakeWriter<'log> for CapturedLog {
    type Writer = Self;

    fn make_writer(&'log self) -> Self {
        self.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::CapturedLog;

    #[test]
    fn lines_are_those_of_a_target_until_the_guard_is_dropped() {
        let (log, guard) = CapturedLog::begin();
        tracing::info!(target: "one", number = 1, "first");
        tracing::info!(target: "two", "other");
        drop(guard);
        tracing::info!(target: "one", "late");
        let lines = log.lines("one");
        assert_eq!(lines.len(), 1);
        assert_eq!((&lines[0]["message"], &lines[0]["number"]), (&"first".into(), &1.into()));
    }
}
