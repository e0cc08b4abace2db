//! The role of a caller, checked before its content is read and again before it is served.

use std::sync::Arc;

use hetu_cambium::{Reason, Refusal, VerifiedRequest};
use hetu_chain::{Address, Clock};
use tokio::time::Instant;

use super::refusals::{Declined, RequestCheck};
use super::within::within;
use crate::policy::CurrentPolicy;
use crate::roles::{RoleSource, SubnetRole};

/// The checks of callers against the policy and the latest roles.
pub(crate) struct RoleChecks {
    policy: Arc<CurrentPolicy>,
    roles: Arc<dyn RoleSource>,
    clock: Arc<dyn Clock>,
}

/// A caller that passed every check, with the end of its session.
#[derive(Clone, Copy, Debug)]
pub(super) struct AdmittedCaller {
    address: Address,
    /// The first second after the end of its session, or `None` outside of sessions.
    session_expires: Option<u64>,
}

impl AdmittedCaller {
    pub(super) fn of(request: &VerifiedRequest) -> Self {
        Self { address: request.caller(), session_expires: request.session_expires() }
    }
}

impl RoleChecks {
    pub(crate) fn new(
        policy: Arc<CurrentPolicy>,
        roles: Arc<dyn RoleSource>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { policy, roles, clock }
    }

    /// Checks the role of the claimed caller. Reads the chain again if the caller is unknown.
    pub(super) async fn check(&self, caller: Address, deadline: Instant) -> Result<(), Declined> {
        self.look_for_newcomer(caller, deadline).await;
        self.decide(caller)
    }

    /// Checks that the caller still has its role, and that its session has not ended.
    pub(super) fn recheck(&self, caller: &AdmittedCaller) -> Result<(), Declined> {
        let AdmittedCaller { address, session_expires } = *caller;
        self.decide(address)?;
        if session_expires.is_some_and(|expires| expires <= self.clock.unix_seconds()) {
            let detail = "the session ended before the call was served: open another";
            return Err(
                RequestCheck::Session.declined(Refusal::new(Reason::UnknownSession, detail))
            );
        }
        Ok(())
    }

    fn decide(&self, caller: Address) -> Result<(), Declined> {
        let admitted = self.policy.load().admit(caller, || self.role_of(caller));
        admitted.map_err(|refusal| RequestCheck::Role.declined(refusal))
    }

    /// Waits for an account that registered recently and may not be in the cached view yet.
    async fn look_for_newcomer(&self, caller: Address, deadline: Instant) {
        let is_unknown = self.policy.load().asks_for_role(caller)
            && matches!(self.roles.role_of(caller), Ok(None));
        if is_unknown {
            // A caller that is not found in time is refused as unknown.
            let _ = within(deadline, self.roles.catch_up()).await;
        }
    }

    fn role_of(&self, account: Address) -> Result<Option<SubnetRole>, Refusal> {
        self.roles.role_of(account).map_err(|unavailable| {
            tracing::warn!(reason = %unavailable, "callers are refused");
            Refusal::new(Reason::RoleUnavailable, "the miner does not know for now who is who")
                .with_retry_after(unavailable.retry_after)
        })
    }
}
