//! Changes of the chain: sender, cost, consent, sending, and outcome.
//!
//! A command opens a [`Writer`], which selects the sender before any connection. It plans the
//! change, which needs no key and has no side effects. Only after the user's consent is the key
//! decrypted and the transaction sent, after its record in the journal.

mod arguments;
mod command;
mod consent;
mod interruption;
mod leftovers;
mod plan;
mod sending;
mod unattended;
mod writer;

pub(crate) use arguments::WriteArguments;
pub(crate) use command::{WriteCommand, run};
pub(crate) use consent::Consent;
pub(crate) use plan::WritePlan;
pub(crate) use sending::Sending;
pub(crate) use unattended::UnattendedArguments;
pub(crate) use writer::Writer;
