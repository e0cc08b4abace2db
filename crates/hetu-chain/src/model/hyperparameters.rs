//! The numbers that govern a subnet.

use serde::{Deserialize, Serialize};

use crate::Amount;

/// One list of the numbers, in the order of the contract, for what they are and for what of
/// them is to change.
macro_rules! hyperparameters {
    ($($(#[$documentation:meta])* $name:ident: $kind:ty,)*) => {
        /// The numbers that govern a subnet (`SubnetManager.SubnetHyperparams`, in that order).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[non_exhaustive]
        pub struct Hyperparameters {
            $($(#[$documentation])* pub $name: $kind,)*
        }

        /// What of a subnet's [`Hyperparameters`] is to differ; the rest stays as it is.
        ///
        /// ```
        /// use hetu_chain::model::HyperparameterChanges;
        ///
        /// let changes = HyperparameterChanges { tempo: Some(359), ..Default::default() };
        /// assert!(!changes.is_empty());
        /// ```
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct HyperparameterChanges {
            $(
                $(#[$documentation])*
                #[serde(skip_serializing_if = "Option::is_none")]
                pub $name: Option<$kind>,
            )*
        }

        impl HyperparameterChanges {
            /// Whether nothing differs.
            pub fn is_empty(&self) -> bool {
                *self == Self::default()
            }

            /// What `current` becomes with these changes.
            pub fn apply_to(&self, current: &Hyperparameters) -> Hyperparameters {
                Hyperparameters { $($name: self.$name.unwrap_or(current.$name),)* }
            }

            /// Which numbers differ, in the order of the contract.
            pub(crate) fn flags(&self) -> [bool; 21] {
                [$(self.$name.is_some()),*]
            }

            /// The numbers that differ, and zeros for the rest.
            pub(crate) fn or_zeros(&self) -> Hyperparameters {
                Hyperparameters { $($name: self.$name.unwrap_or_default(),)* }
            }
        }
    };
}

hyperparameters! {
    /// Exponent of incentive, in ten-thousandths.
    rho: u16,
    /// Majority of stake that agrees on a weight, of 65,535.
    kappa: u16,
    /// Blocks in which a new dendron cannot be replaced.
    immunity_period: u16,
    /// An epoch has `tempo + 1` blocks.
    tempo: u16,
    /// How many validators the subnet wants.
    max_validators: u16,
    /// Blocks without weights after which a validator counts as inactive.
    activity_cutoff: u16,
    /// How many dendrons may register.
    max_allowed_uids: u16,
    /// How many validators may register.
    max_allowed_validators: u16,
    /// The fewest weights a validator may set.
    min_allowed_weights: u16,
    /// The most weights a validator may set.
    max_weights_limit: u16,
    /// What a registration costs.
    base_dendron_cost: Amount,
    /// Stored, without effect.
    current_difficulty: u64,
    /// Stored, without effect.
    target_registrations_per_interval: u16,
    /// How many dendrons may register in one block.
    max_registrations_per_block: u16,
    /// Blocks a validator waits between two settings of weights.
    weights_rate_limit: u64,
    /// Whether dendrons may register at all.
    registration_allowed: bool,
    /// Whether weights are committed before they are revealed.
    commit_reveal_enabled: bool,
    /// Blocks between commit and reveal.
    commit_reveal_period: u64,
    /// Blocks a dendron waits between two changes of its endpoint.
    serving_rate_limit: u64,
    /// The least stake of a validator.
    validator_threshold: Amount,
    /// The least stake of a miner.
    dendron_threshold: Amount,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_touch_what_they_name_and_nothing_else() {
        let current = HyperparameterChanges { tempo: Some(99), ..Default::default() }.or_zeros();
        let changes = HyperparameterChanges {
            kappa: Some(7),
            dendron_threshold: Some(Amount::from_hetu(3)),
            ..Default::default()
        };
        let changed = changes.apply_to(&current);
        assert_eq!((changed.kappa, changed.tempo), (7, 99));
        assert_eq!(changed.dendron_threshold, Amount::from_hetu(3));
        let flagged: Vec<_> = (0..21).filter(|&place| changes.flags()[place]).collect();
        assert_eq!(flagged, [1, 20]);
    }

    #[test]
    fn changes_are_read_from_text_without_unknown_names() {
        let changes: HyperparameterChanges = toml::from_str("tempo = 359").unwrap();
        assert_eq!(changes, HyperparameterChanges { tempo: Some(359), ..Default::default() });
        assert!(toml::from_str::<HyperparameterChanges>("tempi = 359").is_err());
    }
}
