//! The mining mode of a localnet.

use std::time::Duration;

use clap::Args;
use hetu_devnet::Mining;

#[derive(Args, Debug)]
#[group(multiple = false)]
pub(super) struct MiningArguments {
    /// Seconds between blocks.
    #[arg(long, default_value_t = 1, value_name = "SECONDS",
          value_parser = clap::value_parser!(u64).range(1..))]
    block_time: u64,

    /// Make a block for each transaction at once, and none without.
    #[arg(long)]
    on_demand: bool,

    /// Make a block only when asked to by `evm_mine`.
    #[arg(long)]
    no_mining: bool,
}

impl MiningArguments {
    /// Returns the mining mode after the subnet is open.
    pub(super) const fn chosen(&self) -> Mining {
        if self.no_mining {
            Mining::Manual
        } else if self.on_demand {
            Mining::Instant
        } else {
            Mining::Interval(Duration::from_secs(self.block_time))
        }
    }
}
