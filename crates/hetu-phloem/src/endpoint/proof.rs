//! The proof that the registered key is at an endpoint, required before any other request.
//!
//! A signed request for the discovery document is answered by a signed reply (section 10 of the
//! protocol): one exchange proves the key and returns the miner's description of itself.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hetu_cambium::{
    DiscoveryDocument, Envelope, PendingReply, Reason, ReplyRefusal, RequestSigner,
};
use hetu_chain::text::ForeignError;
use hetu_chain::{Address, Clock, NetUid};
use http::response::Parts;
use http::uri::Scheme;
use http::{Request, StatusCode, Uri, Version};
use http_body_util::Full;
use tokio::time::timeout;

use super::proven::{Probation, ProvenDocument, ProvenEndpoint, at};
use crate::connector::{
    CertificateTrust, Dialer, HttpVersions, MinerClient, SeenCertificate, TrustAnchor,
};
use crate::receive::receive;
use crate::request_id::request_id;
use crate::retry_after::retry_after;
use crate::{IdentityRefusal, QueryError, json_weight, problem};

const DISCOVERY: &str = "/.well-known/hetu";
const PING: &str = "/ping";

/// Maximum length of a discovery document. It holds the JSON Schemas of all services. A broadcast
/// may have hundreds of proofs in flight.
const DOCUMENT_BYTES: usize = 256 * 1024;

/// The proof that a miner has to provide before any call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProofPolicy {
    /// Its discovery document, signed by the registered key for this very request.
    #[default]
    SignedDocument,
    /// As `SignedDocument`, except that a miner that answers without a signature receives one call,
    /// and further calls only after the registered key signed the reply to that one.
    ///
    /// For miners that do not sign their public documents. The client ignores the content of an
    /// unsigned document. It signs with the wallet for such a miner, and trusts only web
    /// authorities over TLS.
    FirstReply,
}

/// A client that requests proofs of keys from miners.
#[derive(Debug)]
pub(crate) struct Prover {
    pub(crate) dialer: Dialer,
    pub(crate) signer: RequestSigner,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) netuid: NetUid,
    pub(crate) policy: ProofPolicy,
    pub(crate) limit: Duration,
    /// `true` to use HTTP/2 without TLS for miners that offer it.
    pub(crate) speaks_http2_in_clear: bool,
}

/// A proven endpoint, and the document that came with the proof.
type EndpointProof = (ProvenEndpoint, Option<ProvenDocument>);

/// A reply to the request for the document.
struct DocumentReply {
    head: Parts,
    content: Bytes,
    certificate: Option<SeenCertificate>,
}

impl Prover {
    /// Requests a proof from the server at `endpoint` that it is `miner`.
    pub(super) async fn prove(
        &self,
        miner: Address,
        endpoint: &Uri,
    ) -> Result<ProvenEndpoint, QueryError> {
        self.within_limit(miner, endpoint).await.map(|(proven, _)| proven)
    }

    /// Proves the endpoint and returns its signed document, or `None` from a miner that signs none.
    pub(super) async fn ask_for_document(
        &self,
        miner: Address,
        endpoint: &Uri,
    ) -> Result<Option<DiscoveryDocument>, QueryError> {
        let (_, document) = self.within_limit(miner, endpoint).await?;
        Ok(document.map(ProvenDocument::into_read))
    }

    async fn within_limit(
        &self,
        miner: Address,
        endpoint: &Uri,
    ) -> Result<EndpointProof, QueryError> {
        let proving = timeout(self.limit, self.ask(miner, endpoint));
        proving.await.unwrap_or(Err(QueryError::TimedOut { limit: self.limit }))
    }

    async fn ask(&self, miner: Address, endpoint: &Uri) -> Result<EndpointProof, QueryError> {
        let trust = CertificateTrust::default();
        let client = self.dialer.client(endpoint, &trust, HttpVersions::Negotiated);
        let (pending, request) = self.request(miner, endpoint).await?;
        let response = client.request(request).await?;
        let certificate = response.extensions().get().copied();
        let (head, body) = response.into_parts();
        let content = receive(body, DOCUMENT_BYTES, None).await?;
        let reply = DocumentReply { head, content, certificate };

        let document = self.judge(miner, &pending, &reply)?;
        if endpoint.scheme() == Some(&Scheme::HTTPS) {
            let document = document.as_ref().map(ProvenDocument::read);
            let anchor = anchor(document, reply.certificate)?;
            // No other code has the cell, so it is empty.
            let _ = trust.set(anchor);
        }
        let http2 = match &document {
            Some(document) => self.client_in_clear(document.read(), endpoint, &trust).await,
            None => None,
        };
        let client = http2.unwrap_or(client);
        let probation = document.is_none().then(Probation::default);
        let proven = ProvenEndpoint::new(client, endpoint.clone(), document.as_ref(), probation);
        Ok((proven, document))
    }

    async fn request(
        &self,
        miner: Address,
        endpoint: &Uri,
    ) -> Result<(PendingReply, Request<Full<Bytes>>), QueryError> {
        let uri = at(endpoint, DISCOVERY)
            .map_err(|error| QueryError::Unreachable { reason: ForeignError::new(error) })?;
        let (mut parts, ()) = Request::new(()).into_parts();
        parts.uri = uri;
        let envelope = Envelope::new(self.netuid, miner, self.limit);
        let pending = self.signer.sign(&mut parts, b"", &envelope).await?;
        Ok((pending, Request::from_parts(parts, Full::default())))
    }

    /// Returns the document if it is proven, or `None` if the miner may prove itself by its first
    /// reply.
    fn judge(
        &self,
        miner: Address,
        pending: &PendingReply,
        reply: &DocumentReply,
    ) -> Result<Option<ProvenDocument>, QueryError> {
        let DocumentReply { head, content, .. } = reply;
        let status = head.status;
        match pending.verify(status, &head.headers, content, self.clock.as_ref()) {
            Ok(()) if status.is_success() => self.document(miner, content).map(Some),
            Ok(()) => Err(self.refusal(reply, true)),
            Err(ReplyRefusal::Unsigned) => self.judge_unsigned(reply).map(|()| None),
            Err(
                refusal @ (ReplyRefusal::WrongSigner { .. }
                | ReplyRefusal::BadSignature
                | ReplyRefusal::WrongSession),
            ) => Err(IdentityRefusal::Signature(refusal).into()),
            Err(refusal) => Err(refusal.into()),
        }
    }

    /// Returns an error unless one call may go to a miner that does not sign its document.
    fn judge_unsigned(&self, reply: &DocumentReply) -> Result<(), QueryError> {
        let status = reply.head.status;
        let has_no_document =
            matches!(status, StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED);
        match self.policy {
            ProofPolicy::FirstReply if status.is_success() || has_no_document => Ok(()),
            ProofPolicy::SignedDocument if status.is_success() => {
                Err(QueryError::Unproven(ReplyRefusal::Unsigned))
            }
            _ => Err(self.refusal(reply, false)),
        }
    }

    fn document(&self, miner: Address, content: &Bytes) -> Result<ProvenDocument, QueryError> {
        json_weight::check(content, DOCUMENT_BYTES)?;
        let document: DiscoveryDocument = serde_json::from_slice(content)
            .map_err(|error| QueryError::undecodable(&error, None))?;
        let DiscoveryDocument { address, chain_id, netuid, .. } = &document;
        let is_own =
            (*address, *chain_id, *netuid) == (miner, self.signer.account().chain, self.netuid);
        if is_own {
            Ok(ProvenDocument::new(document, content.clone()))
        } else {
            Err(IdentityRefusal::OtherDocument { address: *address }.into())
        }
    }

    /// Returns the error for a reply without the document. A server that is honestly another one
    /// reports that.
    fn refusal(&self, reply: &DocumentReply, is_signed: bool) -> QueryError {
        let DocumentReply { head, content, .. } = reply;
        let retry_after = retry_after(&head.headers, self.clock.as_ref());
        match problem::read(&head.headers, content) {
            Some(problem) if problem.reason() == Some(Reason::WrongRecipient) => {
                IdentityRefusal::OtherRecipient.into()
            }
            Some(problem) => {
                QueryError::Refused { problem: Box::new(problem), is_signed, retry_after }
            }
            None => {
                let (status, request_id) = (head.status, request_id(&head.headers));
                QueryError::UnexpectedStatus {
                    path: DISCOVERY.into(),
                    status,
                    retry_after,
                    request_id,
                }
            }
        }
    }

    /// Returns a client for HTTP/2 without TLS, if both sides want it and no proxy is between them.
    async fn client_in_clear(
        &self,
        document: &DiscoveryDocument,
        endpoint: &Uri,
        trust: &CertificateTrust,
    ) -> Option<MinerClient> {
        let is_in_clear = endpoint.scheme() == Some(&Scheme::HTTP);
        if !(self.speaks_http2_in_clear && is_in_clear && document.http2_in_clear) {
            return None;
        }
        let client = self.dialer.client(endpoint, trust, HttpVersions::PriorKnowledge);
        let ping = Request::get(at(endpoint, PING).ok()?).body(Full::default()).ok()?;
        let reply = client.request(ping).await.ok()?;
        (reply.version() == Version::HTTP_2).then_some(client)
    }
}

/// Returns the trust anchor of a miner, if the certificate `seen` passes.
fn anchor(
    document: Option<&DiscoveryDocument>,
    seen: Option<SeenCertificate>,
) -> Result<TrustAnchor, IdentityRefusal> {
    let seen = seen.ok_or(IdentityRefusal::UnknownCertificate)?;
    match document.and_then(|document| document.tls_certificate_sha256) {
        Some(pinned) if pinned == seen.fingerprint => Ok(TrustAnchor::Pinned(pinned)),
        Some(_) => Err(IdentityRefusal::OtherCertificate),
        None if seen.is_of_web_pki => Ok(TrustAnchor::WebPki),
        None => Err(IdentityRefusal::UnknownCertificate),
    }
}
