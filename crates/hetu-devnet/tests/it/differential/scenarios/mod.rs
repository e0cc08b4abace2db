//! What both nodes are asked, by subject.

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

/// All scenarios, by subject.
pub(crate) fn all() -> Vec<(&'static str, Vec<Scenario>)> {
    vec![
        ("blocks", blocks::scenarios()),
        ("state", state::scenarios()),
        ("calls", calls::scenarios()),
        ("estimates of gas", estimates::scenarios()),
        ("fees", fees::scenarios()),
        ("sending of transactions", sending::scenarios()),
        ("transactions and receipts", transactions::scenarios()),
        ("logs", logs::scenarios()),
        ("filters", filters::scenarios()),
        ("accounts and the node itself", accounts::scenarios()),
        ("steering", steering::scenarios()),
        ("envelopes of JSON-RPC", envelopes::scenarios()),
        ("subscriptions", subscriptions::scenarios()),
    ]
}
