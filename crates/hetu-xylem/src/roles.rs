//! The roles of accounts in the subnet.

use std::collections::HashMap;
use std::time::Duration;

use hetu_chain::future::ReadyOrBoxed;
use hetu_chain::model::Role;
use hetu_chain::text::ForeignError;
use hetu_chain::{Address, Amount};
use hetu_metastruct::{Metastruct, StaleReason};
use tokio::time::timeout;

/// The pause between two reads of the chain for unknown callers, however many arrive.
const CATCH_UP_PAUSE: Duration = Duration::from_millis(500);
/// The time that an unknown caller waits for such a read.
const CATCH_UP_LIMIT: Duration = Duration::from_secs(3);

/// The role of an account in the subnet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SubnetRole {
    /// The kind of the role.
    pub role: Role,
    /// `true` if the stake is above the threshold of the role.
    pub is_active: bool,
    /// The stake that the account allocated to the subnet.
    pub stake: Amount,
}

/// A source of roles. The miner queries it once for each request, so it must answer from memory.
///
/// The usual source is a [`Metastruct`]. For a closed group, use a map from addresses to roles.
pub trait RoleSource: Send + Sync + 'static {
    /// Returns the role of `account`, or `None` if it has no role in the subnet.
    ///
    /// # Errors
    /// [`RolesUnavailable`] if the roles are temporarily unknown. The miner then refuses callers.
    fn role_of(&self, account: Address) -> Result<Option<SubnetRole>, RolesUnavailable>;

    /// Returns `true` if the roles are unknown because the node serves another chain than before.
    ///
    /// Returns `false` by default.
    fn serves_other_chain(&self) -> bool {
        false
    }

    /// Reads the accounts that joined recently. The miner awaits it before it refuses an account
    /// without a role. The cost must be bounded, because any client can create accounts.
    ///
    /// Does no work by default.
    fn catch_up(&self) -> ReadyOrBoxed<'_, ()> {
        ReadyOrBoxed::ready(())
    }
}

/// The error of roles that are temporarily unavailable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the roles in the subnet are not known for now: {reason}")]
pub struct RolesUnavailable {
    /// The cause, for the operator's log.
    #[source]
    pub reason: ForeignError,
    /// The time after which to retry.
    pub retry_after: Duration,
}

impl RoleSource for Metastruct {
    fn role_of(&self, account: Address) -> Result<Option<SubnetRole>, RolesUnavailable> {
        let view = self.fresh_view().map_err(|stale| RolesUnavailable {
            reason: ForeignError::new(stale),
            // The cached view refreshes every few seconds after the chain is back.
            retry_after: Duration::from_secs(5),
        })?;
        Ok(view.get(account).map(|member| SubnetRole {
            role: member.dendron.role,
            is_active: member.dendron.is_active,
            stake: member.dendron.stake,
        }))
    }

    fn serves_other_chain(&self) -> bool {
        self.freshness().stale_reason() == Some(StaleReason::OtherChain)
    }

    fn catch_up(&self) -> ReadyOrBoxed<'_, ()> {
        ReadyOrBoxed::boxed(async {
            match timeout(CATCH_UP_LIMIT, Self::catch_up(self, CATCH_UP_PAUSE)).await {
                Ok(Ok(_)) => {}
                Ok(Err(error)) => tracing::debug!(%error, "no look at the chain for a caller"),
                Err(_) => tracing::debug!("a look at the chain for a caller took too long"),
            }
        })
    }
}

impl RoleSource for HashMap<Address, SubnetRole> {
    fn role_of(&self, account: Address) -> Result<Option<SubnetRole>, RolesUnavailable> {
        Ok(self.get(&account).copied())
    }
}
