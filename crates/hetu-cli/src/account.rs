//! Selection of accounts by address or wallet name.

use std::fmt;
use std::str::FromStr;

use clap::Args;
use hetu::Address;
use hetu::chain::Keystore;
use hetu::chain::keystore::{KeystoreError, KeystoreFolder, WalletEntry, WalletName};
use hetu::chain::primitives::InvalidAddress;
use hetu::chain::text::without_mark;

use crate::context::Context;
use crate::error::CliError;

/// An account, selected by its address or by the name of one of the user's wallets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum AccountChoice {
    Address(Address),
    Wallet(WalletName),
}

/// Error of a text that is neither an address nor a wallet name.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InvalidAccountChoice {
    #[error(transparent)]
    Address(#[from] InvalidAddress),
    #[error(transparent)]
    Wallet(#[from] KeystoreError),
}

impl FromStr for AccountChoice {
    type Err = InvalidAccountChoice;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = without_mark(text);
        // A mistyped address must not be read as the name of a wallet.
        if is_like_address(text) {
            return Ok(Self::Address(text.parse()?));
        }
        Ok(Self::Wallet(text.parse()?))
    }
}

/// Returns `true` for a text that begins like an address, regardless of its length.
pub(crate) fn is_like_address(text: &str) -> bool {
    text.starts_with("0x") || text.starts_with("0X")
}

/// Whom a command reads about.
#[derive(Args, Debug)]
pub(crate) struct AccountArgument {
    /// An address or the name of a wallet; by default $HETU_WALLET or the only wallet.
    #[arg(env = "HETU_WALLET", value_name = "ACCOUNT", hide_env = true)]
    account: Option<AccountChoice>,
}

/// The sending account, with its key file if there is one.
#[derive(Debug)]
pub(crate) struct SendingAccount {
    pub(crate) address: Address,
    name: Option<WalletName>,
    keystore: Option<Keystore>,
}

impl Context {
    /// Returns the account that a command reads.
    pub(crate) fn account(&self, argument: &AccountArgument) -> Result<Address, CliError> {
        match &argument.account {
            Some(choice) => self.address_of(choice),
            None => address_in(&only_wallet(&self.wallets()?)?),
        }
    }

    pub(crate) fn address_of(&self, choice: &AccountChoice) -> Result<Address, CliError> {
        match choice {
            AccountChoice::Address(address) => Ok(*address),
            AccountChoice::Wallet(name) => address_in(&self.wallets()?.entry(name)?),
        }
    }

    /// Returns the sending account. The key stays encrypted.
    pub(crate) fn sender(
        &self,
        choice: Option<&AccountChoice>,
    ) -> Result<SendingAccount, CliError> {
        let folder = self.wallets()?;
        let entry = match choice {
            Some(AccountChoice::Wallet(name)) => folder.entry(name)?,
            Some(AccountChoice::Address(address)) => match wallet_of(&folder, *address)? {
                Some(entry) => entry,
                None => {
                    return Ok(SendingAccount { address: *address, name: None, keystore: None });
                }
            },
            None => only_wallet(&folder)?,
        };
        let (address, keystore) = (address_in(&entry)?, folder.read(&entry.name)?);
        Ok(SendingAccount { address, name: Some(entry.name), keystore: Some(keystore) })
    }
}

impl SendingAccount {
    /// Returns the key file of the account.
    ///
    /// # Errors
    ///
    /// Returns [`CliError::NoKey`] if the account has no key file here.
    pub(crate) fn keystore(&self) -> Result<&Keystore, CliError> {
        self.keystore.as_ref().ok_or(CliError::NoKey { account: self.address })
    }
}

impl fmt::Display for SendingAccount {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(name) = &self.name {
            write!(formatter, "{name} ")?;
        }
        write!(formatter, "{}", self.address)
    }
}

/// Returns the address of a wallet. A key file may omit the address, and then it is known only
/// after decryption with the password.
fn address_in(entry: &WalletEntry) -> Result<Address, CliError> {
    entry.address.ok_or_else(|| CliError::HiddenAddress { name: entry.name.clone() })
}

fn wallet_of(folder: &KeystoreFolder, address: Address) -> Result<Option<WalletEntry>, CliError> {
    Ok(folder.list()?.into_iter().find(|entry| entry.address == Some(address)))
}

fn only_wallet(folder: &KeystoreFolder) -> Result<WalletEntry, CliError> {
    let mut wallets = folder.list()?;
    match wallets.len() {
        1 => Ok(wallets.swap_remove(0)),
        0 => Err(CliError::NoWallet),
        _ => {
            let names = wallets.into_iter().map(|entry| entry.name.to_string()).collect();
            Err(CliError::WhichWallet { names })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_names_are_told_apart() {
        let text = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
        let address: Address = text.parse().unwrap();
        assert_eq!(text.parse::<AccountChoice>().unwrap(), AccountChoice::Address(address));
        let name = AccountChoice::Wallet("miner".parse().unwrap());
        assert_eq!("miner".parse::<AccountChoice>().unwrap(), name);
    }

    #[test]
    fn a_mistyped_address_is_no_name() {
        for text in ["0x70997970c51812dc3A010C7d01b50e0d17dc79C8", "0x1234", "0x", "../miner", ""] {
            assert!(text.parse::<AccountChoice>().is_err(), "{text:?}");
        }
    }
}
