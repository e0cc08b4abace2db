//! The outcome of an attempt, which decides the next step of a call.

use std::time::Duration;

use hetu_cambium::{Reason, ReplyRefusal, StreamRefusal};
use hetu_metastruct::PeerOutcome;
use serde::Serialize;

use crate::QueryError;

/// The class of the outcome of one attempt. Selection, retries and reports depend on this alone.
///
/// Serialised as the name of the class in snake case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OutcomeClass {
    /// A reply that was verified and decoded.
    Success,
    /// An overload of the miner.
    Overloaded,
    /// A signed refusal of the call itself: no other miner is asked.
    Refused,
    /// A refusal of this caller or this service, which another miner may accept.
    Declined,
    /// A failure of the miner or its connection.
    Failed,
    /// A reply that the registered key did not sign for this request.
    WrongIdentity,
    /// A timeout.
    TimedOut,
    /// An attempt that is no longer awaited.
    Cancelled,
    /// A failure on the caller's side before the request was sent.
    CallerFault,
}

impl OutcomeClass {
    /// Every class.
    pub const ALL: [Self; 9] = [
        Self::Success,
        Self::Overloaded,
        Self::Refused,
        Self::Declined,
        Self::Failed,
        Self::WrongIdentity,
        Self::TimedOut,
        Self::Cancelled,
        Self::CallerFault,
    ];

    /// Returns its name, as it is serialised.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Overloaded => "overloaded",
            Self::Refused => "refused",
            Self::Declined => "declined",
            Self::Failed => "failed",
            Self::WrongIdentity => "wrong_identity",
            Self::TimedOut => "timed_out",
            Self::Cancelled => "cancelled",
            Self::CallerFault => "caller_fault",
        }
    }

    /// Returns `true` if another miner may succeed.
    pub const fn is_worth_another(self) -> bool {
        match self {
            Self::Overloaded
            | Self::Declined
            | Self::Failed
            | Self::WrongIdentity
            | Self::TimedOut => true,
            Self::Success | Self::Refused | Self::Cancelled | Self::CallerFault => false,
        }
    }

    /// Returns the outcome to report to the metastruct, or `None` if the miner is not responsible.
    pub(crate) const fn observation(self, latency: Duration) -> Option<PeerOutcome> {
        match self {
            Self::Success => Some(PeerOutcome::Verified { latency }),
            Self::WrongIdentity => Some(PeerOutcome::Refused),
            Self::Overloaded | Self::Failed | Self::TimedOut => Some(PeerOutcome::Failed),
            Self::Refused | Self::Declined | Self::Cancelled | Self::CallerFault => None,
        }
    }

    pub(crate) const fn index(self) -> usize {
        self as usize
    }
}

impl QueryError {
    /// Returns the class of this outcome.
    pub fn class(&self) -> OutcomeClass {
        match self {
            Self::Signing(_) => OutcomeClass::CallerFault,
            Self::ConnectionRefused { .. }
            | Self::Unreachable { .. }
            | Self::ConnectionLost { .. }
            | Self::UntrustedStream(
                StreamRefusal::Truncated
                | StreamRefusal::TooLarge { .. }
                | StreamRefusal::TooLong { .. },
            )
            | Self::InvalidHttp(_)
            | Self::Undecodable { .. }
            | Self::TooLarge { .. }
            | Self::BudgetExceeded { .. } => OutcomeClass::Failed,
            Self::TimedOut { .. } => OutcomeClass::TimedOut,
            Self::Cancelled => OutcomeClass::Cancelled,
            // A wrong clock, or an expired session, is no other identity.
            Self::Untrusted(ReplyRefusal::WrongTime | ReplyRefusal::WrongSession) => {
                OutcomeClass::Failed
            }
            Self::Unproven(_)
            | Self::WrongIdentity(_)
            | Self::Untrusted(_)
            | Self::UntrustedStream(_) => OutcomeClass::WrongIdentity,
            Self::UnexpectedStatus { status, .. } => match status.as_u16() {
                429 | 503 => OutcomeClass::Overloaded,
                _ => OutcomeClass::Failed,
            },
            Self::StreamEnded { problem } => {
                class_of_refusal(problem.reason(), problem.status(), true)
            }
            Self::Refused { problem, is_signed, .. } => {
                class_of_refusal(problem.reason(), problem.status(), *is_signed)
            }
        }
    }

    /// Returns the time for which the miner asks for no further requests.
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Refused { retry_after, .. } | Self::UnexpectedStatus { retry_after, .. } => {
                *retry_after
            }
            _ => None,
        }
    }
}

/// Returns the class of a refusal. A class that ends the whole call requires a signature, because
/// any party on the path may forge the rest.
fn class_of_refusal(reason: Option<Reason>, status: u16, is_signed: bool) -> OutcomeClass {
    match reason {
        Some(Reason::Overloaded | Reason::RateLimited) => OutcomeClass::Overloaded,
        Some(Reason::CallRejected) if is_signed => OutcomeClass::Refused,
        Some(
            Reason::InternalError
            | Reason::RoleUnavailable
            | Reason::SignatureVerificationUnavailable
            | Reason::RequestTimeout,
        ) => OutcomeClass::Failed,
        Some(Reason::DeadlineExceeded) => OutcomeClass::TimedOut,
        Some(_) => OutcomeClass::Declined,
        None if status == 429 || status == 503 => OutcomeClass::Overloaded,
        None if status >= 500 => OutcomeClass::Failed,
        None => OutcomeClass::Declined,
    }
}

#[cfg(test)]
mod tests {
    use hetu_cambium::Problem;
    use http::StatusCode;

    use super::*;

    fn refused(reason: Reason, is_signed: bool) -> OutcomeClass {
        let problem = Box::new(Problem::new(reason, ""));
        QueryError::Refused { problem, is_signed, retry_after: None }.class()
    }

    #[test]
    fn only_a_signed_refusal_of_the_call_keeps_others_from_being_asked() {
        assert_eq!(refused(Reason::CallRejected, true), OutcomeClass::Refused);
        assert_eq!(refused(Reason::CallRejected, false), OutcomeClass::Declined);
        // Another miner may have another definition of the service.
        assert_eq!(refused(Reason::UndecodableContent, true), OutcomeClass::Declined);
        for reason in Reason::ALL {
            let class = refused(*reason, false);
            assert!(class.is_worth_another(), "{reason}: {class:?}");
        }
    }

    #[test]
    fn a_status_without_a_reason_is_classed_by_itself() {
        let class = |status| {
            let status = StatusCode::from_u16(status).unwrap();
            let path = "/MathSum".into();
            QueryError::UnexpectedStatus { path, status, retry_after: None, request_id: None }
                .class()
        };
        assert_eq!(class(503), OutcomeClass::Overloaded);
        assert_eq!(class(429), OutcomeClass::Overloaded);
        assert_eq!(class(502), OutcomeClass::Failed);
        assert_eq!(class(414), OutcomeClass::Failed);
    }

    #[test]
    fn a_clock_that_is_wrong_is_no_other_identity() {
        let class = |refusal| QueryError::Untrusted(refusal).class();
        assert_eq!(class(ReplyRefusal::WrongTime), OutcomeClass::Failed);
        assert_eq!(class(ReplyRefusal::BadSignature), OutcomeClass::WrongIdentity);
        assert_eq!(class(ReplyRefusal::Unsigned), OutcomeClass::WrongIdentity);
    }

    #[test]
    fn who_is_not_to_blame_is_not_told_on() {
        let told = |class: OutcomeClass| class.observation(Duration::ZERO);
        assert_eq!(told(OutcomeClass::Refused), None);
        assert_eq!(told(OutcomeClass::Cancelled), None);
        assert_eq!(told(OutcomeClass::WrongIdentity), Some(PeerOutcome::Refused));
        assert_eq!(told(OutcomeClass::TimedOut), Some(PeerOutcome::Failed));
    }

    #[test]
    fn each_class_has_a_place_of_its_own() {
        for (place, class) in OutcomeClass::ALL.into_iter().enumerate() {
            assert_eq!(class.index(), place);
        }
    }
}
