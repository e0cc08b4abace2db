//! Funded development accounts.

use alloy_primitives::hex;
use hetu_chain::{Address, Wallet};

use crate::error::DevnetError;

/// Private keys of the first accounts of [`DevAccount::MNEMONIC`]. They are precomputed because the
/// derivation of one key takes thousands of hashing rounds, which would dominate the start time of
/// a devnet.
const KEYS: [[u8; 32]; 10] = [
    hex!("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"),
    hex!("59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"),
    hex!("5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a"),
    hex!("7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6"),
    hex!("47e179ec197488593b187f80a00eb0da91f1b9d0b13f8733639f19c30a34926a"),
    hex!("8b3a350cf5c34c9194ca85829a2df0ec3153be0318b5e2d3348e872092edffba"),
    hex!("92db14e403b83dfe3df233f83dfa3a0d7096f21ca9b0d6d6b8d88b2b4ec1564e"),
    hex!("4bbbf85ce3377467afe5d46f804f221813b2bb87f24d81f60f1fcdbf7cbf4356"),
    hex!("dbda1821b80551c9d65939329250298aa3472ba22feea921c0cf5d620ea67b97"),
    hex!("2a871d0798f97d79848a013d4936a73bf4cc922c825d33c1cf7073dff6d409c6"),
];

/// A development account with its private key. The first block credits HETU to it.
///
/// Account `i` is derived at the path `m/44'/60'/0'/0/i` of [`MNEMONIC`](Self::MNEMONIC). The keys
/// are public.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DevAccount {
    /// Address of the account.
    pub address: Address,
    /// Wallet that signs for the account.
    pub wallet: Wallet,
    /// BIP-44 derivation path of the key under [`MNEMONIC`](Self::MNEMONIC).
    pub derivation_path: String,
}

impl DevAccount {
    /// The mnemonic that every development chain uses. It is public, so its accounts must not be
    /// used on a chain where HETU has a value.
    pub const MNEMONIC: &str = "test test test test test test test test test test test junk";
}

pub(crate) fn derive(count: u32) -> Result<Vec<DevAccount>, DevnetError> {
    (0..count)
        .map(|index| {
            let wallet = wallet(index)?;
            let derivation_path = format!("m/44'/60'/0'/0/{index}");
            Ok(DevAccount { address: wallet.address(), wallet, derivation_path })
        })
        .collect()
}

fn wallet(index: u32) -> Result<Wallet, DevnetError> {
    let key = KEYS.get(index as usize);
    match key.map(Wallet::from_secret_bytes) {
        Some(Ok(wallet)) => Ok(wallet),
        _ => Ok(Wallet::from_mnemonic(DevAccount::MNEMONIC, index)?),
    }
}

/// Returns the address of the deploying account, even if the chain has no such account.
pub(crate) fn deployer(accounts: &[DevAccount]) -> Result<Address, DevnetError> {
    match accounts.first() {
        Some(account) => Ok(account.address),
        None => Ok(wallet(0)?.address()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_those_of_the_mnemonic() {
        let accounts = derive(11).unwrap();
        for (index, account) in (0..).zip(&accounts) {
            let derived = Wallet::from_mnemonic(DevAccount::MNEMONIC, index).unwrap();
            assert_eq!(account.address, derived.address());
            assert_eq!(account.wallet.address(), derived.address());
        }
        assert_eq!(accounts[0].address.to_string(), "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
    }
}
