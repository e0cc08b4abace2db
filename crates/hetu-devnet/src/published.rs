//! The contracts with the interface of the published network.
//!
//! This crate may not distribute the published bytecode. For clients, the relevant
//! difference is the missing functions, so our contracts run behind facades that lack them too.

use std::collections::BTreeMap;

use alloy_primitives::hex;
use hetu_chain::Address;
use hetu_chain::text::ForeignError;
use serde::Deserialize;

use crate::artifacts::{InvalidDeployment, bytecode, damaged};

const SELECTORS: &str = include_str!("../artifacts/published-selectors.json");
/// `sealFacade()`: restricts outsiders to the published functions from this call on.
const SEAL: &str = "sealFacade()";

/// A wrapper of contracts in facades.
#[derive(Debug)]
pub(crate) struct Facades {
    creation_code: Vec<u8>,
    selectors: BTreeMap<String, Vec<[u8; 4]>>,
    /// Contracts of the network, which may call all functions of each other.
    peers: Vec<Address>,
}

#[derive(Deserialize)]
#[serde(transparent)]
struct Selectors(BTreeMap<String, Vec<String>>);

impl Facades {
    pub(crate) fn new(peers: Vec<Address>) -> Result<Self, InvalidDeployment> {
        let Selectors(names) =
            serde_json::from_str(SELECTORS).map_err(|error| damaged("selectors", error))?;
        let selectors = names
            .into_iter()
            .map(|(contract, selectors)| Ok((contract, parse(&selectors)?)))
            .collect::<Result<_, InvalidDeployment>>()?;
        Ok(Self { creation_code: bytecode("PublishedFacade")?, selectors, peers })
    }

    /// Returns `true` if the published network has `contract`.
    pub(crate) fn has(&self, contract: &str) -> bool {
        self.selectors.contains_key(contract)
    }

    /// Returns the creation code of `contract` behind a facade.
    pub(crate) fn wrap(&self, contract: &str, creation_code: &[u8]) -> Vec<u8> {
        let selectors = self.selectors.get(contract).map(Vec::as_slice).unwrap_or_default();
        [&self.creation_code[..], &arguments(creation_code, selectors, &self.peers)].concat()
    }

    /// Returns the call that seals a facade.
    pub(crate) fn seal() -> (&'static str, Vec<u8>) {
        (SEAL, alloy_primitives::keccak256(SEAL)[..4].to_vec())
    }
}

fn parse(selectors: &[String]) -> Result<Vec<[u8; 4]>, InvalidDeployment> {
    let parse = |text: &String| {
        hex::decode_to_array(text)
            .map_err(|error| damaged("selectors", ForeignError::new(error).in_context(text)))
    };
    selectors.iter().map(parse).collect()
}

/// Encodes `abi.encode(bytes, bytes4[], address[])`.
fn arguments(code: &[u8], selectors: &[[u8; 4]], peers: &[Address]) -> Vec<u8> {
    let mut bytes = word_of_length(code.len()).to_vec();
    bytes.extend(code);
    bytes.resize(bytes.len().next_multiple_of(32), 0);
    let mut listed_selectors = word_of_length(selectors.len()).to_vec();
    for selector in selectors {
        listed_selectors.extend(selector);
        listed_selectors.extend([0; 28]);
    }
    let mut listed_peers = word_of_length(peers.len()).to_vec();
    for peer in peers {
        listed_peers.extend([0; 12]);
        listed_peers.extend(peer.as_bytes());
    }
    let second = 96 + bytes.len();
    let heads = [96, second, second + listed_selectors.len()].map(word_of_length);
    [heads.concat(), bytes, listed_selectors, listed_peers].concat()
}

fn word_of_length(length: usize) -> [u8; 32] {
    alloy_primitives::U256::from(length).to_be_bytes()
}
