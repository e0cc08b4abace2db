//! Networks from the user's configuration.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use serde::{Deserialize, Serialize};

use super::{InvalidRpcUrl, Network, RpcUrl, localnet, presets};
use crate::{ChainId, ContractAddresses, Retryability};

const FILE_NAME: &str = "networks.toml";
const RPC_URL_VARIABLE: &str = "HETU_RPC_URL";
const HOME_VARIABLE: &str = "HETU_HOME";

/// The folder of the user's wallets and configuration: `$HETU_HOME`, else `~/.hetu`.
pub fn hetu_home() -> PathBuf {
    env::var_os(HOME_VARIABLE)
        .map_or_else(|| env::home_dir().unwrap_or_default().join(".hetu"), PathBuf::from)
}

/// The networks known by name: the presets, the running `hetu localnet`, and those of
/// `networks.toml`. Of two with the same name the last in this order counts.
///
/// ```toml
/// [networks.mynet]
/// chain_id = 560000
/// endpoints = ["https://node.example"]
///
/// [networks.mynet.contracts]
/// whetu = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
/// global_staking = "0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512"
/// amm_factory = "0x9fE46736679d2D9a65F0992F2272dE9f3c7fa6e0"
/// subnet_manager = "0xCf7Ed3AccA5a467e9e704C703E8D87F634fB0Fc9"
/// dendron_manager = "0xDc64a140Aa3E981100a9becA4E685f962f0cF6C9"
/// weights = "0x5FC8d32690cc91D4c39d9d3abcBD16989F875707"
/// ```
#[derive(Clone, Debug)]
pub struct Networks(BTreeMap<String, Network>);

impl Networks {
    /// Reads `localnet.toml` and `networks.toml` in `home`, if they are there, and puts
    /// `$HETU_RPC_URL`, if set, in the place of every network's endpoints.
    ///
    /// # Errors
    /// [`NetworkError::Unreadable`], [`NetworkError::Malformed`], [`NetworkError::RpcUrl`].
    pub fn load(home: &Path) -> Result<Self, NetworkError> {
        let mut networks = Self::presets();
        for path in [home.join(localnet::FILE_NAME), home.join(FILE_NAME)] {
            let text = read_or_empty(&path)?;
            networks
                .extend(&text)
                .map_err(|error| NetworkError::Malformed { path, reason: error.to_string() })?;
        }
        if let Ok(url) = env::var(RPC_URL_VARIABLE) {
            networks.redirect(url.parse()?);
        }
        Ok(networks)
    }

    fn presets() -> Self {
        Self(BTreeMap::from([("local".to_owned(), presets::local())]))
    }

    fn parse(text: &str) -> Result<Self, toml::de::Error> {
        let mut networks = Self::presets();
        networks.extend(text)?;
        Ok(networks)
    }

    fn extend(&mut self, text: &str) -> Result<(), toml::de::Error> {
        let file: File = toml::from_str(text)?;
        for (name, entry) in file.networks {
            self.0.insert(name.clone(), entry.into_network(name));
        }
        Ok(())
    }

    fn redirect(&mut self, endpoint: RpcUrl) {
        for network in self.0.values_mut() {
            network.endpoints = vec![endpoint.clone()];
        }
    }

    /// The network called `name`.
    ///
    /// # Errors
    /// [`NetworkError::Unknown`], which lists the known names.
    pub fn get(&self, name: &str) -> Result<Network, NetworkError> {
        self.0.get(name).cloned().ok_or_else(|| NetworkError::Unknown {
            name: name.to_owned(),
            known: self.0.keys().cloned().collect(),
        })
    }

    /// Adds the networks of `text`, written like `networks.toml`, to that file in `home`, and
    /// returns their names. What the file says already, comments included, stays.
    ///
    /// # Errors
    /// [`NetworkError::AlreadyKnown`], [`NetworkError::Malformed`],
    /// [`NetworkError::Unreadable`]; the file is then as it was.
    pub fn add(home: &Path, text: &str) -> Result<Vec<String>, NetworkError> {
        let path = home.join(FILE_NAME);
        let known = read_or_empty(&path)?;
        let malformed = |error: toml::de::Error| NetworkError::Malformed {
            path: path.clone(),
            reason: error.to_string(),
        };
        let before = Self::parse(&known).map_err(malformed)?;
        let added: File = toml::from_str(text).map_err(malformed)?;
        let names: Vec<_> = added.networks.into_keys().collect();
        if let Some(name) = names.iter().find(|name| before.0.contains_key(*name)) {
            return Err(NetworkError::AlreadyKnown { name: name.clone(), path });
        }
        let separator = if known.is_empty() { "" } else { "\n" };
        let together = format!("{known}{separator}{text}");
        Self::parse(&together).map_err(malformed)?;
        replace_file(home, &path, &together)
            .map_err(|source| NetworkError::Unreadable { path, source })?;
        Ok(names)
    }

    /// All known networks, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Network> {
        self.0.values()
    }
}

impl Network {
    /// The network as an entry of `networks.toml`, credentials of its endpoints included.
    pub fn to_toml(&self) -> String {
        let entry = Entry {
            chain_id: self.chain_id,
            endpoints: self.endpoints.clone(),
            allows_private_addresses: self.allows_private_addresses,
            contracts: self.contracts,
        };
        let file = File { networks: BTreeMap::from([(self.name.clone(), entry)]) };
        #[expect(clippy::expect_used, reason = "texts and numbers always serialise")]
        toml::to_string(&file).expect("a network serialises")
    }
}

pub(super) fn read_or_empty(path: &Path) -> Result<String, NetworkError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        Err(source) => Err(NetworkError::Unreadable { path: path.to_owned(), source }),
    }
}

/// The new text appears whole or not at all.
pub(super) fn replace_file(folder: &Path, path: &Path, text: &str) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path).map(drop).map_err(|error| error.error)
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    networks: BTreeMap<String, Entry>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    chain_id: ChainId,
    #[serde(deserialize_with = "at_least_one")]
    endpoints: Vec<RpcUrl>,
    #[serde(default)]
    allows_private_addresses: bool,
    contracts: ContractAddresses,
}

impl Entry {
    fn into_network(self, name: String) -> Network {
        Network {
            name,
            chain_id: self.chain_id,
            endpoints: self.endpoints,
            contracts: self.contracts,
            allows_private_addresses: self.allows_private_addresses,
        }
    }
}

fn at_least_one<'de, D: serde::Deserializer<'de>>(reader: D) -> Result<Vec<RpcUrl>, D::Error> {
    let endpoints = Vec::<RpcUrl>::deserialize(reader)?;
    if endpoints.is_empty() {
        return Err(serde::de::Error::custom("a network needs an endpoint"));
    }
    Ok(endpoints)
}

/// Why a network could not be looked up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NetworkError {
    /// No preset and no entry of `networks.toml` has this name.
    #[error(
        "unknown network {name}: the known ones are {}; add others to networks.toml",
        known.join(", ")
    )]
    Unknown {
        /// The name that was asked for.
        name: String,
        /// The names that there are.
        known: Vec<String>,
    },
    /// The configuration cannot be read.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The configuration is not what it should be.
    #[error("{}: {reason}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Where and why.
        reason: String,
    },
    /// There is a network with this name already; nothing was changed.
    #[error("there is a network {name} already: rename one, or remove it from {}", path.display())]
    AlreadyKnown {
        /// The name.
        name: String,
        /// The configuration.
        path: PathBuf,
    },
    /// `$HETU_RPC_URL` is not a url.
    #[error("HETU_RPC_URL: {0}")]
    RpcUrl(#[from] InvalidRpcUrl),
}

impl NetworkError {
    /// Whether trying again can help: not before the configuration changes.
    pub const fn retryability(&self) -> Retryability {
        Retryability::Final
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTRY: &str = r#"
        [networks.mynet]
        chain_id = 560000
        endpoints = ["https://node.example"]
        [networks.mynet.contracts]
        whetu = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
        global_staking = "0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512"
        amm_factory = "0x9fE46736679d2D9a65F0992F2272dE9f3c7fa6e0"
        subnet_manager = "0xCf7Ed3AccA5a467e9e704C703E8D87F634fB0Fc9"
        neuron_manager = "0xDc64a140Aa3E981100a9becA4E685f962f0cF6C9"
        weights = "0x5FC8d32690cc91D4c39d9d3abcBD16989F875707"
    "#;

    #[test]
    fn a_configured_network_stands_beside_the_presets() {
        let networks = Networks::parse(ENTRY).unwrap();
        assert_eq!(networks.get("mynet").unwrap().chain_id.get(), 560_000);
        assert_eq!(networks.get("local").unwrap(), presets::local());
        assert_eq!(networks.iter().count(), 2);
    }

    #[test]
    fn an_unknown_network_names_the_known_ones() {
        let error = Networks::parse(ENTRY).unwrap().get("mainnet").unwrap_err().to_string();
        assert!(error.contains("mainnet") && error.contains("local, mynet"), "{error}");
    }

    #[test]
    fn mistakes_in_the_file_are_refused() {
        for text in [
            ENTRY.replace("chain_id", "chainid"),
            ENTRY.replace(r#"["https://node.example"]"#, "[]"),
            ENTRY.replace("0x5FbDB", "0x5fbDB"),
            "nonsense".to_owned(),
        ] {
            assert!(Networks::parse(&text).is_err(), "{text}");
        }
    }

    #[test]
    fn networks_are_added_beside_what_is_there() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join(FILE_NAME);
        fs::write(&path, "# mine\n").unwrap();
        assert_eq!(Networks::add(home.path(), ENTRY).unwrap(), ["mynet"]);
        let again = Networks::add(home.path(), ENTRY).unwrap_err();
        assert!(matches!(again, NetworkError::AlreadyKnown { .. }), "{again}");
        let preset = ENTRY.replace("mynet", "local");
        assert!(Networks::add(home.path(), &preset).is_err());
        let wrong = ENTRY.replace("mynet", "wrong").replace("chain_id", "chainid");
        assert!(Networks::add(home.path(), &wrong).is_err());

        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("# mine\n") && !text.contains("wrong"), "{text}");
        assert!(Networks::load(home.path()).unwrap().get("mynet").is_ok());
    }

    #[test]
    fn a_network_survives_its_entry() {
        let network = Network { name: "copy".into(), ..presets::local() };
        let networks = Networks::parse(&network.to_toml()).unwrap();
        assert_eq!(networks.get("copy").unwrap(), network);
    }

    #[test]
    fn a_missing_file_is_no_error() {
        let home = tempfile::tempdir().unwrap();
        assert!(Networks::load(home.path()).unwrap().get("local").is_ok());
    }
}
