//! What every command takes that changes the chain.

use std::io::{self, IsTerminal};

use clap::Args;
use hetu::chain::SendOptions;

use crate::account::AccountChoice;
use crate::error::CliError;
use crate::password::PasswordArguments;

#[derive(Args, Debug)]
#[command(next_help_heading = "Sending")]
pub(crate) struct WriteArguments {
    /// The wallet that signs and pays, by name or address; the only one by default.
    #[arg(long, env = "HETU_WALLET", hide_env = true, value_name = "WALLET")]
    pub(super) wallet: Option<AccountChoice>,

    #[command(flatten)]
    pub(super) password: PasswordArguments,

    /// Show what would be sent and what it costs at most. Nothing is signed or sent.
    #[arg(long)]
    pub(super) dry_run: bool,

    /// Send without asking.
    #[arg(long, short)]
    yes: bool,

    /// How many blocks have to include or follow a transaction before it counts.
    #[arg(long, default_value_t = 1, value_name = "NUMBER",
          value_parser = clap::value_parser!(u64).range(1..=10_000))]
    confirmations: u64,
}

impl WriteArguments {
    /// Whether somebody still has to be asked.
    pub(super) const fn asks(&self) -> bool {
        !self.yes && !self.dry_run
    }

    /// # Errors
    /// [`CliError::Usage`] if somebody has to be asked and nobody can be.
    pub(super) fn check(&self) -> Result<(), CliError> {
        if self.asks() && !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
            return Err(CliError::Usage(
                "there is no terminal to ask at: say --yes to send, or --dry-run to see what \
                 would be sent",
            ));
        }
        Ok(())
    }

    pub(crate) fn send_options(&self) -> SendOptions {
        let mut options = SendOptions::default();
        options.confirmations = self.confirmations;
        options
    }
}
