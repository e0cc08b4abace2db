//! Anvil, configured as closely to a devnet as its options allow.

use hetu_devnet::Anvil;

use super::{BALANCE, BLOCK_GAS_LIMIT, CHAIN_ID, FIRST_BASE_FEE, MNEMONIC};

pub(crate) async fn spawn() -> Anvil {
    let options = ["--hardfork", "prague", "--disable-default-create2-deployer"];
    let values = [
        ("--slots-in-an-epoch", "0".to_owned()),
        ("--mnemonic", MNEMONIC.to_owned()),
        ("--chain-id", CHAIN_ID.to_string()),
        ("--balance", BALANCE.to_string()),
        ("--gas-limit", BLOCK_GAS_LIMIT.to_string()),
        ("--base-fee", FIRST_BASE_FEE.to_string()),
    ];
    let values = values.into_iter().flat_map(|(name, value)| [name.to_owned(), value]);
    Anvil::start(options.map(str::to_owned).into_iter().chain(values)).await.unwrap()
}
