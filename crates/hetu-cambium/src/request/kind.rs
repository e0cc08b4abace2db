//! Kinds of signatures of requests.

use super::revision::{EARLIER_PREFIX, Erc8128Revision};
use crate::message_signature::Labels;
use crate::session;

/// The kind of key that made a signature, and its rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SignatureKind {
    Wallet(Erc8128Revision),
    Session,
}

/// The kinds that a verifier accepts.
#[derive(Clone, Copy, Debug)]
pub(super) struct AcceptedKinds {
    pub(super) earlier_revision: bool,
    pub(super) sessions: bool,
}

impl AcceptedKinds {
    /// Returns the kind of a signature, or `None` if it is not accepted. Each kind has its own tag,
    /// so a signature of one kind is never read as another.
    pub(super) fn kind(self, labels: Labels<'_>) -> Option<SignatureKind> {
        match labels.tag {
            Some(super::TAG) => Some(SignatureKind::Wallet(Erc8128Revision::Newest)),
            Some(session::TAG) if self.sessions => Some(SignatureKind::Session),
            None if self.earlier_revision && labels.keyid?.starts_with(EARLIER_PREFIX) => {
                Some(SignatureKind::Wallet(Erc8128Revision::Earlier))
            }
            _ => None,
        }
    }
}
