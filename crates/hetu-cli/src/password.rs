//! Where the password of a wallet comes from.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::{env, fs};

use clap::Args;
use hetu::chain::Password;
use zeroize::Zeroizing;

use crate::error::CliError;

const PASSWORD_VARIABLE: &str = "HETU_PASSWORD";

/// Without either, the password is asked for at the terminal.
#[derive(Args, Debug)]
pub(crate) struct PasswordArguments {
    /// Read the password from the first line of a file, in place of $HETU_PASSWORD or a prompt.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

impl PasswordArguments {
    pub(crate) fn password(&self) -> Result<Password, CliError> {
        match self.given()? {
            Some(password) => Ok(password),
            None if io::stdin().is_terminal() => {
                Ok(rpassword::prompt_password("password: ")?.into())
            }
            None => Err(CliError::Usage(
                "there is no terminal to ask for the password at: use --password-file or \
                 $HETU_PASSWORD",
            )),
        }
    }

    /// A password that is typed for the first time is typed twice.
    pub(crate) fn new_password(&self) -> Result<Password, CliError> {
        let password = match self.given()? {
            Some(password) => password,
            None => typed_twice()?,
        };
        if password.is_empty() {
            return Err(CliError::Usage("the password is empty"));
        }
        Ok(password)
    }

    fn given(&self) -> Result<Option<Password>, CliError> {
        match &self.password_file {
            Some(path) => first_line(path).map(Some),
            None => Ok(env::var(PASSWORD_VARIABLE).ok().map(Password::from)),
        }
    }
}

fn typed_twice() -> Result<Password, CliError> {
    let first = Zeroizing::new(rpassword::prompt_password("new password: ")?);
    let again = Zeroizing::new(rpassword::prompt_password("again: ")?);
    if first != again {
        return Err(CliError::Usage("the passwords differ"));
    }
    Ok(first.as_str().into())
}

fn first_line(path: &Path) -> Result<Password, CliError> {
    let text = fs::read_to_string(path)
        .map_err(|source| CliError::File { path: path.to_owned(), source })?;
    let text = Zeroizing::new(text);
    Ok(text.lines().next().unwrap_or_default().into())
}
