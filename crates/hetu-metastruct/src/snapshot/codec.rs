//! The binary format of a snapshot, and the only module that depends on bincode.
//!
//! ```text
//! "HETUMETA"   8 bytes
//! format       4 bytes, little-endian
//! SHA-256      32 bytes, of the body
//! body         bincode, as version 1 wrote it
//! ```

use std::error::Error;
use std::time::Duration;

use bincode::config::{Configuration, Fixint, Limit, LittleEndian};
use bincode::{Decode, Encode};
use hetu_chain::model::{Block, Dendron, Hyperparameters, RawEndpoint, Role, Subnet};
use hetu_chain::primitives::ContractAddresses;
use hetu_chain::{Address, Amount, BlockId, NetUid};
use sha2::{Digest, Sha256};

use super::file::MOST_BYTES;
use super::{SavedSubnet, SnapshotError, SnapshotOrigin};
use crate::View;
use crate::quality::SavedQuality;

const MAGIC: &[u8; 8] = b"HETUMETA";
/// Version of the format, which increases with every change of the body.
pub(super) const FORMAT: u32 = 1;
const HEAD_BYTES: usize = 8 + 4 + 32;
/// The contracts number the places of a subnet with 16 bits.
const MOST_RECORDS: usize = 1 << 16;

const CONFIG: Configuration<LittleEndian, Fixint, Limit<{ MOST_BYTES as usize }>> =
    bincode::config::legacy().with_limit::<{ MOST_BYTES as usize }>();

#[derive(Encode, Decode)]
struct SnapshotBody {
    chain: u64,
    contracts: Vec<(String, [u8; 20])>,
    netuid: u16,
    block: SavedBlock,
    asked_at: Duration,
    #[bincode(with_serde)]
    subnet: Subnet,
    #[bincode(with_serde)]
    hyperparameters: Hyperparameters,
    dendrons: Vec<SavedDendron>,
    qualities: Vec<SavedPeer>,
}

#[derive(Encode, Decode)]
struct SavedBlock {
    number: u64,
    hash: [u8; 32],
    parent: [u8; 32],
    time: u64,
}

#[derive(Encode, Decode)]
struct SavedDendron {
    address: [u8; 20],
    is_validator: bool,
    is_active: bool,
    stake: [u8; 32],
    registered_at: u64,
    last_update: u64,
    endpoint: (String, u32),
    metrics_endpoint: (String, u32),
}

#[derive(Encode, Decode)]
struct SavedPeer {
    address: [u8; 20],
    latency: u64,
    reputation: u64,
    last: u64,
    buckets: [u64; 10],
    counts: [u64; 3],
    seen: [u64; 2],
}

/// Returns eight hexadecimal digits that distinguish deployments in file names.
pub(super) fn digest_of(contracts: &ContractAddresses) -> String {
    let mut digest = Sha256::new();
    for (name, address) in contracts.iter() {
        digest.update(name);
        digest.update(address.as_bytes());
    }
    digest.finalize()[..4].iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(super) fn encode(
    origin: &SnapshotOrigin,
    saved: &SavedSubnet,
) -> Result<Vec<u8>, SnapshotError> {
    let SavedSubnet { view, qualities, asked_at } = saved;
    let mut members: Vec<_> = view.members().collect();
    members.sort_unstable_by_key(|member| member.address());
    let body = SnapshotBody {
        chain: origin.chain.get(),
        contracts: listed(&origin.contracts),
        netuid: origin.netuid.get(),
        block: SavedBlock {
            number: view.block.id.number,
            hash: *view.block.id.hash.as_bytes(),
            parent: *view.block.parent.as_bytes(),
            time: view.block.time,
        },
        asked_at: *asked_at,
        subnet: Subnet::clone(&view.subnet),
        hyperparameters: view.hyperparameters,
        dendrons: members.into_iter().map(|member| SavedDendron::from(&member.dendron)).collect(),
        qualities: qualities.iter().map(SavedPeer::from).collect(),
    };
    let body = bincode::encode_to_vec(body, CONFIG).map_err(damaged)?;
    let checksum = Sha256::digest(&body);
    Ok([&MAGIC[..], &FORMAT.to_le_bytes(), checksum.as_slice(), &body].concat())
}

pub(super) fn decode(bytes: &[u8], origin: &SnapshotOrigin) -> Result<SavedSubnet, SnapshotError> {
    if bytes.len() as u64 > MOST_BYTES {
        return Err(damaged("it is longer than any"));
    }
    let Some((head, body)) = bytes.split_at_checked(HEAD_BYTES) else {
        return Err(damaged("it is cut off"));
    };
    let (magic, rest) = head.split_at(MAGIC.len());
    let (format, checksum) = rest.split_at(4);
    if magic != MAGIC {
        return Err(damaged("it is no snapshot"));
    }
    let found = format.try_into().map(u32::from_le_bytes).unwrap_or_default();
    if found != FORMAT {
        return Err(SnapshotError::OtherFormat { found, expected: FORMAT });
    }
    if Sha256::digest(body).as_slice() != checksum {
        return Err(damaged("its checksum is wrong"));
    }
    let (body, length): (SnapshotBody, usize) =
        bincode::decode_from_slice(body, CONFIG).map_err(damaged)?;
    if length + HEAD_BYTES != bytes.len() {
        return Err(damaged("there is something behind its end"));
    }
    body.check(origin)?;
    body.into_saved(origin)
}

impl SnapshotBody {
    fn check(&self, origin: &SnapshotOrigin) -> Result<(), SnapshotError> {
        let foreign = |what| Err(SnapshotError::Foreign { what });
        if self.chain != origin.chain.get() {
            return foreign("chain");
        }
        if self.contracts != listed(&origin.contracts) {
            return foreign("deployment of the contracts");
        }
        if self.netuid != origin.netuid.get() || self.subnet.netuid != origin.netuid {
            return foreign("subnet");
        }
        if self.dendrons.len() > MOST_RECORDS {
            return Err(damaged("there are more dendrons than a subnet can have"));
        }
        // The dendrons are written in the order of their addresses.
        if !self.dendrons.is_sorted_by(|one, next| one.address < next.address) {
            return Err(damaged("a dendron is there twice, or out of its place"));
        }
        Ok(())
    }

    fn into_saved(self, origin: &SnapshotOrigin) -> Result<SavedSubnet, SnapshotError> {
        let SavedBlock { number, hash, parent, time } = self.block;
        let block = Block::new(BlockId { number, hash: hash.into() }, parent.into(), time);
        let netuid = origin.netuid;
        let dendrons = self.dendrons.into_iter().map(|dendron| dendron.into_dendron(netuid));
        let allows_private = origin.allows_private_addresses;
        let view =
            View::new(block, self.subnet, self.hyperparameters, dendrons.collect(), allows_private);
        let qualities = self.qualities.into_iter().map(SavedPeer::into_quality).collect();
        Ok(SavedSubnet { view, qualities, asked_at: self.asked_at })
    }
}

fn listed(contracts: &ContractAddresses) -> Vec<(String, [u8; 20])> {
    contracts.iter().map(|(name, address)| (name.to_owned(), *address.as_bytes())).collect()
}

fn damaged(source: impl Into<Box<dyn Error + Send + Sync>>) -> SnapshotError {
    SnapshotError::Damaged { source: source.into() }
}

impl From<&Dendron> for SavedDendron {
    fn from(dendron: &Dendron) -> Self {
        let text = |endpoint: &RawEndpoint| (endpoint.host.clone(), endpoint.port);
        Self {
            address: *dendron.address.as_bytes(),
            is_validator: dendron.role == Role::Validator,
            is_active: dendron.is_active,
            stake: dendron.stake.to_be_bytes(),
            registered_at: dendron.registered_at,
            last_update: dendron.last_update,
            endpoint: text(&dendron.endpoint),
            metrics_endpoint: text(&dendron.metrics_endpoint),
        }
    }
}

impl SavedDendron {
    fn into_dendron(self, netuid: NetUid) -> Dendron {
        let role = if self.is_validator { Role::Validator } else { Role::Miner };
        let endpoint = |(host, port)| RawEndpoint { host, port };
        let mut dendron = Dendron::new(netuid, Address::new(self.address), role);
        dendron.is_active = self.is_active;
        dendron.stake = Amount::from_be_bytes(self.stake);
        dendron.registered_at = self.registered_at;
        dendron.last_update = self.last_update;
        dendron.endpoint = endpoint(self.endpoint);
        dendron.metrics_endpoint = endpoint(self.metrics_endpoint);
        dendron
    }
}

impl From<&(Address, SavedQuality)> for SavedPeer {
    fn from((address, quality): &(Address, SavedQuality)) -> Self {
        let SavedQuality { latency, reputation, last, buckets, counts, seen } = *quality;
        let address = *address.as_bytes();
        Self { address, latency, reputation, last, buckets, counts, seen }
    }
}

impl SavedPeer {
    const fn into_quality(self) -> (Address, SavedQuality) {
        let Self { address, latency, reputation, last, buckets, counts, seen } = self;
        let quality = SavedQuality { latency, reputation, last, buckets, counts, seen };
        (Address::new(address), quality)
    }
}

#[cfg(test)]
mod tests {
    use hetu_chain::network::presets;
    use proptest::prelude::*;

    use super::*;

    fn sealed(body: &[u8]) -> Vec<u8> {
        let checksum = Sha256::digest(body);
        [&MAGIC[..], &FORMAT.to_le_bytes(), checksum.as_slice(), body].concat()
    }

    proptest! {
        /// Tests that a correct checksum does not make a body trusted.
        #[test]
        fn any_body_with_a_right_checksum_is_refused_without_harm(
            body in prop::collection::vec(any::<u8>(), 0..600)
        ) {
            let origin = SnapshotOrigin::new(&presets::local(), NetUid::new(1));
            prop_assert!(decode(&sealed(&body), &origin).is_err());
        }
    }

    #[test]
    fn a_length_without_end_takes_no_memory() {
        let origin = SnapshotOrigin::new(&presets::local(), NetUid::new(1));
        let body = [&31_337_u64.to_le_bytes()[..], &u64::MAX.to_le_bytes()].concat();
        let error = decode(&sealed(&body), &origin).unwrap_err();
        assert!(matches!(error, SnapshotError::Damaged { .. }), "{error}");
    }
}
