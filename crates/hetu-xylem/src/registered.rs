//! The callers for which a part of each bounded table is reserved.

use std::fmt;
use std::sync::{Arc, OnceLock};

use hetu_chain::Address;

use crate::policy::CurrentPolicy;
use crate::roles::RoleSource;

/// The callers for which a part of each bounded table is reserved: dendrons of the subnet, and
/// accounts that the policy allows by name. Other accounts are free to create.
#[derive(Clone, Default)]
pub(crate) struct RegisteredCallers(Arc<OnceLock<RoleSources>>);

struct RoleSources {
    roles: Arc<dyn RoleSource>,
    policy: Arc<CurrentPolicy>,
}

impl RegisteredCallers {
    /// Reads the callers from `roles` and `policy` from now on. Before the call, there are none.
    pub(crate) fn follow(&self, roles: Arc<dyn RoleSource>, policy: Arc<CurrentPolicy>) {
        // The miner calls this once, at its start.
        let _ = self.0.set(RoleSources { roles, policy });
    }

    pub(crate) fn contains(&self, account: Address) -> bool {
        self.0.get().is_some_and(|RoleSources { roles, policy }| {
            policy.load().allows_by_name(account) || matches!(roles.role_of(account), Ok(Some(_)))
        })
    }
}

impl fmt::Debug for RegisteredCallers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("RegisteredCallers").finish_non_exhaustive()
    }
}
