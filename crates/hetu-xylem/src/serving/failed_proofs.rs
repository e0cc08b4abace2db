//! Failed signatures, counted by source address.
//!
//! They are never counted by account: any client can claim an account, and its holder would be
//! charged.

use std::collections::HashMap;
use std::net::IpAddr;

use hetu_cambium::{Reason, Refusal};
use hetu_chain::identity::CheckSource;
use parking_lot::Mutex;
use tokio::time::Instant;

use super::arrival::RequestSource;
use crate::network::{RemoteAddress, network_of};
use crate::rates::Rate;

/// Failures per second of one address (IPv6: one /64). An honest caller has none.
const PER_SECOND: u32 = 20;
const BURST: u32 = 100;
/// Number of addresses in each of the two remembered generations.
const GENERATION: usize = 1 << 13;

/// A limit on signed requests from addresses with repeated failed signatures. Such a request is
/// refused before any other work. A connection with a verified request is exempt, so that other
/// clients behind the same address do not interrupt it.
#[derive(Debug)]
pub(crate) struct FailedProofs {
    /// The rate of failures, or `None` behind a proxy, because all callers then have its address.
    rate: Option<Rate>,
    sources: Mutex<FailingSources>,
}

/// The time of each address at which its failures no longer count (see [`Rate`]).
///
/// When the table is full, the two generations drop the addresses with the oldest failures at no
/// cost. An LRU cache crate would move an entry under the lock at each read.
#[derive(Debug, Default)]
struct FailingSources {
    recent: HashMap<IpAddr, Instant>,
    earlier: HashMap<IpAddr, Instant>,
}

impl FailedProofs {
    pub(crate) fn new(is_behind_proxy: bool) -> Self {
        let rate = Rate::per_second(PER_SECOND).map(|rate| rate.with_burst(BURST));
        Self { rate: rate.ok().filter(|_| !is_behind_proxy), sources: Mutex::default() }
    }

    /// Checks that `sender` does not exceed the rate of failed signatures.
    pub(super) fn check(&self, sender: &RequestSource) -> Result<(), Refusal> {
        let Some((rate, network)) = self.counted(sender) else { return Ok(()) };
        let known = self.sources.lock().get(&network);
        let Some(moment) = known else { return Ok(()) };
        rate.advance(Some(moment), Instant::now()).map(|_| ()).map_err(|wait| {
            let detail = "too many signatures from this address did not verify";
            Refusal::new(Reason::RateLimited, detail).with_retry_after(wait)
        })
    }

    /// Counts a failed signature of `sender`.
    pub(super) fn note(&self, sender: &RequestSource) {
        let Some((rate, network)) = self.counted(sender) else { return };
        let mut sources = self.sources.lock();
        // Requests that arrive together pass the check before the first of them fails. Failures
        // above the limit do not add to the count.
        if let Ok(moment) = rate.advance(sources.get(&network), Instant::now()) {
            sources.set(network, moment);
        }
    }

    /// Returns the origin by which checks of contract accounts are bounded for `sender`. Returns
    /// `None` if the address identifies no client, or if `sender` has proven a key.
    pub(super) fn check_source(&self, sender: &RequestSource) -> Option<CheckSource> {
        self.counted(sender).map(|(_, network)| CheckSource::from(network))
    }

    fn counted(&self, sender: &RequestSource) -> Option<(Rate, IpAddr)> {
        let RemoteAddress(remote) = sender.remote?;
        if sender.charge.as_ref().is_some_and(|charge| charge.is_of_verified_peer()) {
            return None;
        }
        Some((self.rate?, network_of(remote.ip())))
    }
}

impl FailingSources {
    fn get(&self, network: &IpAddr) -> Option<Instant> {
        self.recent.get(network).or_else(|| self.earlier.get(network)).copied()
    }

    fn set(&mut self, network: IpAddr, moment: Instant) {
        if self.recent.len() >= GENERATION && !self.recent.contains_key(&network) {
            self.earlier = std::mem::take(&mut self.recent);
        }
        self.recent.insert(network, moment);
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::time::Duration;

    use tokio::time::advance;

    use super::*;

    fn at(address: impl Into<IpAddr>) -> RequestSource {
        RequestSource { remote: Some(RemoteAddress((address.into(), 80).into())), charge: None }
    }

    #[tokio::test(start_paused = true)]
    async fn address_that_keeps_failing_is_refused_until_time_has_passed() {
        let failed = FailedProofs::new(false);
        let (source, other) = (at(Ipv4Addr::LOCALHOST), at(Ipv4Addr::new(192, 0, 2, 1)));
        for _ in 0..BURST {
            assert_eq!(failed.check(&source), Ok(()));
            failed.note(&source);
        }
        let refusal = failed.check(&source).unwrap_err();
        assert_eq!((refusal.reason(), refusal.status().as_u16()), (Reason::RateLimited, 429));
        assert!(refusal.retry_after().is_some());
        assert_eq!(failed.check(&other), Ok(()));
        advance(Duration::from_secs(1)).await;
        assert_eq!(failed.check(&source), Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn table_of_failures_is_bounded_and_forgets_the_oldest() {
        let failed = FailedProofs::new(false);
        let source = at(Ipv4Addr::LOCALHOST);
        for number in 0..100_000_u32 {
            failed.note(&at(Ipv4Addr::from(number)));
            // An address that fails repeatedly stays.
            failed.note(&source);
        }
        let sources = failed.sources.lock();
        assert!(sources.recent.len() + sources.earlier.len() <= 2 * GENERATION);
        drop(sources);
        assert!(failed.check(&source).is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn addresses_of_one_network_count_together_and_those_behind_a_proxy_not_at_all() {
        let source = |text: &str| at(text.parse::<IpAddr>().unwrap());
        let (failed, proxied) = (FailedProofs::new(false), FailedProofs::new(true));
        for number in 0..BURST {
            failed.note(&source(&format!("2001:db8::{number:x}")));
            proxied.note(&source("2001:db8::1"));
        }
        assert!(failed.check(&source("2001:db8::ffff:1")).is_err());
        assert_eq!(failed.check(&source("2001:db8:0:1::1")), Ok(()));
        assert_eq!(proxied.check(&source("2001:db8::1")), Ok(()));
    }
}
