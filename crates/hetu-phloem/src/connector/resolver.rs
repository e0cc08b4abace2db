//! The resolution of host names to permitted addresses.

use std::future::Future;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use hetu_metastruct::is_public_address;
use hyper_util::client::legacy::connect::dns::Name;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tower::Service;

/// Maximum concurrent lookups. The system's resolver cannot be interrupted: a name with a server
/// that never answers holds its thread for half a minute, long after the caller has given up, and
/// the runtime has 512 such threads for all purposes.
const LOOKUPS: usize = 64;

/// Maximum addresses of one name that are tried: an answer may have thousands, each tried in turn.
const MOST_ADDRESSES: usize = 8;

/// A resolver of the host names of miners. It drops addresses of the caller's own network, because
/// the owner of a name could otherwise point it at a private address.
#[derive(Clone, Debug)]
pub(crate) struct MinerResolver {
    allows_private_addresses: bool,
    lookups: Arc<Semaphore>,
}

impl MinerResolver {
    pub(super) fn new(allows_private_addresses: bool) -> Self {
        Self { allows_private_addresses, lookups: Arc::new(Semaphore::new(LOOKUPS)) }
    }

    /// Looks up the addresses by `resolve`. Its permit is held until it returns, even if no caller
    /// waits.
    async fn look_up<Addresses>(
        self,
        resolve: impl FnOnce() -> io::Result<Addresses> + Send + 'static,
    ) -> io::Result<std::vec::IntoIter<SocketAddr>>
    where
        Addresses: Iterator<Item = SocketAddr>,
    {
        let turn = self.lookups.acquire_owned().await.map_err(io::Error::other)?;
        let allows_private_addresses = self.allows_private_addresses;
        let looking_up = spawn_blocking(move || {
            let _turn = turn;
            let allowed =
                |address: &SocketAddr| allows_private_addresses || is_public_address(address.ip());
            let resolved = resolve()?;
            Ok(resolved.filter(allowed).take(MOST_ADDRESSES).collect::<Vec<_>>())
        });
        let addresses: io::Result<Vec<_>> = looking_up.await.map_err(io::Error::other)?;
        let addresses = addresses?;
        if addresses.is_empty() {
            return Err(io::Error::other("the name has no public address"));
        }
        Ok(addresses.into_iter())
    }
}

impl Service<Name> for MinerResolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        Box::pin(self.clone().look_up(move || (name.as_str(), 0).to_socket_addrs()))
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::sync::mpsc;
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    async fn resolve(allows_private_addresses: bool) -> io::Result<Vec<SocketAddr>> {
        let mut resolver = MinerResolver::new(allows_private_addresses);
        let name = "localhost".parse().unwrap();
        Ok(resolver.call(name).await?.collect())
    }

    #[tokio::test]
    async fn a_name_of_the_own_machine_resolves_only_where_that_is_allowed() {
        assert!(resolve(true).await.unwrap().iter().all(|address| address.ip().is_loopback()));
        assert!(resolve(false).await.unwrap_err().to_string().contains("no public address"));
    }

    fn addresses(count: u32) -> impl Iterator<Item = SocketAddr> {
        (0..count).map(|number| (Ipv4Addr::from(0x0808_0808 + number), 0).into())
    }

    #[tokio::test]
    async fn answer_with_thousands_of_addresses_is_cut() {
        let resolver = MinerResolver::new(false);
        let found = resolver.look_up(|| Ok(addresses(10_000))).await.unwrap();
        assert_eq!(found.count(), MOST_ADDRESSES);
    }

    /// Covers tasks that outlive their caller: lookups of names with servers that never answer.
    #[tokio::test]
    async fn lookups_that_hang_are_limited_though_their_callers_have_left() {
        let resolver = MinerResolver::new(true);
        let (mut hanging, mut callers) = (Vec::new(), Vec::new());
        for _ in 0..LOOKUPS {
            let (answer, answered) = mpsc::channel::<()>();
            hanging.push(answer);
            let (began, has_begun) = tokio::sync::oneshot::channel();
            callers.push(tokio::spawn(resolver.clone().look_up(move || {
                let _ = began.send(());
                let _ = answered.recv();
                Ok(addresses(1))
            })));
            has_begun.await.unwrap();
        }
        callers.iter().for_each(tokio::task::JoinHandle::abort);
        let mut next = std::pin::pin!(resolver.clone().look_up(|| Ok(addresses(1))));
        assert!(timeout(Duration::from_millis(50), next.as_mut()).await.is_err());
        hanging.pop();
        assert_eq!(timeout(Duration::from_secs(20), next).await.unwrap().unwrap().count(), 1);
    }
}
