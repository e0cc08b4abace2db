//! The order in which a request is checked, served and answered.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use hetu_cambium::{
    Claim, Codec, Problem, Reason, Refusal, ReplayGuard, ReplySigner, RequestVerifier, Service,
    SessionOffer, VerifiedRequest, fields,
};
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body::Body;
use tokio::time::{Instant, timeout_at};
use uuid::Uuid;

use super::content::read_content;
use super::documents::{Documents, status_document};
use super::resource::Resource;
use super::service_table::{CallFailure, ServiceTable};
use crate::handler::internal_problem;
use crate::{Policy, Roster, ServerLimits};

/// Everything that answering a request takes. Shared by all connections.
pub(crate) struct Miner {
    pub(crate) services: ServiceTable,
    pub(crate) documents: Documents,
    pub(crate) verifier: RequestVerifier,
    pub(crate) guard: ReplayGuard,
    pub(crate) replies: ReplySigner,
    pub(crate) policy: Policy,
    pub(crate) roster: Arc<dyn Roster>,
    pub(crate) limits: ServerLimits,
    pub(crate) is_stopping: AtomicBool,
}

impl Miner {
    /// Answers one request. Everything that can go wrong is an answer too.
    pub(crate) async fn answer<B>(&self, request: Request<B>) -> Response<Bytes>
    where
        B: Body<Data = Bytes>,
        B::Error: std::error::Error + Send + Sync + 'static,
    {
        let arrived = Instant::now();
        let (parts, body) = request.into_parts();
        let path = parts.uri.path();
        match Resource::at(path) {
            Some(resource) if !resource.methods().contains(&parts.method) => {
                wrong_method(resource.allowed())
            }
            Some(resource) => {
                let answer = self.show(resource);
                if parts.headers.contains_key(fields::SIGNATURE) {
                    self.show_signed(answer, &parts, body, arrived).await
                } else {
                    answer
                }
            }
            None => match path.strip_prefix('/').filter(|name| self.offers(name)) {
                None => self.unknown_service(),
                Some(_) if parts.method != Method::POST => wrong_method("POST"),
                Some(name) => self.serve(name, &parts, body, arrived).await,
            },
        }
    }

    fn show(&self, resource: Resource) -> Response<Bytes> {
        match resource {
            Resource::Ping => document(StatusCode::OK, self.documents.ping.clone()),
            Resource::Discovery => document(StatusCode::OK, self.documents.discovery.clone()),
            Resource::OpenApi => document(StatusCode::OK, self.documents.openapi.clone()),
            Resource::Live => document(StatusCode::OK, status_document("ok")),
            Resource::Ready => self.readiness(),
        }
    }

    /// Who signs a request for an open resource gets a signed answer: the proof that the miner's
    /// key is here. It is checked like a call, so that nobody makes the miner sign without end.
    async fn show_signed<B>(
        &self,
        answer: Response<Bytes>,
        parts: &Parts,
        body: B,
        arrived: Instant,
    ) -> Response<Bytes>
    where
        B: Body<Data = Bytes>,
        B::Error: std::error::Error + Send + Sync + 'static,
    {
        let admitted = async {
            let claim = self.claim(parts).await?;
            self.verify(claim, parts, body, arrived).await
        };
        match admitted.await {
            Ok(call) => self.sign(&call.request, answer).await,
            Err(refusal) => refused(parts.uri.path(), refusal),
        }
    }

    async fn serve<B>(
        &self,
        name: &str,
        parts: &Parts,
        body: B,
        arrived: Instant,
    ) -> Response<Bytes>
    where
        B: Body<Data = Bytes>,
        B::Error: std::error::Error + Send + Sync + 'static,
    {
        let admitted = async {
            let claim = self.claim(parts).await?;
            let codecs = Codecs::of(parts)?;
            Ok((self.verify(claim, parts, body, arrived).await?, codecs))
        };
        match admitted.await {
            Ok((call, codecs)) => self.perform(name, call, codecs).await,
            Err(refusal) => refused(name, refusal),
        }
    }

    /// The checks that need the fields alone, the cheap before the dear. Nothing of a request that
    /// is refused here is remembered, and the refusal is not signed.
    async fn claim(&self, parts: &Parts) -> Result<Claim, Refusal> {
        let claim = self.verifier.examine_with_store(parts).await?;
        self.look_for_newcomers(&claim).await;
        self.check_role(claim)
    }

    /// Content and signature.
    async fn verify<B>(
        &self,
        claim: Claim,
        parts: &Parts,
        body: B,
        arrived: Instant,
    ) -> Result<Call, Refusal>
    where
        B: Body<Data = Bytes>,
        B::Error: std::error::Error + Send + Sync + 'static,
    {
        let limits = &self.limits;
        let timeout = claim.timeout().unwrap_or(limits.call_timeout).min(limits.call_timeout);
        let deadline = arrived + timeout;
        let content_deadline = deadline.min(arrived + limits.content_timeout);
        let content =
            read_content(&parts.headers, body, limits.content_bytes, content_deadline).await?;
        let verified = self.verifier.verify(claim, &content, &self.guard);
        // A contract or a store may have to be asked.
        let request = timeout_at(deadline, verified).await.unwrap_or_else(|_| {
            let detail = "the signature could not be verified in the time that was left";
            Err(Refusal::new(Reason::SignatureVerificationUnavailable, detail))
        })?;
        Ok(Call { request, content, deadline })
    }

    /// Who registered a moment ago may not be in the picture yet.
    async fn look_for_newcomers(&self, claim: &Claim) {
        let is_unknown = |caller| matches!(self.roster.standing(caller), Ok(None));
        if !self.policy.serves_anyone() && claim.claimed_callers().all(is_unknown) {
            self.roster.catch_up().await;
        }
    }

    fn check_role(&self, claim: Claim) -> Result<Claim, Refusal> {
        let mut role_refusal = None;
        let admitted =
            claim.retain_callers(|caller| match self.policy.admit(&*self.roster, caller) {
                Ok(()) => true,
                Err(refusal) => {
                    role_refusal.get_or_insert(refusal);
                    false
                }
            });
        // The policy says more exactly why than that the account is not accepted.
        admitted.map_err(|refusal| match refusal.reason() {
            Reason::PrincipalNotAllowed => role_refusal.unwrap_or(refusal),
            _ => refusal,
        })
    }

    /// Serves a verified request. The reply is signed, whatever it is.
    async fn perform(&self, name: &str, call: Call, codecs: Codecs) -> Response<Bytes> {
        let Call { request, content, deadline } = call;
        if name == SessionOffer::NAME {
            let Codecs { request: codec, reply } = codecs;
            let grant = self.verifier.open_session(&request, codec, &content, reply).await;
            let reply = grant.unwrap_or_else(|refusal| refused(name, refusal));
            return self.sign(&request, reply).await;
        }
        let Some(work) = self.services.call(name, content, codecs.request, codecs.reply) else {
            return self.unknown_service();
        };
        let reply = match timeout_at(deadline, work).await {
            Ok(Ok(content)) => {
                let mut reply = Response::new(content);
                reply.headers_mut().insert(CONTENT_TYPE, codecs.reply.content_type());
                reply
            }
            Ok(Err(failure)) => failed(name, failure),
            Err(_) => {
                tracing::warn!(service = name, "a call took too long");
                let detail = "the service did not answer in the time that was left";
                Problem::new(Reason::DeadlineExceeded, detail).to_response()
            }
        };
        self.sign(&request, reply).await
    }

    async fn sign(&self, request: &VerifiedRequest, reply: Response<Bytes>) -> Response<Bytes> {
        let (mut parts, content) = reply.into_parts();
        match self.replies.sign(request, parts.status, &mut parts.headers, &content).await {
            Ok(()) => Response::from_parts(parts, content),
            Err(error) => {
                // Without its signature the reply would be worth nothing to the caller.
                let request_id = Uuid::new_v4().to_string();
                internal_problem("reply signer", &request_id, &error)
                    .with_request_id(request_id)
                    .to_response()
            }
        }
    }

    fn readiness(&self) -> Response<Bytes> {
        let own_address = self.replies.address();
        let is_ready =
            !self.is_stopping.load(Ordering::Acquire) && self.roster.standing(own_address).is_ok();
        if is_ready {
            document(StatusCode::OK, status_document("ok"))
        } else {
            document(StatusCode::SERVICE_UNAVAILABLE, status_document("unavailable"))
        }
    }

    fn offers(&self, name: &str) -> bool {
        self.services.contains(name)
            || (name == SessionOffer::NAME && self.verifier.takes_sessions())
    }

    fn unknown_service(&self) -> Response<Bytes> {
        Problem::new(Reason::UnknownService, "this miner has no such service")
            .with_services(self.services.names())
            .to_response()
    }
}

/// A verified request and when it is to be answered.
struct Call {
    request: VerifiedRequest,
    content: Bytes,
    deadline: Instant,
}

/// How a request is written and how its reply is to be.
#[derive(Clone, Copy)]
struct Codecs {
    request: Codec,
    reply: Codec,
}

impl Codecs {
    fn of(parts: &Parts) -> Result<Self, Refusal> {
        let unsupported = |_| {
            let known: Vec<_> = Codec::ALL.iter().map(|codec| codec.media_type()).collect();
            let detail = format!("the content type is not one of {}", known.join(", "));
            Refusal::new(Reason::UnsupportedCodec, detail)
        };
        let request = Codec::of_content(&parts.headers).map_err(unsupported)?;
        let reply = Codec::of_reply(&parts.headers, request).map_err(unsupported)?;
        Ok(Self { request, reply })
    }
}

fn refused(service: &str, refusal: Refusal) -> Response<Bytes> {
    let request_id = Uuid::new_v4().to_string();
    let reason = refusal.reason().as_str();
    tracing::debug!(service, request_id, reason, "a request was refused");
    Problem::from(refusal).with_request_id(request_id).to_response()
}

fn failed(service: &str, failure: CallFailure) -> Response<Bytes> {
    let request_id = Uuid::new_v4().to_string();
    let problem = match failure {
        CallFailure::Undecodable(error) => {
            tracing::debug!(service, request_id, %error, "a call cannot be read");
            Problem::new(Reason::UndecodableContent, "the content is not a call of this service")
        }
        CallFailure::Handler(error) => error.into_problem(service, &request_id),
        CallFailure::Unencodable(error) => internal_problem(service, &request_id, &error),
        CallFailure::Panicked(message) => {
            let error: Box<dyn std::error::Error + Send + Sync> = message.into();
            internal_problem(service, &request_id, &*error)
        }
    };
    problem.with_request_id(request_id).to_response()
}

fn document(status: StatusCode, content: Bytes) -> Response<Bytes> {
    let mut response = Response::new(content);
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, Codec::Json.content_type());
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn wrong_method(allowed: &'static str) -> Response<Bytes> {
    let detail = format!("this resource takes {allowed}");
    let mut response = Problem::new(Reason::MethodNotAllowed, detail).to_response();
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
    response
}

impl fmt::Debug for Miner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Miner").field("services", &self.services).finish_non_exhaustive()
    }
}
