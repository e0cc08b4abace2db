//! Errors of queries, the side at fault, and advice for the operator.

use std::time::Duration;

use hetu_cambium::{Problem, Reason, ReplyRefusal, SigningError, StreamRefusal};
use hetu_chain::text::ForeignError;
use hetu_chain::{Address, Retryability, Retryable};
use http::StatusCode;

use crate::HttpViolation;
use crate::request_id::is_request_id;
use crate::text::shortened;

/// An error of a query.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum QueryError {
    /// A request that could not be signed. The fault is on the caller's side.
    #[error("the request was not signed: {0}")]
    Signing(#[from] SigningError),
    /// A refusal of connections by the miner's endpoint. No request was sent.
    #[error("the miner's endpoint takes no connections: {reason}")]
    ConnectionRefused {
        /// The message of the innermost error.
        #[source]
        reason: ForeignError,
    },
    /// A failure to connect to the miner's endpoint: its name is unknown, there is no route to it,
    /// or TLS failed. No request was sent.
    #[error("the miner cannot be reached: {reason}")]
    Unreachable {
        /// The message of the innermost error.
        #[source]
        reason: ForeignError,
    },
    /// A connection that broke while the request or the reply was in transit. The miner may have
    /// done the work.
    #[error("the connection to the miner broke: {reason}")]
    ConnectionLost {
        /// The message of the innermost error.
        #[source]
        reason: ForeignError,
    },
    /// A reply that violates HTTP, or exceeds the bounds on its head, its trailers or the interim
    /// replies before it. The rest of the reply was not read. The miner may have done the work.
    #[error("the reply is not acceptable: {0}")]
    InvalidHttp(#[from] HttpViolation),
    /// A timeout: the miner did not answer within the limit.
    #[error("the miner did not answer within {limit:?}")]
    TimedOut {
        /// The time limit.
        limit: Duration,
    },
    /// A missing proof that the miner holds the registered key, because it does not sign its public
    /// documents. No other request was sent. See [`ProofPolicy`](crate::ProofPolicy).
    #[error("the miner did not prove its key: {0}")]
    Unproven(ReplyRefusal),
    /// Another party at the miner's endpoint. No other request was sent.
    #[error("somebody else is at the miner's endpoint: {0}")]
    WrongIdentity(#[from] IdentityRefusal),
    /// A reply that is not proven to be the registered miner's: it is not signed, is signed by
    /// another key, or is not for this request.
    #[error("the reply cannot be trusted: {0}")]
    Untrusted(#[from] ReplyRefusal),
    /// A stream that is not proven to be the registered miner's, or broke off. The items before
    /// that point are not proven.
    #[error("the stream cannot be trusted: {0}")]
    UntrustedStream(#[from] StreamRefusal),
    /// A stream that the miner ended before it was complete, with a signed end. The items before it
    /// are proven, and the miner may have done the work.
    #[error("the miner ended the stream: {}", told(problem))]
    StreamEnded {
        /// The problem that the miner reported.
        problem: Box<Problem>,
    },
    /// A refusal of the miner.
    #[error("the miner refused: {}", told(problem))]
    Refused {
        /// The problem that the miner reported.
        problem: Box<Problem>,
        /// `true` if the miner signed the refusal. If `false`, any party on the path may have
        /// written it.
        is_signed: bool,
        /// The time for which the miner asks for no further requests.
        retry_after: Option<Duration>,
    },
    /// An HTTP status that is neither an answer nor a refusal with a reason.
    #[error("the miner answered {path} with status {status} and no reason")]
    UnexpectedStatus {
        /// The path of the request.
        path: Box<str>,
        /// The status.
        status: StatusCode,
        /// The time for which the sender asks for no further requests.
        retry_after: Option<Duration>,
        /// The identifier of the request in the miner's log.
        request_id: Option<Box<str>>,
    },
    /// A signed answer that is not a valid reply of this service.
    #[error("the answer does not decode: {reason}")]
    Undecodable {
        /// The message of the decoder, cut to 512 bytes. It is kept as text, because the error
        /// itself may quote the whole reply.
        reason: String,
        /// The identifier of the request in the miner's log.
        request_id: Option<Box<str>>,
    },
    /// A reply that is longer than the caller's limit.
    #[error("the reply is longer than {limit} bytes")]
    TooLarge {
        /// The maximum length.
        limit: usize,
    },
    /// The largest reply of a broadcast, when all replies together exceed the caller's limit. See
    /// [`BroadcastOptions::reply_bytes`](crate::BroadcastOptions::reply_bytes).
    #[error("the replies of the broadcast are longer than {limit} bytes, and this was the largest")]
    BudgetExceeded {
        /// The maximum number of bytes of all replies together.
        limit: usize,
    },
    /// A query that is no longer awaited: other miners answered, or the caller shuts down.
    #[error("the answer was not waited for")]
    Cancelled,
}

/// The evidence that another party than the registered miner answers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityRefusal {
    /// A signature by another key.
    #[error(transparent)]
    Signature(ReplyRefusal),
    /// A report of the server that it is not the recipient of the request.
    #[error("it says that it is another")]
    OtherRecipient,
    /// A document of another account, chain or subnet.
    #[error("its document is that of {address} in another place")]
    OtherDocument {
        /// The account that the document names.
        address: Address,
    },
    /// Another certificate than the one that the miner signed for.
    #[error("its certificate is not the one that the miner signed for")]
    OtherCertificate,
    /// A certificate that neither the miner signed for nor a trusted authority issued for its host.
    #[error("its certificate is neither signed for by the miner nor issued for its host")]
    UnknownCertificate,
}

impl Retryable for IdentityRefusal {
    fn retryability(&self) -> Retryability {
        Retryability::Final
    }
}

/// The side at fault for a failure, as far as the client can determine it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FaultSide {
    /// The caller: its key, its request, its limits or its role.
    Caller,
    /// The miner.
    Miner,
    /// The miner or the network between, which cannot be distinguished.
    MinerOrNetwork,
}

impl QueryError {
    /// Returns the side at fault.
    pub fn fault(&self) -> FaultSide {
        match self {
            Self::Signing(_) | Self::Cancelled => FaultSide::Caller,
            Self::Refused { problem, is_signed, .. } => match problem.status() {
                _ if !is_signed && problem.is_retryable() => FaultSide::MinerOrNetwork,
                400..500 => FaultSide::Caller,
                _ => FaultSide::Miner,
            },
            Self::StreamEnded { problem } if (400..500).contains(&problem.status()) => {
                FaultSide::Caller
            }
            Self::UntrustedStream(StreamRefusal::Truncated) => FaultSide::MinerOrNetwork,
            Self::Unproven(_)
            | Self::InvalidHttp(_)
            | Self::Undecodable { .. }
            | Self::UntrustedStream(_)
            | Self::StreamEnded { .. }
            | Self::TooLarge { .. }
            | Self::BudgetExceeded { .. }
            | Self::ConnectionRefused { .. } => FaultSide::Miner,
            Self::WrongIdentity(_)
            | Self::Untrusted(_)
            | Self::Unreachable { .. }
            | Self::ConnectionLost { .. }
            | Self::TimedOut { .. }
            | Self::UnexpectedStatus { .. } => FaultSide::MinerOrNetwork,
        }
    }

    /// Returns `true` if it is certain that the miner did none of the work, so that a call to
    /// another miner cannot do it twice.
    ///
    /// It is certain for requests that were never sent, and for refusals that the miner signed
    /// before it began: statuses 400 to 429, except `call_rejected`, which services return after
    /// they have read the call. In all other cases this is `false`.
    pub fn is_certainly_undone(&self) -> bool {
        match self {
            Self::Signing(_)
            | Self::ConnectionRefused { .. }
            | Self::Unreachable { .. }
            | Self::Unproven(_)
            | Self::WrongIdentity(_) => true,
            Self::Refused { problem, is_signed: true, .. } => {
                problem.reason().is_some_and(|reason| {
                    reason != Reason::CallRejected
                        && (400..=429).contains(&reason.status().as_u16())
                })
            }
            _ => false,
        }
    }

    /// Returns the identifier of the request in the miner's log, if the reply had one, of at most
    /// 128 visible characters. It is not authenticated.
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Refused { problem, .. } | Self::StreamEnded { problem } => {
                problem.request_id().filter(|id| is_request_id(id))
            }
            Self::UnexpectedStatus { request_id, .. } | Self::Undecodable { request_id, .. } => {
                request_id.as_deref()
            }
            _ => None,
        }
    }

    pub(crate) fn undecodable(error: &impl ToString, request_id: Option<Box<str>>) -> Self {
        // The message may quote the miner's content, up to the whole reply.
        Self::Undecodable { reason: shortened(&error.to_string()), request_id }
    }

    /// Returns advice for the operator.
    pub fn advice(&self) -> &'static str {
        match self {
            Self::Signing(_) => "look at the wallet and at the request",
            Self::ConnectionRefused { .. } => "ask another miner: this one does not run",
            Self::Unreachable { .. } => "ask another miner, or look at the own network",
            Self::ConnectionLost { .. } => "ask again, if the work may be done twice",
            Self::InvalidHttp(_) => {
                "ask another miner: this one, or what stands before it, breaks the rules of HTTP"
            }
            Self::TimedOut { .. } => "ask another miner, or wait longer",
            Self::Unproven(_) => {
                "ask another miner, or take the first verified reply for the proof"
            }
            Self::WrongIdentity(_) => {
                "ask another miner: the endpoint on chain is out of date, or taken over"
            }
            Self::Untrusted(_) | Self::UntrustedStream(_) => {
                "ask another miner, and compare clocks"
            }
            Self::Refused { problem, .. } | Self::StreamEnded { problem }
                if problem.is_retryable() =>
            {
                "ask again later, or ask another miner"
            }
            Self::Refused { .. } | Self::StreamEnded { .. } => {
                "change what the miner says is wrong"
            }
            Self::UnexpectedStatus { status: StatusCode::NOT_FOUND, .. } => {
                "ask another miner: this one does not serve that path, which section 10 of the \
                 protocol may demand"
            }
            Self::UnexpectedStatus { .. } => "ask another miner: something stands before this one",
            Self::Undecodable { .. } => "compare the types of the service with the miner's schemas",
            Self::TooLarge { .. } => "raise the limit of replies, or ask for less",
            Self::BudgetExceeded { .. } => {
                "raise the limit of all replies together, or ask for less"
            }
            Self::Cancelled => "nothing: it was not needed any more",
        }
    }
}

impl Retryable for QueryError {
    fn retryability(&self) -> Retryability {
        match self {
            Self::ConnectionRefused { .. }
            | Self::Unreachable { .. }
            | Self::ConnectionLost { .. }
            | Self::TimedOut { .. }
            | Self::Cancelled => Retryability::Retryable,
            Self::Signing(error) => error.retryability(),
            Self::WrongIdentity(refusal) => refusal.retryability(),
            Self::InvalidHttp(violation) => violation.retryability(),
            Self::Untrusted(refusal) => refusal.retryability(),
            Self::UntrustedStream(refusal) => refusal.retryability(),
            Self::Refused { problem, .. } | Self::StreamEnded { problem }
                if problem.is_retryable() =>
            {
                Retryability::Retryable
            }
            Self::UnexpectedStatus { status, .. } if status.is_server_error() => {
                Retryability::Retryable
            }
            _ => Retryability::Final,
        }
    }
}

/// Returns the text of a problem in a form that is safe to log: it is untrusted input.
fn told(problem: &Problem) -> String {
    let (detail, reason) = (shortened(problem.detail()), shortened(problem.reason_text()));
    format!("{detail} ({reason})")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(reason: Reason, is_signed: bool) -> QueryError {
        let problem = Box::new(Problem::new(reason, ""));
        QueryError::Refused { problem, is_signed, retry_after: None }
    }

    #[test]
    fn what_was_never_sent_or_is_signed_as_refused_is_certainly_undone() {
        let reason = || "".into();
        for (error, is_undone) in [
            (QueryError::ConnectionRefused { reason: reason() }, true),
            (QueryError::WrongIdentity(IdentityRefusal::OtherRecipient), true),
            (QueryError::ConnectionLost { reason: reason() }, false),
            (QueryError::TimedOut { limit: Duration::from_secs(1) }, false),
            (HttpViolation::head_too_large().into(), false),
            (refused(Reason::CallRejected, true), false),
            (refused(Reason::UnknownService, true), true),
            (refused(Reason::RoleNotAllowed, true), true),
            (refused(Reason::UndecodableContent, true), true),
            (refused(Reason::RateLimited, true), true),
            (refused(Reason::FieldsTooLarge, true), false),
            (refused(Reason::Overloaded, true), false),
            (refused(Reason::InternalError, true), false),
            (refused(Reason::DeadlineExceeded, true), false),
            (QueryError::UntrustedStream(StreamRefusal::Truncated), false),
        ] {
            assert_eq!(error.is_certainly_undone(), is_undone, "{error:?}");
        }
        for reason in Reason::ALL {
            assert!(!refused(*reason, false).is_certainly_undone(), "{reason}");
            let problem = Box::new(Problem::new(*reason, ""));
            assert!(!QueryError::StreamEnded { problem }.is_certainly_undone(), "{reason}");
        }
        let unheard_of: Problem = serde_json::from_str(r#"{"status":404,"reason":"tea"}"#).unwrap();
        let (problem, retry_after) = (Box::new(unheard_of), None);
        let error = QueryError::Refused { problem, is_signed: true, retry_after };
        assert!(!error.is_certainly_undone());
    }

    /// A problem document is untrusted text: it must neither start a new log line nor fill the log.
    #[test]
    fn refusal_in_several_lines_is_printed_in_one_short_line() {
        let detail = format!("no\n2026-01-01 ERROR forged\u{1b}[2J{}", "x".repeat(60_000));
        let problem = Box::new(Problem::new(Reason::CallRejected, detail));
        let refused =
            QueryError::Refused { problem: problem.clone(), is_signed: true, retry_after: None };
        for error in [refused, QueryError::StreamEnded { problem }] {
            let text = error.to_string();
            assert!(text.len() < 1_100 && !text.contains(char::is_control), "{text}");
        }
        let quoted = QueryError::undecodable(&"y".repeat(1 << 20), None).to_string();
        assert!(quoted.len() < 1_100);
    }

    #[test]
    fn faults_are_told_apart() {
        for (error, fault) in [
            (refused(Reason::RoleNotAllowed, false), FaultSide::Caller),
            (refused(Reason::UnknownService, true), FaultSide::Caller),
            (refused(Reason::InternalError, true), FaultSide::Miner),
            (refused(Reason::Overloaded, false), FaultSide::MinerOrNetwork),
            (QueryError::Untrusted(ReplyRefusal::BadSignature), FaultSide::MinerOrNetwork),
            (QueryError::UntrustedStream(StreamRefusal::BadEnd), FaultSide::Miner),
            (QueryError::TooLarge { limit: 1 }, FaultSide::Miner),
            (HttpViolation::head_too_large().into(), FaultSide::Miner),
        ] {
            assert_eq!(error.fault(), fault, "{error:?}");
            assert!(!error.advice().is_empty());
        }
    }
}
