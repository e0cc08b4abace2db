//! Files of contract addresses, in the formats of different tools.

use std::collections::BTreeMap;
use std::error::Error;

use serde_json::{Map, Value};

use super::NetworkError;
use crate::Address;
use crate::primitives::{ContractAddresses, InvalidAddress};
use crate::text::{ForeignError, without_mark};

/// Members that contain the addresses, if present, instead of the whole file.
const WRAPPERS: [&str; 3] = ["contracts", "addresses", "contract_addresses"];
/// Suffixes that people append to the name of a contract.
const ENDINGS: [&str; 3] = ["address", "contract", "token"];

/// The contracts in a file of addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AddressFile {
    /// The contracts of the network.
    pub contracts: ContractAddresses,
    /// Members of the file that do not name a contract of a network.
    pub ignored: Vec<String>,
}

impl AddressFile {
    /// Reads TOML, or JSON if the text begins with `{`.
    ///
    /// The accepted names are this SDK's names of the contracts, those of the Python SDK
    /// (`whetu_token`, `neuron_manager`), of hetucli's configuration (`whetu_address`,
    /// `subnet_address`, `staking_address`, `neuron_address`) and of the Solidity sources
    /// (`SubnetAMMFactory`), in any case. They may be at the top or within `contracts`, `addresses`
    /// or `contract_addresses`. A value is a text or an object with a member `address`. The zero
    /// address means a missing one, as in hetucli's defaults.
    ///
    /// # Errors
    /// [`NetworkError::Addresses`], which names the contracts that are missing, that have two
    /// different addresses, or that have an invalid one.
    pub fn parse(text: &str) -> Result<Self, NetworkError> {
        let members = members(text)?;
        let mut found: BTreeMap<Contract, Address> = BTreeMap::new();
        let mut ignored = Vec::new();
        for (name, value) in contracts_of(&members) {
            let Some(contract) = Contract::named(name) else {
                ignored.push(name.clone());
                continue;
            };
            let address = address_of(name, value)?;
            if address.is_zero() {
                continue;
            }
            if found.insert(contract, address).is_some_and(|before| before != address) {
                return Err(invalid(format!("{name} is there twice, with different addresses")));
            }
        }
        Ok(Self { contracts: complete(&found)?, ignored })
    }
}

fn members(text: &str) -> Result<Map<String, Value>, NetworkError> {
    let text = without_mark(text);
    let is_json = text.trim_start().starts_with('{');
    if is_json {
        serde_json::from_str(text).map_err(invalid)
    } else {
        toml::from_str(text).map_err(invalid)
    }
}

fn contracts_of(members: &Map<String, Value>) -> &Map<String, Value> {
    WRAPPERS.iter().find_map(|wrapper| members.get(*wrapper)?.as_object()).unwrap_or(members)
}

fn address_of(name: &str, value: &Value) -> Result<Address, NetworkError> {
    let text = value.as_str().or_else(|| value.get("address")?.as_str());
    let text = text.ok_or_else(|| invalid(format!("{name} has no address")))?;
    text.parse().map_err(|error: InvalidAddress| NetworkError::Addresses {
        reason: ForeignError::new(error).in_context(name),
    })
}

fn complete(found: &BTreeMap<Contract, Address>) -> Result<ContractAddresses, NetworkError> {
    let missing: Vec<_> = Contract::REQUIRED
        .iter()
        .filter(|contract| !found.contains_key(contract))
        .map(|contract| contract.name())
        .collect();
    if !missing.is_empty() {
        return Err(invalid(format!("there is no address of {}", missing.join(", "))));
    }
    let address = |contract| found.get(&contract).copied();
    let required = |contract| address(contract).unwrap_or_default();
    Ok(ContractAddresses {
        whetu: required(Contract::Whetu),
        global_staking: required(Contract::GlobalStaking),
        amm_factory: required(Contract::AmmFactory),
        subnet_manager: required(Contract::SubnetManager),
        dendron_manager: required(Contract::DendronManager),
        weights: required(Contract::Weights),
        reward_distributor: address(Contract::RewardDistributor),
        lens: address(Contract::Lens),
    })
}

fn invalid(reason: impl Into<Box<dyn Error + Send + Sync>>) -> NetworkError {
    NetworkError::Addresses { reason: ForeignError::new(reason) }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Contract {
    Whetu,
    GlobalStaking,
    AmmFactory,
    SubnetManager,
    DendronManager,
    Weights,
    RewardDistributor,
    Lens,
}

impl Contract {
    const REQUIRED: [Self; 6] = [
        Self::Whetu,
        Self::GlobalStaking,
        Self::AmmFactory,
        Self::SubnetManager,
        Self::DendronManager,
        Self::Weights,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Whetu => "whetu",
            Self::GlobalStaking => "global_staking",
            Self::AmmFactory => "amm_factory",
            Self::SubnetManager => "subnet_manager",
            Self::DendronManager => "dendron_manager",
            Self::Weights => "weights",
            Self::RewardDistributor => "reward_distributor",
            Self::Lens => "lens",
        }
    }

    /// Returns the contract with a name. hetucli's `amm_address` is the address of a pool and not
    /// of the factory, so it is ignored here.
    fn named(name: &str) -> Option<Self> {
        let letters: String =
            name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
        let stem = ENDINGS
            .iter()
            .find_map(|ending| letters.strip_suffix(ending))
            .filter(|stem| !stem.is_empty())
            .unwrap_or(&letters);
        Some(match stem {
            "whetu" => Self::Whetu,
            "globalstaking" | "staking" => Self::GlobalStaking,
            "ammfactory" | "subnetammfactory" => Self::AmmFactory,
            "subnetmanager" | "subnet" => Self::SubnetManager,
            "dendronmanager" | "neuronmanager" | "neuron" => Self::DendronManager,
            "weights" => Self::Weights,
            "rewarddistributor" => Self::RewardDistributor,
            "lens" => Self::Lens,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::presets;

    fn parse(text: &str) -> Result<AddressFile, String> {
        AddressFile::parse(text).map_err(|error| error.to_string())
    }

    fn expected() -> ContractAddresses {
        ContractAddresses { reward_distributor: None, lens: None, ..presets::local().contracts }
    }

    const PYTHON: &str = r#"{
        "WHETU_TOKEN": "0x5FbDB2315678afecb367f032d93F642f64180aa3",
        "GLOBAL_STAKING": "0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512",
        "AMM_FACTORY": "0x9fe46736679d2d9a65f0992f2272de9f3c7fa6e0",
        "SUBNET_MANAGER": "0xCf7Ed3AccA5a467e9e704C703E8D87F634fB0Fc9",
        "NEURON_MANAGER": "0xDc64a140Aa3E981100a9becA4E685f962f0cF6C9",
        "WEIGHTS": "0x5FC8d32690cc91D4c39d9d3abcBD16989F875707"
    }"#;

    #[test]
    fn files_of_every_tool_say_the_same() {
        let solidity = r#"{ "chainId": 31337, "contracts": {
            "WHETU": { "address": "0x5FbDB2315678afecb367f032d93F642f64180aa3", "abi": [] },
            "GlobalStaking": { "address": "0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512" },
            "SubnetAMMFactory": { "address": "0x9fE46736679d2D9a65F0992F2272dE9f3c7fa6e0" },
            "SubnetManager": { "address": "0xCf7Ed3AccA5a467e9e704C703E8D87F634fB0Fc9" },
            "NeuronManager": { "address": "0xDc64a140Aa3E981100a9becA4E685f962f0cF6C9" },
            "Weights": { "address": "0x5FC8d32690cc91D4c39d9d3abcBD16989F875707" }
        } }"#;
        let hetucli = r#"
            chain = "https://node.example"
            whetu_address = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
            subnet_address = "0xCf7Ed3AccA5a467e9e704C703E8D87F634fB0Fc9"
            staking_address = "0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512"
            neuron_address = "0xDc64a140Aa3E981100a9becA4E685f962f0cF6C9"
            amm_address = "0x0000000000000000000000000000000000000007"
            amm_factory = "0x9fE46736679d2D9a65F0992F2272dE9f3c7fa6e0"
            weights = "0x5FC8d32690cc91D4c39d9d3abcBD16989F875707"
        "#;
        for text in [PYTHON, solidity, hetucli] {
            assert_eq!(parse(text).unwrap().contracts, expected());
        }
        assert_eq!(parse(hetucli).unwrap().ignored, ["amm_address", "chain"]);
        let ours = toml::to_string(&presets::local().contracts).unwrap();
        assert_eq!(parse(&ours).unwrap().contracts, presets::local().contracts);
        assert_eq!(parse(&format!("[contracts]\n{ours}")).unwrap(), parse(&ours).unwrap());
    }

    #[test]
    fn what_is_missing_wrong_or_contradictory_is_named() {
        let refused = |text: &str| parse(text).unwrap_err();
        let zero = "0x0000000000000000000000000000000000000000";
        let missing = PYTHON.replace("0x5FC8d32690cc91D4c39d9d3abcBD16989F875707", zero);
        assert!(refused(&missing).contains("no address of weights"));
        assert!(refused("{}").contains("whetu, global_staking, amm_factory"));
        assert!(
            refused(&PYTHON.replace("0x5FbDB", "0x5fbDB")).contains("WHETU_TOKEN: the address")
        );
        assert!(
            refused(&PYTHON.replace(r#""0x5FbDB2315678afecb367f032d93F642f64180aa3""#, "7"))
                .contains("WHETU_TOKEN has no address")
        );
        let twice =
            PYTHON.replacen('{', r#"{ "whetu": "0x0000000000000000000000000000000000000007","#, 1);
        assert!(refused(&twice).contains("twice"));
        for text in ["", "nonsense", "{", "[]", "{ \"contracts\": [] }"] {
            assert!(parse(text).is_err(), "{text:?}");
        }
    }
}
