//! Whom a miner serves.

use hetu_cambium::{Reason, Refusal};
use hetu_chain::{Address, Amount, Role};

use crate::Roster;

/// Whom a miner serves: by default the active validators of its subnet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    served: Served,
    minimum_stake: Amount,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Served {
    Validators,
    Dendrons,
    Anyone,
}

impl Default for Policy {
    fn default() -> Self {
        Self::validators()
    }
}

impl Policy {
    const fn of(served: Served) -> Self {
        Self { served, minimum_stake: Amount::ZERO }
    }

    /// Serves the active validators of the subnet.
    pub const fn validators() -> Self {
        Self::of(Served::Validators)
    }

    /// Serves the active validators and miners of the subnet.
    pub const fn dendrons() -> Self {
        Self::of(Served::Dendrons)
    }

    /// Serves every account that signs, registered or not.
    ///
    /// Keys cost nothing, so put a limit on callers in front of such a miner.
    pub const fn anyone() -> Self {
        Self::of(Served::Anyone)
    }

    /// Serves those only who have allocated at least `stake` to the subnet. Where anyone is
    /// served, the stake makes no difference.
    #[must_use]
    pub const fn with_minimum_stake(mut self, stake: Amount) -> Self {
        self.minimum_stake = stake;
        self
    }

    pub(crate) fn serves_anyone(&self) -> bool {
        self.served == Served::Anyone
    }

    /// Decides about `caller`. What is not known is refused.
    pub(crate) fn admit(&self, roster: &dyn Roster, caller: Address) -> Result<(), Refusal> {
        if self.serves_anyone() {
            return Ok(());
        }
        let standing = roster.standing(caller).map_err(|unavailable| {
            tracing::warn!(reason = %unavailable, "callers are refused");
            Refusal::new(Reason::RoleUnavailable, "the miner does not know for now who is who")
                .with_retry_after(unavailable.retry_after)
        })?;
        let refuse = |detail: &'static str| Err(Refusal::new(Reason::RoleNotAllowed, detail));
        match standing {
            None => refuse("the caller takes no part in this subnet"),
            Some(standing) if !standing.is_active => {
                refuse("the caller's stake is below the threshold of its role")
            }
            Some(standing)
                if standing.role != Role::Validator && self.served != Served::Dendrons =>
            {
                refuse("only validators of this subnet are served")
            }
            Some(standing) if standing.stake < self.minimum_stake => {
                refuse("the caller's stake is below what this miner asks for")
            }
            Some(_) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::time::Duration;

    use super::*;
    use crate::{RosterUnavailable, Standing};

    const CALLER: Address = Address::new([1; 20]);

    fn reason(policy: Policy, role: Role, is_active: bool, stake: u64) -> Option<Reason> {
        let stake = Amount::from_hetu(stake);
        let roster = HashMap::from([(CALLER, Standing { role, is_active, stake })]);
        policy.admit(&roster, CALLER).err().map(|refusal| refusal.reason())
    }

    #[test]
    fn by_default_active_validators_are_served() {
        let policy = Policy::default();
        assert_eq!(reason(policy, Role::Validator, true, 0), None);
        assert_eq!(reason(policy, Role::Validator, false, 900), Some(Reason::RoleNotAllowed));
        assert_eq!(reason(policy, Role::Miner, true, 900), Some(Reason::RoleNotAllowed));
        let nobody: HashMap<Address, Standing> = HashMap::new();
        let refusal = policy.admit(&nobody, CALLER).unwrap_err();
        assert_eq!((refusal.reason(), refusal.status().as_u16()), (Reason::RoleNotAllowed, 403));
    }

    #[test]
    fn a_minimum_stake_comes_on_top_of_the_role() {
        let policy = Policy::validators().with_minimum_stake(Amount::from_hetu(500));
        assert_eq!(reason(policy, Role::Validator, true, 500), None);
        assert_eq!(reason(policy, Role::Validator, true, 499), Some(Reason::RoleNotAllowed));
        let policy = Policy::dendrons().with_minimum_stake(Amount::from_hetu(500));
        assert_eq!(reason(policy, Role::Miner, true, 500), None);
        assert_eq!(reason(policy, Role::Miner, true, 499), Some(Reason::RoleNotAllowed));
    }

    #[test]
    fn what_is_not_known_is_refused_unless_it_does_not_matter() {
        struct Unknown;
        impl Roster for Unknown {
            fn standing(&self, _: Address) -> Result<Option<Standing>, RosterUnavailable> {
                let retry_after = Duration::from_secs(5);
                Err(RosterUnavailable { reason: "no chain".into(), retry_after })
            }
        }
        let refusal = Policy::validators().admit(&Unknown, CALLER).unwrap_err();
        assert_eq!((refusal.reason(), refusal.status().as_u16()), (Reason::RoleUnavailable, 503));
        assert_eq!(refusal.retry_after(), Some(Duration::from_secs(5)));
        assert!(Policy::anyone().admit(&Unknown, CALLER).is_ok());
    }
}
