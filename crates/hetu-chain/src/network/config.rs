//! Networks of the user's configuration.

use std::collections::BTreeMap;
use std::env;
use std::path::{Path, PathBuf};

use super::file::{File, read_or_empty, reason, replace_file};
use super::{InvalidRpcUrl, Network, NetworkError, RpcUrl, localnet_files, presets};
use crate::text::without_mark;

const FILE_NAME: &str = "networks.toml";
const RPC_URL_VARIABLE: &str = "HETU_RPC_URL";
const NETWORK_VARIABLE: &str = "HETU_NETWORK";
const HOME_VARIABLE: &str = "HETU_HOME";
const DEFAULT_NETWORK: &str = "local";

/// Returns the folder of the user's wallets and configuration: `$HETU_HOME`, or `~/.hetu` by
/// default.
pub fn hetu_home() -> PathBuf {
    env::var_os(HOME_VARIABLE)
        .map_or_else(|| env::home_dir().unwrap_or_default().join(".hetu"), PathBuf::from)
}

/// The known networks: the presets, each running `hetu localnet`, and those of `networks.toml`. If
/// two have the same name, the last one in this order wins.
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
///
/// A table `[networks.mynet.fees]` sets the [`FeeCeilings`](crate::network::FeeCeilings) of the
/// network.
#[derive(Clone, Debug)]
pub struct Networks(BTreeMap<String, Network>);

impl Networks {
    /// Reads the announcements of localnets and `networks.toml` in `home`, if they exist. If
    /// `$HETU_RPC_URL` is set, it replaces the endpoints of every network: one URL, or several
    /// separated by commas, in order of preference.
    ///
    /// # Errors
    /// [`NetworkError::Unreadable`], [`NetworkError::Malformed`], [`NetworkError::RpcUrl`].
    pub fn load(home: &Path) -> Result<Self, NetworkError> {
        Self::load_and_redirect(home, env::var(RPC_URL_VARIABLE).ok().as_deref())
    }

    fn load_and_redirect(home: &Path, urls: Option<&str>) -> Result<Self, NetworkError> {
        let mut networks = Self::presets();
        let mut files = localnet_files::files(home)?;
        files.push(home.join(FILE_NAME));
        for path in files {
            let text = read_or_empty(&path)?;
            networks.extend(&path, &text)?;
        }
        if let Some(urls) = urls.filter(|urls| !urls.trim().is_empty()) {
            networks.redirect(&parse_urls(urls)?);
        }
        Ok(networks)
    }

    fn presets() -> Self {
        Self(BTreeMap::from([(DEFAULT_NETWORK.to_owned(), presets::local())]))
    }

    fn extend(&mut self, path: &Path, text: &str) -> Result<(), NetworkError> {
        for (name, entry) in parse_file(path, text)?.networks {
            self.0.insert(name.clone(), entry.into_network(name));
        }
        Ok(())
    }

    fn redirect(&mut self, endpoints: &[RpcUrl]) {
        for network in self.0.values_mut() {
            network.endpoints = endpoints.to_vec();
        }
    }

    /// Returns the network with the name `name`.
    ///
    /// # Errors
    /// [`NetworkError::Unknown`], which lists the known names.
    pub fn get(&self, name: &str) -> Result<Network, NetworkError> {
        self.0.get(name).cloned().ok_or_else(|| NetworkError::Unknown {
            name: name.to_owned(),
            known: self.0.keys().cloned().collect(),
        })
    }

    /// Adds the networks of `text`, in the format of `networks.toml`, to that file in `home`, and
    /// returns their names. The existing content of the file is kept, including comments.
    ///
    /// # Errors
    /// [`NetworkError::AlreadyKnown`], [`NetworkError::Malformed`], [`NetworkError::Unreadable`];
    /// the file is then unchanged.
    pub fn add(home: &Path, text: &str) -> Result<Vec<String>, NetworkError> {
        let path = home.join(FILE_NAME);
        let text = without_mark(text);
        let known = read_or_empty(&path)?;
        let mut networks = Self::presets();
        networks.extend(&path, &known)?;
        let names: Vec<_> =
            parse_file(Path::new("the new networks"), text)?.networks.into_keys().collect();
        if let Some(name) = names.iter().find(|name| networks.0.contains_key(*name)) {
            return Err(NetworkError::AlreadyKnown { name: name.clone(), path });
        }
        let separator = if known.is_empty() { "" } else { "\n" };
        let together = format!("{known}{separator}{text}");
        networks.extend(&path, &together)?;
        replace_file(home, &path, &together)
            .map_err(|source| NetworkError::Unreadable { path, source })?;
        Ok(names)
    }

    /// Returns all known networks, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Network> {
        self.0.values()
    }
}

impl Network {
    /// Returns the network that the environment selects: `$HETU_NETWORK`, by default `local`, from
    /// those that [`Networks::load`] finds in [`hetu_home`].
    ///
    /// # Errors
    /// The errors of [`Networks::load`] and [`Networks::get`].
    pub fn from_environment() -> Result<Self, NetworkError> {
        let name = env::var(NETWORK_VARIABLE).unwrap_or_else(|_| DEFAULT_NETWORK.to_owned());
        Networks::load(&hetu_home())?.get(&name)
    }
}

fn parse_file(path: &Path, text: &str) -> Result<File, NetworkError> {
    toml::from_str(text).map_err(|error| NetworkError::Malformed {
        path: path.to_owned(),
        reason: reason(text, &error),
    })
}

fn parse_urls(list: &str) -> Result<Vec<RpcUrl>, InvalidRpcUrl> {
    let urls = without_mark(list).split(',').map(|url| url.trim().parse());
    let urls = urls.collect::<Result<Vec<RpcUrl>, _>>()?;
    if urls.iter().all(RpcUrl::is_websocket) {
        return Err(InvalidRpcUrl::new("calls go to http and https, and there is no such url"));
    }
    Ok(urls)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::Amount;
    use crate::durable_file::FaultyFiles;
    use crate::network::FeeCeilings;

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

    fn parse(text: &str) -> Result<Networks, NetworkError> {
        let mut networks = Networks::presets();
        networks.extend(Path::new("networks.toml"), text)?;
        Ok(networks)
    }

    fn names(urls: &[RpcUrl]) -> Vec<String> {
        urls.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_network_has_several_endpoints_in_order_of_preference() {
        let several = ENTRY.replace(
            r#"["https://node.example"]"#,
            r#"["https://one.example", "http://two.example", "wss://three.example"]"#,
        );
        let network = parse(&several).unwrap().get("mynet").unwrap();
        let expected = ["https://one.example", "http://two.example", "wss://three.example"];
        assert_eq!(names(&network.endpoints), expected);
        let none_to_call = ENTRY.replace("https://", "wss://");
        let error = parse(&none_to_call).unwrap_err().to_string();
        assert!(error.contains("http or https"), "{error}");
    }

    #[test]
    fn the_environments_endpoints_take_the_place_of_the_files() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join(FILE_NAME), ENTRY).unwrap();
        let endpoints = |urls| {
            let networks = Networks::load_and_redirect(home.path(), urls).unwrap();
            networks.iter().map(|network| names(&network.endpoints)).collect::<Vec<_>>()
        };
        assert_eq!(endpoints(None), [["http://127.0.0.1:8545"], ["https://node.example"]]);
        assert_eq!(endpoints(Some(" ")), endpoints(None), "an empty variable is none");
        let both = endpoints(Some("http://127.0.0.1:1, wss://node.example"));
        assert_eq!(both, [["http://127.0.0.1:1", "wss://node.example"]; 2]);
        for wrong in ["nonsense", "http://one.example,", "wss://node.example", ","] {
            let error = Networks::load_and_redirect(home.path(), Some(wrong)).unwrap_err();
            assert!(error.to_string().starts_with("HETU_RPC_URL: "), "{error}");
        }
    }

    #[test]
    fn a_mistake_beside_a_secret_is_told_without_the_secret() {
        let url = "https://me:secret@node.example/secret";
        for (wrong, line) in [
            (ENTRY.replace("https://node.example", "htt://me:secret@node.example"), "line 4"),
            (ENTRY.replace(r#"["https://node.example"]"#, &format!("{url:?}")), "line 4"),
            (ENTRY.replace("560000", &format!("{url:?}")), "line 3"),
            (ENTRY.replace(r#"["https://node.example"]"#, &format!("[{url:?}")), "line"),
        ] {
            let error = parse(&wrong).unwrap_err().to_string();
            assert!(error.contains(line) && !error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn a_configured_network_stands_beside_the_presets() {
        let networks = parse(ENTRY).unwrap();
        assert_eq!(networks.get("mynet").unwrap().chain_id.get(), 560_000);
        assert_eq!(networks.get("local").unwrap(), presets::local());
        assert_eq!(networks.iter().count(), 2);
    }

    #[test]
    fn an_unknown_network_names_the_known_ones() {
        let error = parse(ENTRY).unwrap().get("mainnet").unwrap_err().to_string();
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
            assert!(parse(&text).is_err(), "{text}");
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
        let networks = parse(&network.to_toml()).unwrap();
        assert_eq!(networks.get("copy").unwrap(), network);
    }

    #[test]
    fn network_entry_sets_each_fee_ceiling_and_keeps_it() {
        let fees = parse(ENTRY).unwrap().get("mynet").unwrap().fees;
        assert_eq!(fees, FeeCeilings::default());
        assert_eq!(fees.max_per_transaction, Amount::from_hetu(1));
        let one = format!("{ENTRY}[networks.mynet.fees]\nmax_per_transaction = \"7\"\n");
        let network = parse(&one).unwrap().get("mynet").unwrap();
        let expected =
            FeeCeilings { max_per_transaction: Amount::from_wei(7), ..FeeCeilings::default() };
        assert_eq!(network.fees, expected);
        assert_eq!(parse(&network.to_toml()).unwrap().get("mynet").unwrap(), network);
        for wrong in ["max_per_transaction = 7", "max_per_day = \"1.5\"", "maximum = \"7\""] {
            assert!(parse(&format!("{ENTRY}[networks.mynet.fees]\n{wrong}\n")).is_err(), "{wrong}");
        }
    }

    #[test]
    fn networks_file_is_old_or_new_at_every_failing_step() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join(FILE_NAME);
        FaultyFiles::at_every_step(home.path(), |files, fault| {
            files.heal();
            fs::write(&path, "# mine\n").unwrap();
            files.arm();
            let added = Networks::add(home.path(), ENTRY);
            let was_hit = files.disarm();
            assert_eq!(added.is_err(), was_hit, "{fault:?}");
            files.crash_or_not();
            let is_there = Networks::load(home.path()).unwrap().get("mynet").is_ok();
            assert!(is_there || added.is_err(), "{fault:?}");
            assert!(fs::read_to_string(&path).unwrap().starts_with("# mine\n"), "{fault:?}");
        });
    }

    #[test]
    fn a_missing_file_is_no_error() {
        let home = tempfile::tempdir().unwrap();
        assert!(Networks::load(home.path()).unwrap().get("local").is_ok());
    }
}
