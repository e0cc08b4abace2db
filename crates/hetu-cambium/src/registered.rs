//! Accounts that have a reserved part of each bounded table.

use std::fmt;
use std::sync::Arc;

use crate::AccountId;

/// A predicate for the accounts for which half of a bounded table is reserved.
///
/// Keys are free of cost, so one client could fill every table if all accounts that sign are
/// served. Other accounts are refused once a table is half full.
#[derive(Clone)]
pub struct RegisteredAccounts(Arc<dyn Fn(&AccountId) -> bool + Send + Sync>);

impl RegisteredAccounts {
    /// Creates the set of accounts for which `is_registered` returns `true`. The function is called
    /// for each verified request that must be remembered, and must answer from memory.
    pub fn new(is_registered: impl Fn(&AccountId) -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(is_registered))
    }

    /// Returns the part of `capacity` that the account may use.
    pub(crate) fn share(&self, account: &AccountId, capacity: usize) -> usize {
        if (self.0)(account) { capacity } else { capacity.div_ceil(2) }
    }
}

impl Default for RegisteredAccounts {
    /// Returns a set of all accounts.
    fn default() -> Self {
        Self::new(|_| true)
    }
}

impl fmt::Debug for RegisteredAccounts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("RegisteredAccounts").finish_non_exhaustive()
    }
}
