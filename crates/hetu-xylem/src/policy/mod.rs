//! The policy of a miner: the callers to serve and their limits.

mod file;
mod reload;

use std::collections::HashSet;

use hetu_cambium::{Reason, Refusal};
use hetu_chain::model::Role;
use hetu_chain::{Address, Amount};

pub use file::{PolicyFileError, PolicyValueError};
pub use reload::PolicyFile;
pub(crate) use reload::{CurrentPolicy, PolicyMetrics, follow_policy_file};

use crate::queue::WorkLimits;
use crate::rates::Rate;
use crate::roles::SubnetRole;

/// The default rate of open services for one address, in calls per second.
const OPEN_CALLS_PER_SECOND: u32 = 2;

/// The callers that a miner serves, and their limits. By default, it serves the active validators
/// of its subnet, without a rate limit.
///
/// A policy can be read from a file, with [`Policy::from_toml`], and replaced while the miner runs;
/// see [`XylemBuilder::policy_file`](crate::XylemBuilder::policy_file).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    served: Served,
    minimum_stake: Amount,
    allowed: HashSet<Address>,
    denied: HashSet<Address>,
    rate: Option<Rate>,
    open_rate: Option<Rate>,
    work: WorkLimits,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Served {
    Validators,
    Dendrons,
    Anyone,
    Listed,
}

impl Default for Policy {
    fn default() -> Self {
        Self::validators()
    }
}

impl Policy {
    fn of(served: Served) -> Self {
        Self {
            served,
            minimum_stake: Amount::ZERO,
            allowed: HashSet::new(),
            denied: HashSet::new(),
            rate: None,
            open_rate: Rate::per_second(OPEN_CALLS_PER_SECOND).ok(),
            work: WorkLimits::default(),
        }
    }

    /// Serves the active validators of the subnet.
    pub fn validators() -> Self {
        Self::of(Served::Validators)
    }

    /// Serves the active validators and miners of the subnet.
    pub fn dendrons() -> Self {
        Self::of(Served::Dendrons)
    }

    /// Serves every account that signs, registered or not.
    ///
    /// Keys are free to create. The state kept for accounts is bounded, and half of each bound is
    /// reserved for dendrons of the subnet and for accounts that are allowed by name. Other
    /// accounts can displace each other.
    pub fn anyone() -> Self {
        Self::of(Served::Anyone)
    }

    /// Serves only the accounts added with [`allowing`](Self::allowing).
    pub fn listed() -> Self {
        Self::of(Served::Listed)
    }

    /// Serves only accounts that have allocated at least `stake` to the subnet. The stake makes no
    /// difference for accounts that are allowed by name, or if every account is served.
    #[must_use]
    pub const fn with_minimum_stake(mut self, stake: Amount) -> Self {
        self.minimum_stake = stake;
        self
    }

    /// Also serves these accounts, regardless of role and stake.
    #[must_use]
    pub fn allowing(mut self, accounts: impl IntoIterator<Item = Address>) -> Self {
        self.allowed.extend(accounts);
        self
    }

    /// Never serves these accounts (403, `caller_refused`), even if they are allowed.
    #[must_use]
    pub fn denying(mut self, accounts: impl IntoIterator<Item = Address>) -> Self {
        self.denied.extend(accounts);
        self
    }

    /// Limits each caller to this rate; more is refused (429, `rate_limited`). By default, there is
    /// no limit.
    #[must_use]
    pub const fn with_rate(mut self, rate: Rate) -> Self {
        self.rate = Some(rate);
        self
    }

    /// Limits unsigned calls of open services to this rate for each remote address. Default: two
    /// per second.
    #[must_use]
    pub const fn with_open_rate(mut self, rate: Rate) -> Self {
        self.open_rate = Some(rate);
        self
    }

    /// Sets the limits of simultaneous work.
    #[must_use]
    pub const fn with_work(mut self, work: WorkLimits) -> Self {
        self.work = work;
        self
    }

    /// Returns the limits of simultaneous work.
    pub const fn work(&self) -> WorkLimits {
        self.work
    }

    pub(crate) const fn rate(&self) -> Option<Rate> {
        self.rate
    }

    pub(crate) const fn open_rate(&self) -> Option<Rate> {
        self.open_rate
    }

    /// Returns `true` if the decision about `caller` needs its role.
    pub(crate) fn asks_for_role(&self, caller: Address) -> bool {
        matches!(self.served, Served::Validators | Served::Dendrons)
            && !self.denied.contains(&caller)
            && !self.allowed.contains(&caller)
    }

    /// Returns `true` if `caller` is in the list of served accounts.
    pub(crate) fn allows_by_name(&self, caller: Address) -> bool {
        self.allowed.contains(&caller)
    }

    /// Decides about `caller`, by its `role` if the policy needs it. A caller with an unknown role
    /// is refused.
    pub(crate) fn admit(
        &self,
        caller: Address,
        role: impl FnOnce() -> Result<Option<SubnetRole>, Refusal>,
    ) -> Result<(), Refusal> {
        if self.denied.contains(&caller) {
            let detail = "the miner's policy does not serve this account";
            return Err(Refusal::new(Reason::CallerRefused, detail));
        }
        if self.served == Served::Anyone || self.allowed.contains(&caller) {
            return Ok(());
        }
        let refuse = |detail: &'static str| Err(Refusal::new(Reason::RoleNotAllowed, detail));
        if self.served == Served::Listed {
            return refuse("this miner serves a list of accounts, and the caller is not on it");
        }
        match role()? {
            None => refuse("the caller takes no part in this subnet"),
            Some(caller) if !caller.is_active => {
                refuse("the caller's stake is below the threshold of its role")
            }
            Some(caller) if caller.role != Role::Validator && self.served != Served::Dendrons => {
                refuse("only validators of this subnet are served")
            }
            Some(caller) if caller.stake < self.minimum_stake => {
                refuse("the caller's stake is below what this miner asks for")
            }
            Some(_) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALLER: Address = Address::new([1; 20]);

    fn unknown() -> Result<Option<SubnetRole>, Refusal> {
        Err(Refusal::new(Reason::RoleUnavailable, "no chain"))
    }

    fn outcome(policy: &Policy, role: Option<SubnetRole>) -> Option<Reason> {
        policy.admit(CALLER, || Ok(role)).err().map(|refusal| refusal.reason())
    }

    fn reason(policy: &Policy, role: Role, is_active: bool, stake: u64) -> Option<Reason> {
        outcome(policy, Some(SubnetRole { role, is_active, stake: Amount::from_hetu(stake) }))
    }

    #[test]
    fn by_default_active_validators_are_served() {
        let policy = Policy::default();
        assert_eq!(reason(&policy, Role::Validator, true, 0), None);
        assert_eq!(reason(&policy, Role::Validator, false, 900), Some(Reason::RoleNotAllowed));
        assert_eq!(reason(&policy, Role::Miner, true, 900), Some(Reason::RoleNotAllowed));
        assert_eq!(outcome(&policy, None), Some(Reason::RoleNotAllowed));
        assert_eq!(Reason::RoleNotAllowed.status().as_u16(), 403);
    }

    #[test]
    fn a_minimum_stake_comes_on_top_of_the_role() {
        let policy = Policy::validators().with_minimum_stake(Amount::from_hetu(500));
        assert_eq!(reason(&policy, Role::Validator, true, 500), None);
        assert_eq!(reason(&policy, Role::Validator, true, 499), Some(Reason::RoleNotAllowed));
        let policy = Policy::dendrons().with_minimum_stake(Amount::from_hetu(500));
        assert_eq!(reason(&policy, Role::Miner, true, 500), None);
        assert_eq!(reason(&policy, Role::Miner, true, 499), Some(Reason::RoleNotAllowed));
    }

    #[test]
    fn what_is_not_known_is_refused_unless_it_does_not_matter() {
        let refusal = Policy::validators().admit(CALLER, unknown).unwrap_err();
        assert_eq!((refusal.reason(), refusal.status().as_u16()), (Reason::RoleUnavailable, 503));
        assert!(Policy::validators().asks_for_role(CALLER));
        for policy in [Policy::anyone(), Policy::validators().allowing([CALLER])] {
            assert!(policy.admit(CALLER, unknown).is_ok());
            assert!(!policy.asks_for_role(CALLER));
        }
    }

    #[test]
    fn lists_go_before_roles_and_denial_before_everything() {
        let policy = Policy::validators().with_minimum_stake(Amount::MAX).allowing([CALLER]);
        assert_eq!(outcome(&policy, None), None);
        let other = Address::new([2; 20]);
        assert!(policy.admit(other, || Ok(None)).is_err());
        for policy in [policy, Policy::anyone(), Policy::listed().allowing([CALLER])] {
            let policy = policy.denying([CALLER]);
            assert_eq!(outcome(&policy, None), Some(Reason::CallerRefused));
            assert!(!policy.asks_for_role(CALLER));
        }
        assert_eq!(outcome(&Policy::listed(), None), Some(Reason::RoleNotAllowed));
        assert_eq!(outcome(&Policy::listed().allowing([CALLER]), None), None);
    }
}
