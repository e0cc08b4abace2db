//! Names of hosts, resolved to addresses that may be connected to.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use hetu_metastruct::is_public_address;
use hyper_util::client::legacy::connect::dns::{GaiResolver, Name};
use tower::Service;

/// Resolves the host names of miners, and drops addresses of the caller's own network: a name
/// that its owner points at a private address would otherwise reach it.
#[derive(Clone, Debug)]
pub(crate) struct MinerResolver {
    resolver: GaiResolver,
    allows_private_addresses: bool,
}

impl MinerResolver {
    pub(super) fn new(allows_private_addresses: bool) -> Self {
        Self { resolver: GaiResolver::new(), allows_private_addresses }
    }
}

impl Service<Name> for MinerResolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.resolver.poll_ready(context)
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let allows_private_addresses = self.allows_private_addresses;
        let resolving = self.resolver.call(name);
        Box::pin(async move {
            let resolved = resolving.await?;
            let allowed =
                |address: &SocketAddr| allows_private_addresses || is_public_address(address.ip());
            let addresses: Vec<_> = resolved.filter(allowed).collect();
            if addresses.is_empty() {
                return Err(io::Error::other("the name has no public address"));
            }
            Ok(addresses.into_iter())
        })
    }
}

#[cfg(test)]
mod tests {
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
}
