//! The weights of a validator: set once for each epoch, with recovery after a crash.

mod chain_state;
mod error;
mod plan;
mod planning;
mod progress;
mod row;
mod setter;
mod state_file;
mod steps;
mod window;

pub use error::WeightError;
pub use progress::{SettingStep, StepMoment, WaitReason, WeightProgress};
pub use row::{FULL_WEIGHT, weights_of};
pub use setter::{WeightSetter, WeightSetterBuilder};
