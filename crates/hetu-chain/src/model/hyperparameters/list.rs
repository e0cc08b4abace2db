//! The list of all hyperparameters.

/// Calls the macro `$callback` with the hyperparameters, in the order of the contract.
///
/// Each line is documentation, `name: type = name of the contract, accepted values;`. The structs,
/// the conversions of the ABI and of the Lens, and what the command line shows and reads all
/// derive from it. The accepted values are those of `contracts/src/HyperparamRules.sol`.
macro_rules! for_each_hyperparameter {
    ($callback:ident) => {
        $callback! {
            /// Exponent of incentive, in ten-thousandths.
            rho: u16 = rho, integer(1, 1_000);
            /// Majority of stake that agrees on a weight, of 65,535.
            kappa: u16 = kappa, integer(1, 65_535);
            /// Blocks in which a new dendron cannot be replaced.
            immunity_period: u16 = immunity_period, integer(1, 10_000);
            /// Length of an epoch in blocks, minus one: an epoch has `tempo + 1` blocks.
            tempo: u16 = tempo, integer(1, 10_000);
            /// Number of validators that the subnet wants.
            max_validators: u16 = max_validators, integer(1, 1_000);
            /// Blocks without weights after which a validator counts as inactive.
            activity_cutoff: u16 = activity_cutoff, integer(1, 50_000);
            /// Number of dendrons that may register.
            max_allowed_uids: u16 = max_allowed_uids, integer(1, 65_535);
            /// Number of validators that may register.
            max_allowed_validators: u16 = max_allowed_validators, integer(1, 1_000);
            /// The fewest weights a validator may set.
            min_allowed_weights: u16 = min_allowed_weights, integer(1, 10_000);
            /// The most weights a validator may set.
            max_weights_limit: u16 = max_weights_limit, integer(1, 10_000);
            /// Price of a registration.
            base_dendron_cost: Amount = base_neuron_cost, AMOUNT;
            /// Stored, without effect.
            current_difficulty: u64 = current_difficulty, integer(1, u64::MAX);
            /// Stored, without effect.
            target_registrations_per_interval: u16 = target_regs_per_interval, integer(1, 100);
            /// Number of dendrons that may register in one block.
            max_registrations_per_block: u16 = max_regs_per_block, integer(1, 10);
            /// Blocks a validator waits between two settings of weights.
            weights_rate_limit: u64 = weights_rate_limit, integer(1, 10_000);
            /// `true` if dendrons may register at all.
            registration_allowed: bool = registration_allowed, FLAG;
            /// `true` if weights are committed before they are revealed.
            commit_reveal_enabled: bool = commit_reveal_enabled, FLAG;
            /// Blocks between commit and reveal.
            commit_reveal_period: u64 = commit_reveal_period, integer(1, 10_000);
            /// Blocks a dendron waits between two changes of its endpoint.
            serving_rate_limit: u64 = serving_rate_limit, integer(1, 1_000);
            /// The least stake of a validator.
            validator_threshold: Amount = validator_threshold, AMOUNT;
            /// The least stake of a miner.
            dendron_threshold: Amount = neuron_threshold, AMOUNT;
        }
    };
}

pub(crate) use for_each_hyperparameter;

/// Pairs of hyperparameters of which the first may not exceed the second.
pub(super) const ORDERED: [(&str, &str); 3] = [
    ("max_validators", "max_allowed_validators"),
    ("min_allowed_weights", "max_weights_limit"),
    ("dendron_threshold", "validator_threshold"),
];
