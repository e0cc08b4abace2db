//! Networks that are known by name.

use super::{InvalidRpcUrl, Network, RpcUrl};
use crate::primitives::ContractAddresses;
use crate::{Address, ChainId};

const LOCAL_CHAIN_ID: u64 = 31_337;
const LOCAL_ENDPOINT: &str = "http://127.0.0.1:8545";
const TESTNET_CHAIN_ID: u64 = 560_000;
const TESTNET_ENDPOINT: &str = "https://rpc.testchainv1.hetuscan.com";

/// Returns the chain of `hetu localnet`, at port 8545 of this machine.
///
/// Its contracts are the first ones that the first account of the test seed phrase deploys, so they
/// have the same addresses on every development chain.
pub fn local() -> Network {
    let contracts = ContractAddresses {
        whetu: address(*b"5FbDB2315678afecb367f032d93F642f64180aa3"),
        global_staking: address(*b"e7f1725E7734CE288F8367e1Bb143E90bb3F0512"),
        amm_factory: address(*b"9fE46736679d2D9a65F0992F2272dE9f3c7fa6e0"),
        subnet_manager: address(*b"Cf7Ed3AccA5a467e9e704C703E8D87F634fB0Fc9"),
        dendron_manager: address(*b"Dc64a140Aa3E981100a9becA4E685f962f0cF6C9"),
        weights: address(*b"5FC8d32690cc91D4c39d9d3abcBD16989F875707"),
        reward_distributor: Some(address(*b"0165878A594ca255338adfa4d48449f69242Eb8F")),
        lens: Some(address(*b"a513E6E4b8f2a923D98304ec87F64353C4D5C853")),
    };
    let chain_id = ChainId::new(LOCAL_CHAIN_ID);
    Network::new("local", chain_id, known(LOCAL_ENDPOINT.parse()), contracts)
        .allowing_private_addresses()
}

/// Returns the public test network. The published sources disagree about its contracts, so the
/// caller provides their addresses.
pub fn testnet(contracts: ContractAddresses) -> Network {
    let chain_id = ChainId::new(TESTNET_CHAIN_ID);
    Network::new("testnet", chain_id, known(TESTNET_ENDPOINT.parse()), contracts)
}

const fn address(digits: [u8; 40]) -> Address {
    let mut bytes = [0; 20];
    let mut position = 0;
    while position < 20 {
        bytes[position] = nibble(digits[2 * position]) << 4 | nibble(digits[2 * position + 1]);
        position += 1;
    }
    Address::new(bytes)
}

const fn nibble(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => (digit | 0x20) - b'a' + 10,
    }
}

#[expect(clippy::expect_used, reason = "the urls above are constants, parsed by a test")]
fn known(url: Result<RpcUrl, InvalidRpcUrl>) -> RpcUrl {
    url.expect("the preset's url is valid")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presets_are_complete() {
        let local = local();
        assert_eq!(local.contracts.whetu.to_string(), "0x5FbDB2315678afecb367f032d93F642f64180aa3");
        assert!(local.allows_private_addresses);
        let testnet = testnet(local.contracts);
        assert_eq!(testnet.chain_id.get(), 560_000);
        assert!(!testnet.allows_private_addresses);
    }
}
