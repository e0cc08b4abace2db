//! Checks that are made again, since content arrives slowly and calls wait.

use hetu_cambium::{Reason, Refusal, VerifiedRequest};
use hetu_chain::Address;

use super::Miner;
use super::check::{Check, Declined};
use crate::RateLimiter;

/// A caller that passed every check, and how long its session lasts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Admitted {
    caller: Address,
    /// The first second in which its session is over; `None` outside of sessions.
    session_expires: Option<u64>,
}

impl Admitted {
    pub(super) fn of(request: &VerifiedRequest) -> Self {
        Self { caller: request.caller(), session_expires: request.session_expires() }
    }
}

impl Miner {
    /// Checks that the caller still has its role, and that its session is not over.
    pub(super) fn recheck(&self, admitted: &Admitted) -> Result<(), Declined> {
        let Admitted { caller, session_expires } = *admitted;
        let policy = self.policy.load();
        let admitted = policy.admit(caller, || self.standing(caller));
        admitted.map_err(|refusal| Check::Role.declined(refusal))?;
        if session_expires.is_some_and(|expires| expires <= self.clock.unix_seconds()) {
            let detail = "the session ended before the call was served: open another";
            return Err(Check::Session.declined(Refusal::new(Reason::UnknownSession, detail)));
        }
        Ok(())
    }

    /// The rates in which the calls of `account` are counted. Accounts without a role have a table
    /// of their own, where accounts that cost nothing could fill the other.
    pub(super) fn rates_of(&self, account: Address) -> &dyn RateLimiter {
        if self.registered.contains(account) { &*self.rates } else { &*self.other_rates }
    }
}
