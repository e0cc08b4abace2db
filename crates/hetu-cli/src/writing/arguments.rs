//! Arguments of every command that changes the chain.

use std::io::{self, IsTerminal};

use clap::Args;
use hetu::Amount;
use hetu::chain::client::SendOptions;

use crate::account::AccountChoice;
use crate::error::CliError;
use crate::password::PasswordArguments;

const WEI_PER_GWEI: u64 = 1_000_000_000;

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

    /// Also agree to what the plan warns of, such as a burn or a dendron that becomes inactive.
    #[arg(long)]
    force: bool,

    /// How many blocks have to include or follow a transaction before it counts.
    #[arg(long, default_value_t = 1, value_name = "NUMBER",
          value_parser = clap::value_parser!(u64).range(1..=10_000))]
    confirmations: u64,

    /// Pay at most this for the gas of one transaction, in HETU [default: the network's, 1].
    #[arg(long, value_name = "HETU")]
    max_fee: Option<Amount>,

    /// Tip this for a unit of gas, in gwei [default: as the nodes suggest, within bounds].
    #[arg(long, value_name = "GWEI", value_parser = gwei)]
    priority_fee: Option<Amount>,
}

/// Returns `true` if there is a terminal for questions.
pub(super) fn has_terminal() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Parses an amount in gwei with up to 9 decimals, which is exact to the wei.
fn gwei(text: &str) -> Result<Amount, String> {
    // HETU and gwei differ by as many decimals as gwei and wei.
    let scaled = text.parse::<Amount>().map_err(|error| error.to_string())?;
    let amount = scaled.checked_div(WEI_PER_GWEI).unwrap_or_default();
    if amount.saturating_mul(WEI_PER_GWEI) != scaled {
        return Err("an amount in gwei has at most 9 decimals".to_owned());
    }
    Ok(amount)
}

impl WriteArguments {
    /// Returns `true` if the user has to be asked.
    pub(super) const fn asks(&self) -> bool {
        !self.yes && !self.dry_run
    }

    /// Returns `true` if the user has to be asked about a plan that ends something, such as a dendron.
    pub(super) const fn asks_about_end(&self) -> bool {
        !self.force && !self.dry_run
    }

    /// Checks that the user can be asked if that is necessary.
    ///
    /// # Errors
    ///
    /// Returns [`CliError::Usage`] if the user has to be asked and there is no terminal.
    pub(super) fn check(&self) -> Result<(), CliError> {
        if self.asks() && !has_terminal() {
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
        options.max_fee = self.max_fee;
        options.max_priority_fee_per_gas = self.priority_fee;
        options
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tip_in_gwei_is_exact_to_last_wei() {
        assert_eq!(gwei("1.5").unwrap(), Amount::from_wei(1_500_000_000));
        assert_eq!(gwei("0.000000001").unwrap(), Amount::from_wei(1));
        for wrong in ["0.0000000001", "-1", "", "1e9", "one"] {
            assert!(gwei(wrong).is_err(), "{wrong}");
        }
    }
}
