//! The readiness of a miner, with the reason if it is not ready.

use serde::{Serialize, Serializer};

use super::state::RegistrationState;

/// The readiness of a miner to serve the calls of its subnet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Readiness {
    /// Ready.
    Ready,
    /// Stopping after a stop signal.
    Stopping,
    /// A node that serves another chain than at the start of the miner.
    OtherChain,
    /// Unknown roles: the chain has been unreachable for too long.
    RolesUnknown,
    /// An unavailable store of shared state.
    StoreUnavailable,
    /// No registration in the subnet: the miner left, or it was pruned.
    NotRegistered,
    /// An account that is registered with another role.
    NotAMiner,
    /// A stake below the minimum of the subnet.
    Inactive,
    /// Another endpoint on chain, until it can be changed.
    EndpointPending,
    /// Another endpoint on chain, set by another process with the same key.
    EndpointDiffers,
}

impl Readiness {
    /// Returns the name of the reason, as in `/health/ready`, or `None` if the miner is ready.
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

    /// Returns the meaning of the reason and the next step, or `None` if the name is sufficient.
    pub const fn message(self) -> Option<&'static str> {
        match self {
            Self::OtherChain => {
                Some("the node serves another chain than before: start the miner again")
            }
            _ => None,
        }
    }

    /// Returns `true` for [`Ready`](Self::Ready).
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

/// Writes `status`, and `reason` if it is not `ok`, with a `message` if there is one.
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
