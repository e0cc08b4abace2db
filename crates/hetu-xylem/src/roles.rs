//! The roles of accounts in the subnet.

use std::collections::HashMap;
use std::time::Duration;

use hetu_chain::future::ReadyOrBoxed;
use hetu_chain::model::Role;
use hetu_chain::text::ForeignError;
use hetu_chain::{Address, Amount};
use hetu_metastruct::{Metastruct, StaleReason};
use tokio::time::timeout;

/// How long to leave the chain alone between two looks for unknown callers, however many come.
const CATCH_UP_PAUSE: Duration = Duration::from_millis(500);
/// How long an unknown caller waits for such a look.
const CATCH_UP_LIMIT: Duration = Duration::from_secs(3);

/// The part that an account takes in the subnet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SubnetRole {
    /// What it does.
    pub role: Role,
    /// Whether its stake is above the threshold of its role.
    pub is_active: bool,
    /// What it has allocated to the subnet.
    pub stake: Amount,
}

/// A source of roles. It is asked once for each request and must answer from memory.
///
/// The usual one is a [`Metastruct`]; a map from addresses to roles does for a closed group.
pub trait RoleSource: Send + Sync + 'static {
    /// Returns the role of `account`, or `None` if it takes no part in the subnet.
    ///
    /// # Errors
    /// [`RolesUnavailable`] if that is not known for now. Callers are refused then.
    fn role_of(&self, account: Address) -> Result<Option<SubnetRole>, RolesUnavailable>;

    /// Returns `true` if roles cannot be known because the node serves another chain than before.
    ///
    /// `false` by default.
    fn serves_other_chain(&self) -> bool {
        false
    }

    /// Learns of those who came in just now. Awaited before an account without a role is
    /// refused, so it must bound its own cost: anyone can make up accounts.
    ///
    /// Does nothing by default.
    fn catch_up(&self) -> ReadyOrBoxed<'_, ()> {
        ReadyOrBoxed::ready(())
    }
}

/// It is not known for now who is who.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the roles in the subnet are not known for now: {reason}")]
pub struct RolesUnavailable {
    /// The cause, for the operator's log.
    #[source]
    pub reason: ForeignError,
    /// When it is worth asking again.
    pub retry_after: Duration,
}

impl RoleSource for Metastruct {
    fn role_of(&self, account: Address) -> Result<Option<SubnetRole>, RolesUnavailable> {
        let view = self.fresh_view().map_err(|stale| RolesUnavailable {
            reason: ForeignError::new(stale),
            // The picture is refreshed every few seconds as soon as the chain is back.
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
