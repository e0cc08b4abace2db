//! The state that the calls of a router share.

use std::sync::Arc;

use super::budget::RetryBudget;
use crate::Strategy;
use crate::selection::Selection;

/// The candidates, the budget of retries, and the default strategy.
#[derive(Clone, Debug)]
pub(super) struct RouterState {
    pub(super) selection: Selection,
    pub(super) budget: Arc<RetryBudget>,
    pub(super) strategy: Arc<dyn Strategy>,
}
