//! A validator that knows one address for all replicas.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hetu_cambium::{Envelope, PendingReply, ReplyRefusal, RequestSigner, Service, SignedRequest};
use hetu_chain::clock::ManualClock;
use http::{Request, Uri};

use crate::support::{CHAIN, NETUID, Reply, miner, send, validator};

pub(super) struct Caller {
    pub(super) clock: Arc<ManualClock>,
    pub(super) address: SocketAddr,
}

impl Caller {
    pub(super) fn uri(&self) -> Uri {
        format!("http://{}", self.address).parse().unwrap()
    }

    pub(super) fn envelope(&self) -> Envelope {
        Envelope::new(NETUID, miner().address(), Duration::from_secs(20))
    }

    pub(super) async fn sign<S: Service>(&self, call: &S::Request) -> SignedRequest {
        let signer = RequestSigner::new(Arc::new(validator()), CHAIN);
        let signer = signer.with_clock(self.clock.clone());
        signer.call::<S>(&self.uri(), call, &self.envelope()).await.unwrap()
    }

    /// Sends over a new connection, so that the next replica receives it.
    pub(super) async fn send(&self, request: Request<Bytes>) -> Reply {
        send(self.address, request).await
    }

    /// Verifies the miner's signature of the reply over this exchange.
    pub(super) fn verify(&self, pending: &PendingReply, reply: &Reply) -> Result<(), ReplyRefusal> {
        pending.verify(reply.status, &reply.headers, &reply.content, &*self.clock)
    }
}
