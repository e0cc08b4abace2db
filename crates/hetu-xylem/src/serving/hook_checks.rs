//! The hooks of the operator, and the urgency of a call by them.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hetu_chain::{Address, Amount};

use super::arrival::Arrival;
use super::refusals::{Declined, RequestCheck};
use crate::hooks::{HookRefusal, Hooks, IncomingCall, IncomingCallParts};
use crate::network::RemoteAddress;
use crate::queue::Urgency;
use crate::roles::{RoleSource, SubnetRole};
use crate::telemetry::RequestId;

const WEI_PER_HETU: f64 = 1e18;

/// The checks of calls by the hooks.
pub(crate) struct HookChecks {
    hooks: Hooks,
    timeout: Duration,
    roles: Arc<dyn RoleSource>,
}

/// A call that the hooks check.
#[derive(Clone, Copy, Debug)]
pub(super) struct AskedCall<'a> {
    pub(super) service: &'a str,
    /// The caller, or `None` for an unsigned call.
    pub(super) caller: Option<Address>,
    pub(super) content: &'a Bytes,
    pub(super) arrival: &'a Arrival,
}

/// The points of a call by the priority hook, if there is one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Priority(Option<f64>);

impl HookChecks {
    pub(crate) fn new(hooks: Hooks, timeout: Duration, roles: Arc<dyn RoleSource>) -> Self {
        Self { hooks, timeout, roles }
    }

    /// Runs every hook that may refuse the call, then the priority hook.
    pub(super) async fn ask(&self, call: AskedCall<'_>) -> Result<Priority, Declined> {
        // The fields are copied only for hooks.
        if self.hooks.is_empty() {
            return Ok(Priority(None));
        }
        let incoming = IncomingCall::new(self.parts(call));
        let decision = self.hooks.decide(&incoming, self.timeout).await;
        decision.map(Priority).map_err(|refusal| declined(call.service, refusal))
    }

    /// Returns the urgency of a call of `caller`. An unsigned call is last; any other call is
    /// ordered by its priority or stake.
    pub(super) fn urgency(&self, caller: Option<Address>, priority: Priority) -> Urgency {
        match (caller, priority) {
            (None, _) => Urgency::LEAST,
            (Some(_), Priority(Some(points))) => Urgency::of_points(points),
            (Some(caller), Priority(None)) => Urgency::of_points(points_of(self.role_of(caller))),
        }
    }

    fn parts(&self, call: AskedCall<'_>) -> IncomingCallParts {
        let AskedCall { service, caller, content, arrival } = call;
        IncomingCallParts {
            caller,
            role: caller.and_then(|account| self.role_of(account)),
            service: service.to_owned(),
            content: content.clone(),
            fields: arrival.parts.headers.clone(),
            remote: arrival.source.remote.map(|RemoteAddress(address)| address),
        }
    }

    fn role_of(&self, account: Address) -> Option<SubnetRole> {
        self.roles.role_of(account).ok().flatten()
    }
}

/// Converts the refusal of a hook. An error of the hook itself is logged, and opaque to the caller.
fn declined(service: &str, refusal: HookRefusal) -> Declined {
    let request_id = RequestId::current_or_new().to_string();
    let HookRefusal { hook, reason, error } = refusal;
    tracing::debug!(service, request_id, hook, ?error, "a hook refused a call");
    RequestCheck::Hook.declined_with(error.into_problem_for(reason, service, &request_id))
}

/// Returns the points of `role`: one point for each factor of ten of stake.
fn points_of(role: Option<SubnetRole>) -> f64 {
    let stake = role.map_or(Amount::ZERO, |role| role.stake);
    let hetu = stake.to_wei().unwrap_or(u128::MAX) as f64 / WEI_PER_HETU;
    (1.0 + hetu).log10()
}
