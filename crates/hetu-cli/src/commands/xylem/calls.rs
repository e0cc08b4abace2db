//! The callers of a miner, and the time limits of their calls.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use hetu::cambium::Access;
use hetu::xylem::{Policy, ServerLimits, XylemBuilder};

use crate::error::CliError;
use crate::input::{SMALL, malformed, text_of};

#[derive(Args, Debug)]
pub(super) struct CallArguments {
    /// How long a call may take, in seconds; callers who wait less shorten it.
    #[arg(long, default_value_t = 60, value_name = "SECONDS",
          value_parser = clap::value_parser!(u64).range(1..=86_400))]
    call_timeout: u64,

    /// How long calls under way may go on after the signal to stop, in seconds.
    #[arg(long, default_value_t = 30, value_name = "SECONDS",
          value_parser = clap::value_parser!(u64).range(0..=86_400))]
    drain_timeout: u64,

    /// Whom to serve, and how much at a time, in TOML; read again whenever the file changes.
    /// Without it, the active validators of the subnet are served.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,

    /// Serve unsigned callers too, and signers without the role: in JSON, last, and at a low rate.
    #[arg(long)]
    open: bool,

    /// Serve callers too who sign by the revision of ERC-8128 before the newest.
    #[arg(long)]
    earlier_erc8128: bool,
}

impl CallArguments {
    pub(super) const fn timeout(&self) -> Duration {
        Duration::from_secs(self.call_timeout)
    }

    /// Reads the policy, so that an error in it is reported before any payment.
    pub(super) fn check_policy(&self) -> Result<(), CliError> {
        if let Some(path) = &self.policy {
            Policy::from_toml(&text_of(path, SMALL)?).map_err(|error| malformed(path, error))?;
        }
        Ok(())
    }

    /// Configures `miner`, which serves `service`, with these arguments.
    pub(super) fn apply_to(self, mut miner: XylemBuilder, service: &str) -> XylemBuilder {
        let limits = ServerLimits::default()
            .with_call_timeout(self.timeout())
            .with_drain_timeout(Duration::from_secs(self.drain_timeout));
        miner = miner.limits(limits);
        if let Some(path) = self.policy {
            miner = miner.policy_file(path);
        }
        if self.open {
            miner = miner.access(service, Access::Open);
        }
        if self.earlier_erc8128 {
            miner = miner.earlier_erc8128();
        }
        miner
    }
}
