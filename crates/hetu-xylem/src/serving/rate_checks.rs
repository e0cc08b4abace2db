//! The rate of a caller, checked before its signature is verified and charged after it.

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

/// The `Retry-After` of a caller if the rate store does not answer in time.
const PAUSE: Duration = Duration::from_secs(1);

/// The rates of accounts, and of network addresses for unsigned calls.
pub(crate) struct RateChecks {
    policy: Arc<CurrentPolicy>,
    registered: RegisteredCallers,
    accounts: Arc<dyn RateLimiter>,
    /// The rates of accounts without a role. They are free to create and could fill the table of
    /// other accounts.
    unknown_accounts: Arc<dyn RateLimiter>,
    /// The rates of unsigned calls, separate so that addresses take no room of accounts.
    addresses: Arc<dyn RateLimiter>,
}

impl RateChecks {
    /// Counts in `shared`, or in memory. In memory, each kind of caller has its own table.
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

    /// Refuses an account above its rate. The check counts no call, because any client can claim an
    /// account.
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

    /// Counts a call of a verified account.
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

    /// Counts an unsigned call by its network address. A peer that reads the reply cannot forge it.
    pub(super) async fn consume_unsigned(
        &self,
        source: &RequestSource,
        deadline: Instant,
    ) -> Result<RateKey, Declined> {
        let remote = source.remote.map(|RemoteAddress(address)| address.ip());
        let rate = self.policy.load().open_rate();
        // Without a bound, the miner serves no unsigned call.
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
