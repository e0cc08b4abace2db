//! The sender, the user's consent, and the sender's key.

use std::path::{Path, PathBuf};

use hetu::{Address, Hetutensor, Wallet};
use serde::Serialize;

use super::arguments::{WriteArguments, has_terminal};
use crate::account::SendingAccount;
use crate::confirmation::is_agreed;
use crate::context::Context;
use crate::error::CliError;
use crate::output::Output;

/// The degree to which a plan needs consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gravity {
    /// Plan that sends no transaction.
    Nothing,
    Sends,
    /// Plan with an effect that is irreversible, or reversible only after some time.
    Ends,
}

/// The sending account. Its key is decrypted only after consent.
#[derive(Debug)]
pub(crate) struct Consent<'run> {
    arguments: &'run WriteArguments,
    output: &'run Output,
    sender: SendingAccount,
    journal: PathBuf,
}

impl<'run> Consent<'run> {
    /// Selects the sender, and checks that consent is possible.
    pub(crate) fn open(
        arguments: &'run WriteArguments,
        context: &Context,
        output: &'run Output,
    ) -> Result<Self, CliError> {
        arguments.check()?;
        let sender = context.sender(arguments.wallet.as_ref())?;
        if !arguments.dry_run {
            sender.keystore()?;
        }
        let journal = context.journal();
        Ok(Self { arguments, output, sender, journal })
    }

    /// Returns the address of the sender.
    pub(crate) const fn account(&self) -> Address {
        self.sender.address
    }

    pub(super) const fn sender(&self) -> &SendingAccount {
        &self.sender
    }

    pub(super) const fn output(&self) -> &'run Output {
        self.output
    }

    /// Asks for consent to `plan` and decrypts the key. Returns `None` for a dry run, which prints
    /// the plan as its result.
    pub(crate) fn given<P: Serialize>(
        &self,
        plan: &P,
        text: impl FnOnce(&P) -> String,
    ) -> Result<Option<Wallet>, CliError> {
        self.given_to(plan, text, Gravity::Sends)
    }

    /// Asks like [`Consent::given`], for a plan that may send no transaction and then needs no
    /// consent.
    pub(super) fn given_to<P: Serialize>(
        &self,
        plan: &P,
        text: impl FnOnce(&P) -> String,
        gravity: Gravity,
    ) -> Result<Option<Wallet>, CliError> {
        if self.arguments.dry_run {
            self.output.result(plan, text);
            return Ok(None);
        }
        let asks = match gravity {
            Gravity::Nothing => false,
            Gravity::Sends => self.arguments.asks(),
            Gravity::Ends => self.arguments.asks() || self.arguments.asks_about_end(),
        };
        if asks {
            self.output.note(text(plan));
            if !has_terminal() {
                return Err(CliError::Usage(
                    "the plan ends something, as it warns: say --force to send it all the same",
                ));
            }
            if !is_agreed("send it?")? {
                return Err(CliError::Declined);
            }
        }
        self.unlock().map(Some)
    }

    /// Returns the connection with `wallet` as its signer. It records its transactions.
    pub(crate) async fn sign_with(
        &self,
        wallet: Wallet,
        hetu: Hetutensor,
    ) -> Result<Hetutensor, CliError> {
        let journal: &Path = &self.journal;
        let stage = self.output.stage("waiting for another command of this wallet");
        let journaled = hetu.with_wallet(wallet).with_journal(journal).await?;
        stage.clear();
        Ok(journaled)
    }

    fn unlock(&self) -> Result<Wallet, CliError> {
        let keystore = self.sender.keystore()?;
        let wallet = self.arguments.password.decrypt(keystore, &self.sender, self.output)?;
        self.output.done(format_args!("signing as {}", self.sender));
        Ok(wallet)
    }
}
