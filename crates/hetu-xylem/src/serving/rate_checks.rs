//! The rate of a caller: looked at before its signature is verified, and charged after it.

use std::sync::Arc;
use std::time::Duration;

use hetu_cambium::{AccountId, Reason, Refusal};
use hetu_chain::Address;
use tokio::time::Instant;

use super::arrival::RequestSource;
use super::refusals::{Declined, RequestCheck};
use super::within::within;
use crate::network::RemoteAddress;
use crate::policy::CurrentPolicy;
use crate::rates::{InMemoryRateLimiter, RateKey, RateLimiter, RateRefusal};
use crate::registered::RegisteredCallers;

/// The `Retry-After` of a caller that was not counted in time.
const PAUSE: Duration = Duration::from_secs(1);

/// Counts the calls of accounts, and of network addresses where calls are unsigned.
pub(crate) struct RateChecks {
    policy: Arc<CurrentPolicy>,
    registered: RegisteredCallers,
    accounts: Arc<dyn RateLimiter>,
    /// Accounts without a role, which cost nothing and could fill the table of the others.
    unknown_accounts: Arc<dyn RateLimiter>,
    /// Unsigned calls, so that addresses take no room of accounts.
    addresses: Arc<dyn RateLimiter>,
}

impl RateChecks {
    /// Counts in `shared`, or in memory: there, each kind of caller has a table of its own.
    pub(crate) fn new(
        policy: Arc<CurrentPolicy>,
        registered: RegisteredCallers,
        shared: Option<Arc<dyn RateLimiter>>,
    ) -> Self {
        let table = || -> Arc<dyn RateLimiter> {
            shared.clone().unwrap_or_else(|| Arc::new(InMemoryRateLimiter::default()))
        };
        let (accounts, unknown_accounts, addresses) = (table(), table(), table());
        Self { policy, registered, accounts, unknown_accounts, addresses }
    }

    /// Refuses an account that called too often. Nothing is counted: anyone can claim an account.
    pub(super) async fn check(
        &self,
        account: AccountId,
        deadline: Instant,
    ) -> Result<(), Declined> {
        let Some(rate) = self.policy.load().rate() else { return Ok(()) };
        let table = self.table_of(account.address);
        let answer = within(deadline, table.check(RateKey::account(account), rate)).await;
        declined(answer.unwrap_or_else(|_| Err(uncounted())))
    }

    /// Counts a call of an account that has proven itself.
    pub(super) async fn consume(
        &self,
        account: AccountId,
        deadline: Instant,
    ) -> Result<(), Declined> {
        let Some(rate) = self.policy.load().rate() else { return Ok(()) };
        let table = self.table_of(account.address);
        let answer = within(deadline, table.consume(RateKey::account(account), rate)).await;
        declined(answer.unwrap_or_else(|_| Err(uncounted())))
    }

    /// Counts an unsigned call by its network address, which a peer that reads the reply cannot
    /// forge.
    pub(super) async fn consume_unsigned(
        &self,
        source: &RequestSource,
        deadline: Instant,
    ) -> Result<RateKey, Declined> {
        let remote = source.remote.map(|RemoteAddress(address)| address.ip());
        let rate = self.policy.load().open_rate();
        // Without a bound no unsigned call is served.
        let (Some(remote), Some(rate)) = (remote, rate) else {
            let detail = "the request must be signed: where it comes from is not known";
            return Err(RequestCheck::Rate.declined(Refusal::new(Reason::SignatureMissing, detail)));
        };
        let key = RateKey::remote(remote);
        let answer = within(deadline, self.addresses.consume(key, rate)).await;
        declined(answer.unwrap_or_else(|_| Err(uncounted())))?;
        Ok(key)
    }

    fn table_of(&self, account: Address) -> &dyn RateLimiter {
        if self.registered.contains(account) { &*self.accounts } else { &*self.unknown_accounts }
    }
}

fn declined(answer: Result<(), RateRefusal>) -> Result<(), Declined> {
    answer.map_err(|refusal| RequestCheck::Rate.declined(refusal.into()))
}

fn uncounted() -> RateRefusal {
    RateRefusal::Unavailable { reason: "the time of the call was over".into(), retry_after: PAUSE }
}
