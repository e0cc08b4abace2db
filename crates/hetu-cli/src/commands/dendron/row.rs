//! Dendrons in the format of results.

use hetu::Address;
use hetu::chain::model::{Dendron, RawEndpoint, Role};
use serde::Serialize;

use crate::decimal::Decimal;
use crate::output::table;

#[derive(Debug, Serialize)]
pub(crate) struct DendronRow {
    address: Address,
    role: Role,
    is_active: bool,
    stake: Decimal,
    registered_at: u64,
    last_update: u64,
    endpoint: RawEndpoint,
    metrics_endpoint: RawEndpoint,
}

impl From<Dendron> for DendronRow {
    fn from(dendron: Dendron) -> Self {
        Self {
            address: dendron.address,
            role: dendron.role,
            is_active: dendron.is_active,
            stake: dendron.stake.into(),
            registered_at: dendron.registered_at,
            last_update: dendron.last_update,
            endpoint: dendron.endpoint,
            metrics_endpoint: dendron.metrics_endpoint,
        }
    }
}

impl DendronRow {
    pub(super) fn rows(&self) -> [(&'static str, String); 7] {
        [
            ("role", self.role.to_string()),
            ("active", self.activity()),
            ("stake", format!("{} HETU", self.stake)),
            ("endpoint", endpoint_text(&self.endpoint)),
            ("metrics", endpoint_text(&self.metrics_endpoint)),
            ("registered in block", self.registered_at.to_string()),
            ("last change", format!("{} seconds after 1970", self.last_update)),
        ]
    }

    fn activity(&self) -> String {
        if self.is_active { "yes".to_owned() } else { "no: its stake is too small".to_owned() }
    }
}

pub(crate) fn dendrons_table(dendrons: &[DendronRow]) -> String {
    let rows = dendrons.iter().map(|dendron| {
        [
            dendron.address.to_string(),
            dendron.role.to_string(),
            if dendron.is_active { "yes" } else { "no" }.to_owned(),
            dendron.stake.to_string(),
            endpoint_text(&dendron.endpoint),
        ]
    });
    table(["dendron", "role", "active", "stake", "endpoint"], rows)
}

/// Returns the endpoint as text. Hosts are untrusted input, so control characters are escaped.
fn endpoint_text(endpoint: &RawEndpoint) -> String {
    if endpoint.is_empty() {
        return "none".to_owned();
    }
    format!("{}:{}", endpoint.host.escape_debug(), endpoint.port)
}
