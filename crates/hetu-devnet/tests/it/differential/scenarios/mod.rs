//! The requests to both nodes, by subject.

mod accounts;
mod blocks;
mod calls;
mod envelopes;
mod estimates;
mod fees;
mod filters;
mod logs;
mod sending;
mod state;
mod steering;
mod subscriptions;
mod transactions;

use super::script::Scenario;

/// Returns all scenarios.
pub(crate) fn all() -> Vec<Scenario> {
    [
        blocks::scenarios(),
        state::scenarios(),
        calls::scenarios(),
        estimates::scenarios(),
        fees::scenarios(),
        sending::scenarios(),
        transactions::scenarios(),
        logs::scenarios(),
        filters::scenarios(),
        accounts::scenarios(),
        steering::scenarios(),
        envelopes::scenarios(),
        subscriptions::scenarios(),
    ]
    .concat()
}
