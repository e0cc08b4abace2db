//! The accounts that hold HETU from the first block on.

use hetu_chain::{Address, Wallet};

use crate::error::DevnetError;

/// The mnemonic that every development chain uses. Anybody can spend what its accounts hold, so
/// they are of no use on a chain where HETU has a value.
pub(crate) const MNEMONIC: &str = "test test test test test test test test test test test junk";

/// An account that holds HETU, with its key.
///
/// Account `i` is that of the path `m/44'/60'/0'/0/i` of the mnemonic
/// `test test test test test test test test test test test junk`. The keys are public.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DevAccount {
    /// Address of the account.
    pub address: Address,
    /// Signs for the account.
    pub wallet: Wallet,
}

pub(crate) fn derive(count: u32) -> Result<Vec<DevAccount>, DevnetError> {
    (0..count)
        .map(|index| {
            let wallet = Wallet::from_mnemonic(MNEMONIC, index)?;
            Ok(DevAccount {
                address: wallet.address(),
                wallet,
            })
        })
        .collect()
}

/// The address of the account that deploys, also if there is no such account on the chain.
pub(crate) fn deployer(accounts: &[DevAccount]) -> Result<Address, DevnetError> {
    match accounts.first() {
        Some(account) => Ok(account.address),
        None => Ok(Wallet::from_mnemonic(MNEMONIC, 0)?.address()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_those_of_other_development_chains() {
        let accounts = derive(2).unwrap();
        let addresses: Vec<_> = accounts
            .iter()
            .map(|account| account.address.to_string())
            .collect();
        assert_eq!(
            addresses,
            [
                "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
                "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
            ]
        );
    }
}
