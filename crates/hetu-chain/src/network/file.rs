//! The format of `networks.toml`.

use std::collections::BTreeMap;
use std::fs::File as OpenFile;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{FeeCeilings, Network, NetworkError, RpcUrl};
use crate::primitives::ContractAddresses;
use crate::text::read_text;
use crate::{ChainId, durable_file};

impl Network {
    /// Returns the network as an entry of `networks.toml`, including credentials of its endpoints.
    pub fn to_toml(&self) -> String {
        let entry = Entry {
            chain_id: self.chain_id,
            endpoints: self.endpoints.clone(),
            allows_private_addresses: self.allows_private_addresses,
            contracts: self.contracts,
            fees: self.fees,
        };
        let file = File { networks: BTreeMap::from([(self.name.clone(), entry)]) };
        #[expect(clippy::expect_used, reason = "texts and numbers always serialise")]
        toml::to_string(&file).expect("a network serialises")
    }
}

/// The maximum length of the file in bytes. An entry has about 600.
const MAX_LENGTH: u64 = 16 << 20;

pub(super) fn read_or_empty(path: &Path) -> Result<String, NetworkError> {
    match OpenFile::open(path).and_then(|file| read_text(file, MAX_LENGTH)) {
        Ok(text) => Ok(text.to_string()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        Err(source) => Err(NetworkError::Unreadable { path: path.to_owned(), source }),
    }
}

/// Replaces the file with the new text, completely or not at all.
pub(super) fn replace_file(folder: &Path, path: &Path, text: &str) -> io::Result<()> {
    durable_file::create_private_folder(folder)?;
    durable_file::replace(path, text.as_bytes())
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    #[serde(default)]
    pub(super) networks: BTreeMap<String, Entry>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    chain_id: ChainId,
    #[serde(deserialize_with = "one_to_call")]
    endpoints: Vec<RpcUrl>,
    #[serde(default)]
    allows_private_addresses: bool,
    contracts: ContractAddresses,
    #[serde(default, skip_serializing_if = "FeeCeilings::is_default")]
    fees: FeeCeilings,
}

impl Entry {
    pub(super) fn into_network(self, name: String) -> Network {
        Network {
            name,
            chain_id: self.chain_id,
            endpoints: self.endpoints,
            contracts: self.contracts,
            allows_private_addresses: self.allows_private_addresses,
            fees: self.fees,
        }
    }
}

fn one_to_call<'de, D: serde::Deserializer<'de>>(reader: D) -> Result<Vec<RpcUrl>, D::Error> {
    let endpoints = Vec::<RpcUrl>::deserialize(reader)?;
    if endpoints.iter().all(RpcUrl::is_websocket) {
        return Err(serde::de::Error::custom("a network needs an http or https endpoint"));
    }
    Ok(endpoints)
}

/// Returns the position and the fault of an invalid file. The content is not repeated, because it
/// may be the URL of a node with a user's key.
pub(super) fn reason(text: &str, error: &toml::de::Error) -> String {
    let start = error.span().map_or(0, |span| span.start.min(text.len()));
    let line = text.as_bytes()[..start].iter().filter(|byte| **byte == b'\n').count() + 1;
    let message = error.message();
    let shown = if message.contains("://") { "a url where none is expected" } else { message };
    format!("line {line}: {}", shown.lines().next().unwrap_or_default())
}
