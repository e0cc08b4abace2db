//! Where a request goes.

use bytes::Bytes;
use hetu_cambium::{OpenResource, Problem, Reason, fields};
use http::header::{ALLOW, CONTENT_LENGTH};
use http::request::Parts;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body::Body;
use tokio::time::Instant;

use super::check::{Check, Declined};
use super::documents::json;
use super::problems::{document, refused};
use super::stack::RequestSource;
use super::{Miner, ReplyBody};
use crate::Readiness;

/// The head of a request, and when and from where it came.
#[derive(Debug)]
pub(super) struct Arrival {
    pub(super) parts: Parts,
    pub(super) at: Instant,
    pub(super) sender: RequestSource,
}

impl Arrival {
    /// Whether the request bears a signature, whatever it is worth.
    pub(super) fn is_signed(&self) -> bool {
        let headers = &self.parts.headers;
        headers.contains_key(fields::SIGNATURE) || headers.contains_key(fields::SIGNATURE_INPUT)
    }
}

/// The reply to HEAD: HTTP/2 does not leave content away by itself.
fn without_content<C: Default>(reply: Response<C>, length: Option<u64>) -> Response<C> {
    let (mut parts, _) = reply.into_parts();
    if let Some(length) = length {
        parts.headers.entry(CONTENT_LENGTH).or_insert_with(|| length.into());
    }
    Response::from_parts(parts, C::default())
}

impl Miner {
    /// Answers one request. Everything that can go wrong is an answer too.
    pub(crate) async fn answer<B>(
        &self,
        request: Request<B>,
        sender: RequestSource,
    ) -> Response<ReplyBody>
    where
        B: Body<Data = Bytes>,
        B::Error: std::error::Error + Send + Sync + 'static,
    {
        let (parts, body) = request.into_parts();
        let arrival = Arrival { parts, at: Instant::now(), sender };
        let reply = self.route(&arrival, body).await;
        if arrival.parts.method != Method::HEAD {
            return reply;
        }
        let length = reply.body().size_hint().exact();
        without_content(reply, length)
    }

    async fn route<B>(&self, arrival: &Arrival, body: B) -> Response<ReplyBody>
    where
        B: Body<Data = Bytes>,
        B::Error: std::error::Error + Send + Sync + 'static,
    {
        let path = arrival.parts.uri.path();
        match OpenResource::at(path) {
            Some(resource) if !resource.methods().contains(&arrival.parts.method) => {
                self.wrong_method(resource.allowed())
            }
            Some(resource) => {
                let answer = self.show(resource);
                // A signature covers the content that is sent.
                let answer = if arrival.parts.method == Method::HEAD {
                    let length = answer.body().len() as u64;
                    without_content(answer, Some(length))
                } else {
                    answer
                };
                if arrival.parts.headers.contains_key(fields::SIGNATURE) {
                    self.show_signed(answer, arrival, body).await
                } else {
                    answer.map(ReplyBody::from)
                }
            }
            None => match path.strip_prefix('/').filter(|name| self.offers(name)) {
                None => self.unknown_service(),
                Some(_) if arrival.parts.method != Method::POST => self.wrong_method("POST"),
                Some(name) if self.services.is_open(name) && !arrival.is_signed() => {
                    self.serve_unsigned(name, arrival, body).await
                }
                Some(name) => self.serve(name, arrival, body).await,
            },
        }
    }

    fn show(&self, resource: OpenResource) -> Response<Bytes> {
        match resource {
            OpenResource::Ping => document(StatusCode::OK, self.documents.ping.clone()),
            OpenResource::Discovery => document(StatusCode::OK, self.documents.discovery()),
            OpenResource::OpenApi => document(StatusCode::OK, self.documents.openapi.clone()),
            OpenResource::Live => document(StatusCode::OK, json(&Readiness::Ready)),
            OpenResource::Ready => {
                let readiness = self.readiness();
                let status = match readiness {
                    Readiness::Ready => StatusCode::OK,
                    _ => StatusCode::SERVICE_UNAVAILABLE,
                };
                document(status, json(&readiness))
            }
            _ => self.unknown_resource(),
        }
    }

    /// Who signs a request for an open resource gets a signed answer: the proof that the miner's
    /// key is here. It is checked like a call, so that nobody makes the miner sign without end.
    async fn show_signed<B>(
        &self,
        answer: Response<Bytes>,
        arrival: &Arrival,
        body: B,
    ) -> Response<ReplyBody>
    where
        B: Body<Data = Bytes>,
        B::Error: std::error::Error + Send + Sync + 'static,
    {
        let path = arrival.parts.uri.path();
        let admitted = async {
            let claim = self.claim(arrival).await?;
            self.verify(claim, arrival, body).await
        };
        let call = match admitted.await {
            Ok(call) => call,
            Err(declined) => return self.decline(path, declined).map(ReplyBody::from),
        };
        let answer = match self.charge(&call).await {
            Ok(()) => answer,
            Err(declined) => self.decline(path, declined),
        };
        self.sign(&call.request, answer).await.map(ReplyBody::from)
    }

    /// What a caller is told whose request did not pass a check.
    pub(super) fn decline(&self, service: &str, declined: Declined) -> Response<Bytes> {
        let Declined { check, refusal } = declined;
        self.refuse(service, check, refusal.into())
    }

    /// The same, where more is to be said than a refusal does. Every refusal passes here, so that it
    /// is counted, named and written down.
    pub(super) fn refuse(&self, service: &str, check: Check, problem: Problem) -> Response<Bytes> {
        self.metrics.refused(check, problem.reason().unwrap_or(Reason::InternalError));
        refused(service, check, problem)
    }

    fn wrong_method(&self, allowed: &'static str) -> Response<ReplyBody> {
        let detail = format!("this resource takes {allowed}");
        let problem = Problem::new(Reason::MethodNotAllowed, detail);
        let mut response = self.refuse("", Check::Route, problem);
        response.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
        response.map(ReplyBody::from)
    }

    /// An answer to a resource of a later version of the protocol.
    fn unknown_resource(&self) -> Response<Bytes> {
        let detail = "this miner does not serve this resource";
        self.refuse("", Check::Route, Problem::new(Reason::UnknownService, detail))
    }

    fn unknown_service(&self) -> Response<ReplyBody> {
        let problem = Problem::new(Reason::UnknownService, "this miner has no such service");
        let problem = problem.with_services(self.services.names());
        self.refuse("", Check::Route, problem).map(ReplyBody::from)
    }
}
