//! Wallets from the words of BIP-39.

use bip32::{DerivationPath, XPrv};
use bip39::Mnemonic;
use zeroize::Zeroizing;

use super::Wallet;

impl Wallet {
    /// The account with this `index` of the seed phrase `words`, at `m/44'/60'/0'/0/index`:
    /// the path that other Ethereum wallets use.
    ///
    /// # Errors
    /// [`MnemonicError`] if the words are not a BIP-39 phrase with a right checksum, or the
    /// index is 2^31 or more.
    pub fn from_mnemonic(words: &str, index: u32) -> Result<Self, MnemonicError> {
        let mnemonic: Mnemonic = words.parse().map_err(|_| MnemonicError::Words)?;
        let path: DerivationPath =
            format!("m/44'/60'/0'/0/{index}").parse().map_err(|_| MnemonicError::Index)?;
        let seed = Zeroizing::new(mnemonic.to_seed(""));
        let key = XPrv::derive_from_path(seed.as_ref(), &path).map_err(|_| MnemonicError::Index)?;
        Self::from_secret_bytes(&Zeroizing::new(key.to_bytes())).map_err(|_| MnemonicError::Index)
    }
}

/// Why words and an index name no wallet.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MnemonicError {
    /// Not 12 to 24 words of the BIP-39 list, or their checksum is wrong.
    #[error("not a seed phrase: expected 12 to 24 words of the BIP-39 list, in their order")]
    Words,
    /// There is no account with this index.
    #[error("the account index of a seed phrase is below 2147483648")]
    Index,
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: &str = "test test test test test test test test test test test junk";

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

    #[test]
    fn wrong_words_and_indexes_are_refused() {
        let wrong_checksum = WORDS.replace("junk", "test");
        assert_eq!(Wallet::from_mnemonic(&wrong_checksum, 0).unwrap_err(), MnemonicError::Words);
        assert_eq!(Wallet::from_mnemonic("hetu", 0).unwrap_err(), MnemonicError::Words);
        assert_eq!(Wallet::from_mnemonic(WORDS, 1 << 31).unwrap_err(), MnemonicError::Index);
    }
}
