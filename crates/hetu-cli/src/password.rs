//! Sources of the password of a wallet.

use std::env;
use std::fmt::Display;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use clap::Args;
use hetu::Wallet;
use hetu::chain::Keystore;
use hetu::chain::keystore::{KeystoreError, Password};
use hetu::chain::text::without_mark;
use zeroize::Zeroizing;

use crate::error::CliError;
use crate::input::{SMALL, text_of};
use crate::output::Output;

const PASSWORD_VARIABLE: &str = "HETU_PASSWORD";

/// Number of attempts to type a password.
const ATTEMPTS: usize = 3;

/// Without either, the password is asked for at the terminal.
#[derive(Args, Debug)]
pub(crate) struct PasswordArguments {
    /// Read the password from the first line of a file, in place of $HETU_PASSWORD or a prompt.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

impl PasswordArguments {
    /// Decrypts the key file of `wallet`. A user at a terminal has three attempts.
    pub(crate) fn decrypt(
        &self,
        keystore: &Keystore,
        wallet: &dyn Display,
        output: &Output,
    ) -> Result<Wallet, CliError> {
        if let Some(password) = self.given()? {
            return opened(keystore, &password, wallet, output);
        }
        if !io::stdin().is_terminal() {
            return Err(CliError::NoPassword);
        }
        for left in (0..ATTEMPTS).rev() {
            let password = typed(&format!("password of wallet {wallet}: "))?;
            match opened(keystore, &password.as_str().into(), wallet, output) {
                Err(CliError::WrongPassword { .. }) if left > 0 => {
                    output.note(format_args!("wrong password of wallet {wallet}, {left} left"));
                }
                opened => return opened,
            }
        }
        Err(CliError::WrongPassword { wallet: wallet.to_string() })
    }

    /// Returns the password of a new wallet. At a terminal, the user types it twice.
    pub(crate) fn new_password(&self, wallet: &dyn Display) -> Result<Password, CliError> {
        let password = match self.given()? {
            Some(password) => password,
            None => typed_twice(wallet)?,
        };
        if password.is_empty() {
            return Err(CliError::Usage("the password is empty"));
        }
        Ok(password)
    }

    fn given(&self) -> Result<Option<Password>, CliError> {
        match &self.password_file {
            Some(path) => first_line(path).map(Some),
            None => Ok(env::var(PASSWORD_VARIABLE).ok().map(|text| {
                let text = Zeroizing::new(text);
                Password::from(without_mark(&text))
            })),
        }
    }
}

fn opened(
    keystore: &Keystore,
    password: &Password,
    wallet: &dyn Display,
    output: &Output,
) -> Result<Wallet, CliError> {
    let stage = output.stage("decrypting the key");
    let opened = keystore.decrypt(password);
    stage.clear();
    opened.map_err(|error| match error {
        KeystoreError::WrongPassword => CliError::WrongPassword { wallet: wallet.to_string() },
        other => other.into(),
    })
}

fn typed_twice(wallet: &dyn Display) -> Result<Password, CliError> {
    let first = typed(&format!("new password of wallet {wallet}: "))?;
    let again = typed("again: ")?;
    if first != again {
        return Err(CliError::Usage("the passwords differ"));
    }
    Ok(first.as_str().into())
}

/// Asks at the terminal, even if standard input is not the terminal.
fn typed(question: &str) -> Result<Zeroizing<String>, CliError> {
    match rpassword::prompt_password(question) {
        Ok(text) => Ok(Zeroizing::new(text)),
        // The error is about a device that the user did not name.
        Err(_) => Err(CliError::NoPassword),
    }
}

fn first_line(path: &Path) -> Result<Password, CliError> {
    let text = text_of(path, SMALL)?;
    Ok(text.lines().next().unwrap_or_default().into())
}
