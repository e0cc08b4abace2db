//! Requests to one miner.

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;

use super::MinerConnector;
use super::head::{self, InterimLimit};
use crate::transport_failure::not_sent;
use crate::{HttpViolation, QueryError};

/// The connections to one miner. They close when this and the calls in flight are dropped.
#[derive(Clone, Debug)]
pub(crate) struct MinerClient {
    http: Client<MinerConnector, Full<Bytes>>,
    interim: InterimLimit,
}

impl MinerClient {
    pub(super) const fn new(
        http: Client<MinerConnector, Full<Bytes>>,
        interim: InterimLimit,
    ) -> Self {
        Self { http, interim }
    }

    /// Sends `request` and returns the reply with a head that is within bounds.
    ///
    /// All traffic to miners passes through here, so every head is checked.
    pub(crate) async fn request(
        &self,
        mut request: Request<Full<Bytes>>,
    ) -> Result<Response<Incoming>, QueryError> {
        self.interim.watch(&mut request);
        let reply = self.http.request(request).await;
        if self.interim.is_exceeded() {
            return Err(HttpViolation::TooManyInterimReplies.into());
        }
        let reply = reply.map_err(not_sent)?;
        head::check(reply.headers())?;
        Ok(reply)
    }
}
