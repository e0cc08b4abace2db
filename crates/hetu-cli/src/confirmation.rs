//! Confirmation of irreversible actions.

use std::io::{self, IsTerminal, Write};

use crate::error::CliError;

/// Asks `question` at the terminal and continues only if the answer is `yes`.
pub(crate) fn confirm(question: &str) -> Result<(), CliError> {
    if !io::stdin().is_terminal() {
        return Err(CliError::Usage("there is nobody to ask: confirm with --yes"));
    }
    if answer_to(question)?.trim() == "yes" {
        Ok(())
    } else {
        Err(CliError::Usage("not confirmed"))
    }
}

/// Asks like [`is_agreed`], unless the user agreed on the command line.
pub(crate) fn confirm_unless(is_agreed_already: bool, question: &str) -> Result<(), CliError> {
    if is_agreed_already {
        return Ok(());
    }
    if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
        return Err(CliError::Usage("there is no terminal to ask at: confirm with --yes"));
    }
    if is_agreed(question)? { Ok(()) } else { Err(CliError::Declined) }
}

/// Asks `question` at the terminal. Only `y` and `yes` agree.
pub(crate) fn is_agreed(question: &str) -> Result<bool, CliError> {
    let answer = answer_to(&format!("{question} [y/N] "))?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

fn answer_to(question: &str) -> io::Result<String> {
    io::stderr().write_all(question.as_bytes())?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(answer)
}
