//! The accounts for which a part of each bounded table is reserved.

use std::fmt;
use std::sync::Arc;

use crate::AccountId;

/// A predicate for the accounts for which half of a bounded table is reserved.
///
/// Keys cost nothing, so one client could fill every table where all accounts that sign are served.
/// Accounts outside of the predicate are refused once a table is half full.
#[derive(Clone)]
pub struct RegisteredAccounts(Arc<dyn Fn(&AccountId) -> bool + Send + Sync>);

impl RegisteredAccounts {
    /// The accounts for which `is_registered` returns `true`. It is called for each verified
    /// request that has to be remembered, and must answer from memory.
    pub fn new(is_registered: impl Fn(&AccountId) -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(is_registered))
    }

    /// Returns the part of `capacity` that the account may use.
    pub(crate) fn share(&self, account: &AccountId, capacity: usize) -> usize {
        if (self.0)(account) { capacity } else { capacity.div_ceil(2) }
    }
}

impl Default for RegisteredAccounts {
    /// Every account.
    fn default() -> Self {
        Self::new(|_| true)
    }
}

impl fmt::Debug for RegisteredAccounts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("RegisteredAccounts").finish_non_exhaustive()
    }
}
