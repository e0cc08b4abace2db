//! Asking before what cannot be undone.

use std::io::{self, IsTerminal, Write};

use crate::error::CliError;

/// Asks `question` at the terminal and goes on only if the answer is `yes`.
pub(crate) fn confirm(question: &str) -> Result<(), CliError> {
    if !io::stdin().is_terminal() {
        return Err(CliError::Usage("there is nobody to ask: confirm with --yes"));
    }
    io::stderr().write_all(question.as_bytes())?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    if answer.trim() == "yes" { Ok(()) } else { Err(CliError::Usage("not confirmed")) }
}
