//! The hyperparameters of a subnet.

mod list;
mod named;
mod value;

use serde::{Deserialize, Serialize};

use crate::Amount;

pub(crate) use self::list::for_each_hyperparameter;
pub use self::named::{
    Hyperparameter, HyperparameterChange, HyperparameterConflict, InvalidHyperparameter,
};
pub use self::value::HyperparameterValue;

macro_rules! structs {
    ($($(#[$documentation:meta])* $name:ident: $kind:ty = $field:ident, $accepted:expr;)*) => {
        /// The hyperparameters of a subnet (`SubnetManager.SubnetHyperparams`, in that order).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[non_exhaustive]
        pub struct Hyperparameters {
            $($(#[$documentation])* pub $name: $kind,)*
        }

        impl Hyperparameters {
            /// The number of hyperparameters.
            pub const COUNT: usize = [$(stringify!($name)),*].len();
        }

        /// Changes of some of a subnet's [`Hyperparameters`]; the others keep their values.
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
            /// Returns `true` if no hyperparameter changes.
            pub fn is_empty(&self) -> bool {
                *self == Self::default()
            }

            /// Returns `current` with these changes applied.
            pub fn apply_to(&self, current: &Hyperparameters) -> Hyperparameters {
                Hyperparameters { $($name: self.$name.unwrap_or(current.$name),)* }
            }

            /// Returns one flag for each hyperparameter that changes, in the order of the contract.
            pub(crate) fn flags(&self) -> [bool; Hyperparameters::COUNT] {
                [$(self.$name.is_some()),*]
            }

            /// Returns the new values, with zeros for the hyperparameters that do not change.
            pub fn or_zeros(&self) -> Hyperparameters {
                Hyperparameters { $($name: self.$name.unwrap_or_default(),)* }
            }
        }
    };
}

for_each_hyperparameter!(structs);

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
