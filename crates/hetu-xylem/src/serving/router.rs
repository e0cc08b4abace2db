//! The target of a request, by its path and method.

use std::sync::Arc;

use bytes::Bytes;
use hetu_cambium::{Codec, OpenResource, Problem, Reason, Refusal, Service, SessionOffer, fields};
use http::header::CONTENT_LENGTH;
use http::{Method, Response, StatusCode};

use super::arrival::Arrival;
use super::codecs::Codecs;
use super::documents::{Documents, json};
use super::readiness::ReadinessState;
use super::refusals::{Declined, RequestCheck};
use super::replies::document;
use super::service_table::{AttachedService, ServiceTable};
use crate::registration::Readiness;

/// A router that finds the target of a request, and serves documents.
pub(crate) struct RequestRouter {
    services: ServiceTable,
    documents: Arc<Documents>,
    readiness: Arc<ReadinessState>,
    takes_sessions: bool,
}

/// The target of a request, and whether its caller must be verified.
#[derive(Clone, Copy, Debug)]
pub(super) enum Route<'a> {
    /// A document for all callers.
    Document(OpenResource),
    /// An unsigned call of an open service.
    Unsigned(RequestTarget<'a>),
    Signed(RequestTarget<'a>),
}

/// The resource requested by a verified caller or by a caller of an open service.
#[derive(Clone, Copy, Debug)]
pub(super) struct RequestTarget<'a> {
    /// The name of the service, or the path of the document.
    pub(super) name: &'a str,
    pub(super) kind: TargetKind<'a>,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum TargetKind<'a> {
    /// A document signed for the caller, which proves that this miner holds its key.
    Document(OpenResource),
    Session,
    Service(&'a AttachedService),
}

impl RequestRouter {
    pub(crate) const fn new(
        services: ServiceTable,
        documents: Arc<Documents>,
        readiness: Arc<ReadinessState>,
        takes_sessions: bool,
    ) -> Self {
        Self { services, documents, readiness, takes_sessions }
    }

    /// Finds the target of a request. Declines an unknown path or a wrong method.
    pub(super) fn route<'a>(&'a self, arrival: &'a Arrival) -> Result<Route<'a>, Declined> {
        let (path, method) = (arrival.parts.uri.path(), &arrival.parts.method);
        if let Some(resource) = OpenResource::at(path) {
            if !resource.methods().contains(method) {
                return Err(Declined::wrong_method(resource.allowed()));
            }
            let target = RequestTarget { name: path, kind: TargetKind::Document(resource) };
            let is_signed = arrival.parts.headers.contains_key(fields::SIGNATURE);
            return Ok(if is_signed { Route::Signed(target) } else { Route::Document(resource) });
        }
        let target = self.callable(path).ok_or_else(|| self.unknown_service())?;
        if method != Method::POST {
            return Err(Declined::wrong_method("POST"));
        }
        Ok(if target.is_open() && !arrival.is_signed() {
            Route::Unsigned(target)
        } else {
            Route::Signed(target)
        })
    }

    /// Returns the document of `resource`, as the reply to `method`.
    pub(super) fn document(
        &self,
        resource: OpenResource,
        method: &Method,
    ) -> Result<Response<Bytes>, Declined> {
        let shown = match resource {
            OpenResource::Ping => document(StatusCode::OK, self.documents.ping.clone()),
            OpenResource::Discovery => document(StatusCode::OK, self.documents.discovery()),
            OpenResource::OpenApi => document(StatusCode::OK, self.documents.openapi.clone()),
            OpenResource::Live => document(StatusCode::OK, json(&Readiness::Ready)),
            OpenResource::Ready => {
                let readiness = self.readiness.current();
                let status = if readiness.is_ready() {
                    StatusCode::OK
                } else {
                    StatusCode::SERVICE_UNAVAILABLE
                };
                document(status, json(&readiness))
            }
            // A resource of a later version of the protocol.
            _ => {
                let detail = "this miner does not serve this resource";
                return Err(
                    RequestCheck::Route.declined(Refusal::new(Reason::UnknownService, detail))
                );
            }
        };
        // A signature covers the sent content, so the content is removed before the reply is
        // signed.
        Ok(if *method == Method::HEAD {
            let length = shown.body().len() as u64;
            without_content(shown, Some(length))
        } else {
            shown
        })
    }

    fn callable<'a>(&'a self, path: &'a str) -> Option<RequestTarget<'a>> {
        let name = path.strip_prefix('/')?;
        let kind = match self.services.get(name) {
            Some(service) => TargetKind::Service(service),
            None if name == SessionOffer::NAME && self.takes_sessions => TargetKind::Session,
            None => return None,
        };
        Some(RequestTarget { name, kind })
    }

    fn unknown_service(&self) -> Declined {
        let problem = Problem::new(Reason::UnknownService, "this miner has no such service");
        RequestCheck::Route.declined_with(problem.with_services(self.services.names()))
    }
}

impl RequestTarget<'_> {
    /// Returns `true` if unsigned calls are served.
    pub(super) fn is_open(&self) -> bool {
        matches!(self.kind, TargetKind::Service(service) if service.is_open())
    }

    /// Returns the codecs of content and reply, as named by the fields of the request.
    pub(super) fn codecs(&self, arrival: &Arrival) -> Result<Codecs, Declined> {
        let spoken = match self.kind {
            // A document is always JSON.
            TargetKind::Document(_) => {
                return Ok(Codecs { request: Codec::Json, reply: Codec::Json });
            }
            TargetKind::Session => Codec::ALL,
            TargetKind::Service(service) => service.codecs(),
        };
        Codecs::of(&arrival.parts, spoken).map_err(|refusal| RequestCheck::Codec.declined(refusal))
    }
}

/// Returns the reply to HEAD. HTTP/2 does not omit the content by itself.
pub(super) fn without_content<C: Default>(reply: Response<C>, length: Option<u64>) -> Response<C> {
    let (mut parts, _) = reply.into_parts();
    if let Some(length) = length {
        parts.headers.entry(CONTENT_LENGTH).or_insert_with(|| length.into());
    }
    Response::from_parts(parts, C::default())
}
