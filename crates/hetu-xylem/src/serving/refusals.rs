//! Requests that fail a check, and the replies to them.

use bytes::Bytes;
use hetu_cambium::{Problem, Reason, Refusal};
use http::header::ALLOW;
use http::{HeaderValue, Response};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

use crate::queue::QueueRefusal;
use crate::telemetry::{FailedCheck, RequestId};

/// A check that a request must pass. The variants are in the order of the checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RequestCheck {
    Head,
    Route,
    Shape,
    Window,
    Audience,
    Role,
    Rate,
    Codec,
    Content,
    Digest,
    Signature,
    Replay,
    Hook,
    Session,
    Queue,
}

/// A request that failed a check.
#[derive(Debug)]
pub(super) struct Declined {
    check: RequestCheck,
    cause: DeclineCause,
}

#[derive(Debug)]
enum DeclineCause {
    Refusal(Refusal),
    WrongMethod {
        allowed: &'static str,
    },
    /// A problem document, boxed because it is rare and several times as large as the other
    /// variants.
    Problem(Box<Problem>),
}

impl RequestCheck {
    /// Returns the name of the check in metrics.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Head => "head",
            Self::Route => "route",
            Self::Shape => "shape",
            Self::Window => "window",
            Self::Audience => "audience",
            Self::Role => "role",
            Self::Rate => "rate",
            Self::Codec => "codec",
            Self::Content => "content",
            Self::Digest => "digest",
            Self::Signature => "signature",
            Self::Replay => "replay",
            Self::Hook => "hook",
            Self::Session => "session",
            Self::Queue => "queue",
        }
    }

    /// Returns a refusal by this check, for use in `map_err`.
    pub(super) fn declined(self, refusal: Refusal) -> Declined {
        Declined { check: self, cause: DeclineCause::Refusal(refusal) }
    }

    /// Returns a refusal by this check with its own problem document.
    pub(super) fn declined_with(self, problem: Problem) -> Declined {
        Declined { check: self, cause: DeclineCause::Problem(Box::new(problem)) }
    }

    /// Returns a refusal by one of the checks that read only the fields.
    pub(super) fn of_fields(refusal: Refusal) -> Declined {
        let check = match refusal.reason() {
            Reason::InvalidTime
            | Reason::RequestNotYetValid
            | Reason::RequestExpired
            | Reason::RequestValidityTooLong => Self::Window,
            Reason::UnsupportedChain
            | Reason::WrongRecipient
            | Reason::WrongNetuid
            | Reason::WrongAuthority => Self::Audience,
            // Among the checks of the fields, only the session check can query a store.
            Reason::SignatureVerificationUnavailable => Self::Session,
            _ => Self::Shape,
        };
        check.declined(refusal)
    }

    /// Returns a refusal by one of the checks that need the content.
    pub(super) fn of_proof(refusal: Refusal) -> Declined {
        let check = match refusal.reason() {
            Reason::ContentDigestRequired | Reason::BadContentDigest => Self::Digest,
            Reason::NonceReused | Reason::RequestPredatesStart => Self::Replay,
            _ => Self::Signature,
        };
        check.declined(refusal)
    }
}

impl Declined {
    /// Returns a refusal of a method that the resource does not support.
    pub(super) const fn wrong_method(allowed: &'static str) -> Self {
        Self { check: RequestCheck::Route, cause: DeclineCause::WrongMethod { allowed } }
    }

    /// Returns `true` if the caller is refused only for its role. An open service then serves it
    /// like an unsigned caller, because a caller that signs must not receive less than one that
    /// does not.
    pub(super) fn is_for_role(&self) -> bool {
        matches!(&self.cause, DeclineCause::Refusal(refusal) if refusal.reason() == Reason::RoleNotAllowed)
    }
}

impl From<QueueRefusal> for Declined {
    fn from(refusal: QueueRefusal) -> Self {
        RequestCheck::Queue.declined(refusal.into())
    }
}

/// The conversion of refusals into replies, with metrics and log lines.
#[derive(Debug)]
pub(crate) struct Refusals {
    by_check: Family<[(&'static str, &'static str); 2], Counter>,
}

impl Refusals {
    pub(crate) fn registered_in(registry: &mut Registry) -> Self {
        let refusals = Self { by_check: Family::default() };
        let help = "Requests that did not pass a check, by check and reason";
        registry.register("refusals", help, refusals.by_check.clone());
        refusals
    }

    /// Returns the reply to a declined request for `service`.
    pub(super) fn reply(&self, service: &str, declined: Declined) -> Response<Bytes> {
        let Declined { check, cause } = declined;
        let (problem, allowed) = match cause {
            DeclineCause::Refusal(refusal) => (refusal.into(), None),
            DeclineCause::Problem(problem) => (*problem, None),
            DeclineCause::WrongMethod { allowed } => {
                let detail = format!("this resource takes {allowed}");
                (Problem::new(Reason::MethodNotAllowed, detail), Some(allowed))
            }
        };
        let mut response = self.document(service, check.as_str(), problem);
        if let Some(allowed) = allowed {
            response.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
        }
        response
    }

    fn document(&self, service: &str, check: &'static str, problem: Problem) -> Response<Bytes> {
        let counted = problem.reason().unwrap_or(Reason::InternalError).as_str();
        self.by_check.get_or_create(&[("check", check), ("reason", counted)]).inc();
        let request_id = RequestId::current_or_new().to_string();
        let reason = problem.reason_text();
        tracing::debug!(service, request_id, check, reason, "a request was refused");
        let mut response = problem.with_request_id(request_id).to_response();
        response.extensions_mut().insert(FailedCheck(check));
        response
    }
}
