//! Names that are valid file names on all systems.

use std::fmt;
use std::str::FromStr;

use super::KeystoreError;

/// Device names on Windows, which are reserved with any extension.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];
const NUMBERED_DEVICES: [&str; 2] = ["com", "lpt"];

/// The name of a wallet: 1 to 64 ASCII letters, digits, `-`, `_` or `.`, with no `.` at either end,
/// and not the name of a device such as `con`.
///
/// Such a name is a valid file name on every system and never leads out of its folder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WalletName(String);

impl WalletName {
    /// Returns the name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for WalletName {
    type Err = KeystoreError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let is_allowed = |letter: u8| letter.is_ascii_alphanumeric() || b"-_.".contains(&letter);
        let has_dot_at_an_end = name.starts_with('.') || name.ends_with('.');
        if (1..=64).contains(&name.len())
            && name.bytes().all(is_allowed)
            && !has_dot_at_an_end
            && !is_device(name)
        {
            return Ok(Self(name.to_owned()));
        }
        Err(KeystoreError::InvalidName { name: name.to_owned() })
    }
}

fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let is_numbered = |device: &str| {
        stem.strip_prefix(device).is_some_and(|rest| matches!(rest.as_bytes(), [b'0'..=b'9']))
    };
    DEVICES.contains(&stem.as_str()) || NUMBERED_DEVICES.into_iter().any(is_numbered)
}

impl fmt::Display for WalletName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_file_names_on_every_system() {
        for name in
            ["m", "miner-1", "a.b", "2", "MINER_x", "console", "com", "com10", &"a".repeat(64)]
        {
            assert_eq!(name.parse::<WalletName>().unwrap().as_str(), name);
        }
        let long = "a".repeat(65);
        for name in [
            "", ".", "..", "../miner", "a/b", "a\\b", ".hidden", "dot.", "a b", "a\0", "a\n", "~",
            "müller", "міner", "ﬁn", "con", "NUL", "aux.json", "Com1", "lpt9.x", "a:b", "a*",
            &long,
        ] {
            let refused = name.parse::<WalletName>();
            assert!(matches!(refused, Err(KeystoreError::InvalidName { .. })), "{name:?}");
        }
    }
}
