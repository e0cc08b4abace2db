//! One request and its reply: signed, sent, received, verified, decoded.

mod call_log;
mod exchanger;
mod opening;
mod permit;
mod proving;
mod reply;
mod settings;
mod signed_call;

pub(crate) use call_log::log_outcome;
pub(crate) use exchanger::{CallTerms, Exchanger, OutgoingCall};
pub(crate) use permit::{ExchangePath, ExchangePermit};
pub(crate) use reply::verify;
pub(crate) use settings::ExchangeSettings;
pub(crate) use signed_call::SignedCall;
