//! A subnet and its members in the format of results.

use hetu::chain::model::{RawEndpoint, Role};
use hetu::chain::primitives::BlockHash;
use hetu::chain::stakework::EpochClock;
use hetu::metastruct::{Member, View};
use hetu::{Address, NetUid};
use serde::Serialize;

use crate::decimal::Decimal;
use crate::output::table;

#[derive(Serialize)]
pub(super) struct SubnetViewReport {
    pub(super) netuid: NetUid,
    pub(super) name: String,
    is_active: bool,
    pub(super) block: u64,
    block_hash: BlockHash,
    block_time: u64,
    pub(super) epoch: EpochClock,
    pub(super) total_stake: Decimal,
    pub(super) miners: usize,
    pub(super) validators: usize,
    pub(super) dendrons: Vec<MemberRow>,
}

#[derive(Serialize)]
pub(super) struct MemberRow {
    pub(super) address: Address,
    pub(super) role: Role,
    pub(super) is_active: bool,
    pub(super) stake: Decimal,
    pub(super) registered_at: u64,
    pub(super) last_update: u64,
    /// URL of the endpoint, or null.
    pub(super) url: Option<String>,
    /// Reason for the missing URL, or null.
    pub(super) refusal: Option<String>,
    pub(super) endpoint: RawEndpoint,
    pub(super) metrics_endpoint: RawEndpoint,
}

impl SubnetViewReport {
    /// Returns the subnet with its miners and then its validators, each by decreasing stake.
    pub(super) fn of(view: &View) -> Self {
        let members = view.miners().iter().chain(view.validators());
        Self {
            netuid: view.netuid(),
            name: view.subnet.name.clone(),
            is_active: view.subnet.is_active,
            block: view.block.id.number,
            block_hash: view.block.id.hash,
            block_time: view.block.time,
            epoch: view.epoch(),
            total_stake: view.total_stake().into(),
            miners: view.miners().len(),
            validators: view.validators().len(),
            dendrons: members.map(|member| MemberRow::of(member)).collect(),
        }
    }
}

impl MemberRow {
    pub(super) fn of(member: &Member) -> Self {
        let dendron = &member.dendron;
        Self {
            address: dendron.address,
            role: dendron.role,
            is_active: dendron.is_active,
            stake: dendron.stake.into(),
            registered_at: dendron.registered_at,
            last_update: dendron.last_update,
            url: member.endpoint.as_ref().ok().map(ToString::to_string),
            refusal: member.endpoint.as_ref().err().map(ToString::to_string),
            endpoint: dendron.endpoint.clone(),
            metrics_endpoint: dendron.metrics_endpoint.clone(),
        }
    }

    /// Returns the endpoint or the reason why there is none. A reason may quote untrusted input, so
    /// control characters are escaped.
    fn place(&self) -> String {
        match (&self.url, &self.refusal) {
            (Some(url), _) => url.clone(),
            (None, Some(refusal)) => format!("- ({})", refusal.escape_debug()),
            (None, None) => "-".to_owned(),
        }
    }
}

pub(super) fn members_table(members: &[MemberRow]) -> String {
    let rows = members.iter().map(|member| {
        [
            member.address.to_string(),
            member.role.to_string(),
            if member.is_active { "yes" } else { "no" }.to_owned(),
            member.stake.to_string(),
            member.place(),
        ]
    });
    table(["dendron", "role", "active", "stake", "serves at"], rows)
}
