//! Asking a miner whether it is ready.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::Full;

use super::Probe;
use crate::Target;
use crate::exchange::Exchanger;

const LIMIT: Duration = Duration::from_secs(2);

/// `GET /health/ready`, which a Xylem answers with 200 as long as it serves. It proves nothing of
/// who answers; the request that follows does.
#[derive(Debug)]
pub(crate) struct ReadyProbe(pub(crate) Arc<Exchanger>);

impl Probe for ReadyProbe {
    async fn is_ready(&self, target: &Target) -> bool {
        let url = format!("{}/health/ready", target.endpoint);
        let Ok(request) = Request::get(url).body(Full::<Bytes>::default()) else { return false };
        let answered = tokio::time::timeout(LIMIT, self.0.http.request(request)).await;
        answered.is_ok_and(|reply| reply.is_ok_and(|reply| reply.status().is_success()))
    }
}
