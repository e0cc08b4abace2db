//! The client itself.

use std::sync::Arc;

use futures_util::stream::{self, StreamExt};
use hetu_cambium::Service;
use hetu_chain::Hetutensor;
use hetu_metastruct::Metastruct;
use serde_json::Value;

use crate::exchange::Exchanger;
use crate::{Answer, PhloemBuilder, QueryError, Target};

/// How many queries of one broadcast are under way at once.
const BROADCAST_CONCURRENCY: usize = 256;

/// A validator's client: finds the miners of a subnet and queries them. Clones share
/// connections and picture.
///
/// Every request is signed by the validator's wallet, and every reply is verified to be the
/// registered miner's answer to that request before it is decoded.
#[derive(Clone, Debug)]
pub struct Phloem {
    metastruct: Metastruct,
    exchanger: Arc<Exchanger>,
}

impl Phloem {
    /// A client over the connection `hetu`, which needs a wallet.
    pub fn builder(hetu: Hetutensor) -> PhloemBuilder {
        PhloemBuilder::new(hetu)
    }

    pub(crate) fn new(metastruct: Metastruct, exchanger: Exchanger) -> Self {
        Self { metastruct, exchanger: Arc::new(exchanger) }
    }

    /// The picture of the subnet that the client works by.
    pub const fn metastruct(&self) -> &Metastruct {
        &self.metastruct
    }

    /// The active miners that serve somewhere, by falling stake.
    pub fn discover(&self) -> Vec<Target> {
        let view = self.metastruct.view();
        view.miners().iter().filter_map(|miner| Target::of(miner)).collect()
    }

    /// Asks one miner, once.
    ///
    /// Cancel safety: dropping the future closes the connection; the miner may have done the
    /// work already.
    ///
    /// # Errors
    /// [`QueryError`]. Nothing is asked twice: see [`QueryError::retryability`].
    pub async fn query<S>(
        &self,
        target: &Target,
        request: S,
    ) -> Result<Answer<S::Reply>, QueryError>
    where
        S: Service<Request = S>,
    {
        self.query_service::<S>(target, &request).await
    }

    /// As [`Phloem::query`], for a service whose request is a type of its own.
    ///
    /// # Errors
    /// [`QueryError`].
    pub async fn query_service<S: Service>(
        &self,
        target: &Target,
        request: &S::Request,
    ) -> Result<Answer<S::Reply>, QueryError> {
        let answer = self.exchanger.exchange::<S>(target, request).await;
        if let Err(error) = &answer {
            tracing::debug!(miner = %target.address, service = S::NAME, %error, "no answer");
        }
        answer
    }

    /// As [`Phloem::query`], in JSON, for a service that is known by its name alone: whatever the
    /// miner's discovery document describes.
    ///
    /// # Errors
    /// [`QueryError`].
    pub async fn query_json(
        &self,
        target: &Target,
        service: &str,
        request: &Value,
    ) -> Result<Answer<Value>, QueryError> {
        self.exchanger.exchange_json(target, service, request).await
    }

    /// Asks many miners the same at once. The outcomes have the order of `targets`, and there is
    /// one for each.
    ///
    /// Cancel safety: as [`Phloem::query`].
    pub async fn broadcast<S>(
        &self,
        targets: &[Target],
        request: S,
    ) -> Vec<Result<Answer<S::Reply>, QueryError>>
    where
        S: Service<Request = S>,
        S::Request: Sync,
    {
        self.broadcast_service::<S>(targets, &request).await
    }

    /// As [`Phloem::broadcast`], for a service whose request is a type of its own.
    pub async fn broadcast_service<S: Service>(
        &self,
        targets: &[Target],
        request: &S::Request,
    ) -> Vec<Result<Answer<S::Reply>, QueryError>>
    where
        S::Request: Sync,
    {
        stream::iter(targets)
            .map(|target| self.query_service::<S>(target, request))
            .buffered(BROADCAST_CONCURRENCY)
            .collect()
            .await
    }
}
