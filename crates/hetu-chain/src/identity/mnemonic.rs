//! Wallets from BIP-39 seed phrases.

use std::fmt;
use std::str::FromStr;

use bip32::{DerivationPath, XPrv};
use bip39::{Error, Language, Mnemonic};
use zeroize::Zeroizing;

use super::Wallet;
use crate::text::without_mark;

/// A BIP-39 seed phrase of 12, 15, 18, 21 or 24 English words with an optional passphrase: the seed
/// of a tree of wallets (BIP-32).
///
/// It is erased when dropped, and `Debug` never displays it.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use hetu_chain::identity::SeedPhrase;
///
/// let phrase: SeedPhrase = "test test test test test test test test test test test junk".parse()?;
/// let wallet = phrase.wallet(0)?;
/// assert_eq!(wallet.address().to_string(), "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
/// assert_eq!(phrase.wallet_at("m/44'/60'/0'/0/0")?.address(), wallet.address());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct SeedPhrase {
    words: Mnemonic,
    passphrase: Zeroizing<String>,
}

impl SeedPhrase {
    /// Sets the passphrase, the "25th word". No passphrase is wrong: each one results in other
    /// wallets.
    #[must_use]
    pub fn with_passphrase(mut self, passphrase: impl Into<String>) -> Self {
        self.passphrase = Zeroizing::new(passphrase.into());
        self
    }

    /// Returns the wallet with this `index`, at `m/44'/60'/0'/0/index`: the path that other
    /// Ethereum wallets use.
    ///
    /// # Errors
    /// [`MnemonicError::Index`] if the index is 2^31 or more.
    pub fn wallet(&self, index: u32) -> Result<Wallet, MnemonicError> {
        let path = format!("m/44'/60'/0'/0/{index}").parse().map_err(|_| MnemonicError::Index)?;
        self.derive(&path)
    }

    /// Returns the wallet at a BIP-32 path, such as `m/44'/60'/0'/0/0`.
    ///
    /// # Errors
    /// [`MnemonicError::Path`] if the path is invalid.
    pub fn wallet_at(&self, path: &str) -> Result<Wallet, MnemonicError> {
        let is_rooted = path == "m" || path.starts_with("m/");
        let path = path.parse().ok().filter(|_| is_rooted).ok_or(MnemonicError::Path)?;
        self.derive(&path)
    }

    fn derive(&self, path: &DerivationPath) -> Result<Wallet, MnemonicError> {
        let seed = Zeroizing::new(self.words.to_seed(self.passphrase.as_str()));
        let key = XPrv::derive_from_path(seed.as_ref(), path).map_err(|_| MnemonicError::Path)?;
        let secret = Zeroizing::new(key.to_bytes());
        Wallet::from_secret_bytes(&secret).map_err(|_| MnemonicError::Path)
    }
}

impl FromStr for SeedPhrase {
    type Err = MnemonicError;

    fn from_str(words: &str) -> Result<Self, Self::Err> {
        let words = Mnemonic::parse_in(Language::English, without_mark(words))
            .map_err(MnemonicError::from)?;
        Ok(Self { words, passphrase: Zeroizing::default() })
    }
}

impl fmt::Debug for SeedPhrase {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SeedPhrase(hidden)")
    }
}

impl Wallet {
    /// Returns the wallet with this `index` of the seed phrase `words`, without a passphrase.
    ///
    /// # Errors
    /// The errors of parsing a [`SeedPhrase`] and of [`SeedPhrase::wallet`].
    pub fn from_mnemonic(words: &str, index: u32) -> Result<Self, MnemonicError> {
        words.parse::<SeedPhrase>()?.wallet(index)
    }
}

/// The error of an invalid seed phrase, index or path. No message repeats a word of the phrase.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MnemonicError {
    /// A number of words other than 12, 15, 18, 21 or 24.
    #[error("a seed phrase of {count} words: it has 12, 15, 18, 21 or 24")]
    WordCount {
        /// The number of words.
        count: usize,
    },
    /// A word that is not one of the 2048.
    #[error("word {position} of the seed phrase is not in the English list of BIP-39: check it")]
    UnknownWord {
        /// The position of the word, from 1 on.
        position: usize,
    },
    /// Known words with a wrong checksum.
    #[error("the seed phrase has a wrong checksum: a word is wrong or in the wrong place")]
    Checksum,
    /// An index without an account.
    #[error("the account index of a seed phrase is below 2147483648")]
    Index,
    /// A text that is not a BIP-32 path.
    #[error("not a derivation path: expected something like m/44'/60'/0'/0/0")]
    Path,
}

impl From<Error> for MnemonicError {
    fn from(error: Error) -> Self {
        match error {
            Error::BadWordCount(count) => Self::WordCount { count },
            Error::UnknownWord(index) => Self::UnknownWord { position: index + 1 },
            _ => Self::Checksum,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: &str = "test test test test test test test test test test test junk";

    fn phrase(words: &str) -> SeedPhrase {
        words.parse().unwrap()
    }

    #[test]
    fn the_first_accounts_of_the_test_phrase_are_the_known_ones() {
        for (index, address) in [
            (0, "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"),
            (1, "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"),
            (9, "0xa0Ee7A142d267C1f36714E4a8F75612F20a79720"),
        ] {
            assert_eq!(Wallet::from_mnemonic(WORDS, index).unwrap().address().to_string(), address);
        }
    }

    // Calculated by eth_account.
    #[test]
    fn passphrases_paths_and_long_phrases_give_the_wallets_of_eth_account() {
        let long = format!("{}art", "abandon ".repeat(23));
        let passphrase = "\u{fb01}sh"; // A ligature, which normalisation splits.
        for (words, passphrase, path, address) in [
            (WORDS, "TREZOR", "m/44'/60'/0'/0/0", "0x9313778B3753108128B9c476EBDd42FbD566F4Ed"),
            (WORDS, "", "m/44'/60'/7'/0/3", "0xa7e65F9aAb1b22ae918ec5e66Af94f2b1a35aB49"),
            (&long, "", "m/44'/60'/0'/0/0", "0xF278cF59F82eDcf871d630F28EcC8056f25C1cdb"),
            (&long, passphrase, "m/0/2147483647'", "0xaEd377f1723731B42F3149903Cfd4CFB6d127a70"),
        ] {
            let phrase = phrase(words).with_passphrase(passphrase);
            assert_eq!(phrase.wallet_at(path).unwrap().address().to_string(), address);
        }
    }

    #[test]
    fn every_length_of_the_standard_is_taken() {
        // With all-zero entropy, only the last word contains the checksum.
        for (count, last) in
            [(12, "about"), (15, "address"), (18, "agent"), (21, "admit"), (24, "art")]
        {
            let words = format!("{}{last}", "abandon ".repeat(count - 1));
            assert!(words.parse::<SeedPhrase>().is_ok(), "{count}");
        }
    }

    #[test]
    fn mistakes_in_the_words_are_told_apart_and_never_repeated() {
        let refused = |words: &str| words.parse::<SeedPhrase>().unwrap_err();
        assert_eq!(refused(""), MnemonicError::WordCount { count: 0 });
        assert_eq!(refused("test test junk"), MnemonicError::WordCount { count: 3 });
        assert_eq!(refused(&"test ".repeat(25)), MnemonicError::WordCount { count: 25 });
        assert_eq!(refused(&WORDS.replace("junk", "test")), MnemonicError::Checksum);
        let unknown = refused(&WORDS.replace("junk", "hetu"));
        assert_eq!(unknown, MnemonicError::UnknownWord { position: 12 });
        assert!(!unknown.to_string().contains("hetu"), "{unknown}");
    }

    #[test]
    fn what_is_no_index_or_path_is_refused() {
        assert_eq!(phrase(WORDS).wallet(1 << 31).unwrap_err(), MnemonicError::Index);
        for path in ["", "44'/60'/0'/0/0", "m/", "m//0", "m/-1", "m/2147483648", "m/44'/x", "n/0"] {
            let refused = phrase(WORDS).wallet_at(path).unwrap_err();
            assert_eq!(refused, MnemonicError::Path, "{path}");
        }
    }

    #[test]
    fn debug_shows_neither_words_nor_passphrase() {
        let shown = format!("{:?}", phrase(WORDS).with_passphrase("secret"));
        assert_eq!(shown, "SeedPhrase(hidden)");
    }
}
