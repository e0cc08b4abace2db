//! Changing the chain: who sends, what it costs, consent, sending, and what came of it.
//!
//! A command opens a [`Writer`], which settles who sends before anything is connected. It plans
//! the change, which needs no key and leaves nothing behind. Only when somebody has agreed is the
//! key decrypted and the transaction sent, after its record in the journal.

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
