//! Who sends, whether they want to, and their key.

use std::path::{Path, PathBuf};

use hetu::{Address, Hetutensor, Wallet};
use serde::Serialize;

use super::arguments::{WriteArguments, has_terminal};
use crate::account::SendingAccount;
use crate::confirmation::is_agreed;
use crate::context::Context;
use crate::error::CliError;
use crate::output::Output;

/// The degree to which a plan needs agreement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gravity {
    /// It sends nothing.
    Nothing,
    Sends,
    /// It ends something that cannot be had back, or not at once.
    Ends,
}

/// The account that is going to send, whose key is not decrypted before somebody agrees.
#[derive(Debug)]
pub(crate) struct Consent<'run> {
    arguments: &'run WriteArguments,
    output: &'run Output,
    sender: SendingAccount,
    journal: PathBuf,
}

impl<'run> Consent<'run> {
    /// Settles who sends, and makes sure that it can be agreed to.
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

    /// The account.
    pub(crate) const fn account(&self) -> Address {
        self.sender.address
    }

    pub(super) const fn sender(&self) -> &SendingAccount {
        &self.sender
    }

    pub(super) const fn output(&self) -> &'run Output {
        self.output
    }

    /// Asks whether what `plan` says is wanted, and decrypts the key. Nothing if it was a dry
    /// run: the plan is then the result.
    pub(crate) fn given<P: Serialize>(
        &self,
        plan: &P,
        text: impl FnOnce(&P) -> String,
    ) -> Result<Option<Wallet>, CliError> {
        self.given_to(plan, text, Gravity::Sends)
    }

    /// As [`Consent::given`], where there may be nothing to ask about: a plan that sends nothing.
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

    /// The connection in the name of `wallet`, which records what it sends.
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
