//! Whether a miner is ready, and why not.

use serde::{Serialize, Serializer};

use super::state::RegistrationState;

/// Whether a miner serves the calls of its subnet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Readiness {
    /// It does.
    Ready,
    /// It was told to stop.
    Stopping,
    /// The node serves another chain than the one that the miner was started for.
    OtherChain,
    /// It does not know who is who in the subnet: the chain has been out of reach for too long.
    RolesUnknown,
    /// What it shares with its replicas is not known: the store does not answer.
    StoreUnavailable,
    /// It is no dendron of the subnet: it left, or it was pruned.
    NotRegistered,
    /// Its account takes part as something else.
    NotAMiner,
    /// Its stake is below what the subnet asks of a miner.
    Inactive,
    /// The chain names another endpoint, until it may be changed.
    EndpointPending,
    /// The chain names another endpoint, which somebody with the same key chose.
    EndpointDiffers,
}

impl Readiness {
    /// The name of the reason, as `/health/ready` tells it; none if it is ready.
    pub const fn reason(self) -> Option<&'static str> {
        Some(match self {
            Self::Ready => return None,
            Self::Stopping => "stopping",
            Self::OtherChain => "other_chain",
            Self::RolesUnknown => "roles_unknown",
            Self::StoreUnavailable => "store_unavailable",
            Self::NotRegistered => RegistrationState::NotRegistered.name(),
            Self::NotAMiner => RegistrationState::NotAMiner.name(),
            Self::Inactive => RegistrationState::Inactive.name(),
            Self::EndpointPending => RegistrationState::EndpointPending.name(),
            Self::EndpointDiffers => RegistrationState::EndpointDiffers.name(),
        })
    }

    /// Returns the meaning of the reason and the next step, or `None` if its name says it.
    pub const fn message(self) -> Option<&'static str> {
        match self {
            Self::OtherChain => {
                Some("the node serves another chain than before: start the miner again")
            }
            _ => None,
        }
    }

    /// Whether it is [`Ready`](Self::Ready).
    pub const fn is_ready(self) -> bool {
        matches!(self, Self::Ready)
    }
}

impl From<RegistrationState> for Readiness {
    fn from(state: RegistrationState) -> Self {
        match state {
            RegistrationState::Confirmed => Self::Ready,
            RegistrationState::NotRegistered => Self::NotRegistered,
            RegistrationState::NotAMiner => Self::NotAMiner,
            RegistrationState::Inactive => Self::Inactive,
            RegistrationState::EndpointPending => Self::EndpointPending,
            RegistrationState::EndpointDiffers => Self::EndpointDiffers,
        }
    }
}

/// `status`, and `reason` if it is not `ok`, with a `message` where there is one.
impl Serialize for Readiness {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut document = serializer.serialize_struct("Readiness", 3)?;
        match self.reason() {
            None => document.serialize_field("status", "ok")?,
            Some(reason) => {
                document.serialize_field("status", "unavailable")?;
                document.serialize_field("reason", reason)?;
                if let Some(message) = self.message() {
                    document.serialize_field("message", message)?;
                }
            }
        }
        document.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_has_a_reason_unless_all_is_well() {
        let text = |readiness: Readiness| serde_json::to_string(&readiness).unwrap();
        assert_eq!(text(Readiness::Ready), r#"{"status":"ok"}"#);
        let inactive = Readiness::from(RegistrationState::Inactive);
        assert_eq!(text(inactive), r#"{"status":"unavailable","reason":"inactive"}"#);
    }
}
