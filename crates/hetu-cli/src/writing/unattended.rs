//! Fee limits of a program that sends without a person's consent.

use clap::Args;
use hetu::chain::client::SpendPolicy;
use hetu::{Amount, Hetutensor};

use crate::context::Context;
use crate::error::CliError;

/// Folder of the fees of the last day, by chain and account.
const FEES: &str = "fees";

/// Options of commands that go on sending.
#[derive(Args, Debug)]
#[command(next_help_heading = "Sending")]
pub(crate) struct UnattendedArguments {
    /// Pay at most this for gas in 24 hours, in HETU [default: the network's, 10].
    #[arg(long, value_name = "HETU")]
    max_daily_fee: Option<Amount>,
}

impl UnattendedArguments {
    /// Returns the connection with this limit on the fees of its account.
    pub(crate) async fn bound(
        &self,
        hetu: Hetutensor,
        context: &Context,
    ) -> Result<Hetutensor, CliError> {
        let hetu = match self.max_daily_fee {
            Some(limit) => hetu.with_policy(SpendPolicy::new().max_daily_fee(limit)),
            None => hetu,
        };
        Ok(hetu.with_daily_fee_ceiling(context.home().join(FEES)).await?)
    }
}
