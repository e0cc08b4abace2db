//! Generated from the ABI files of this crate.
#![allow(
    clippy::all,
    missing_docs,
    unreachable_pub,
    rust_2018_idioms,
    clippy::use_self,
    clippy::unwrap_used,
    reason = "generated code"
)]

ethers_contract::abigen!(SubnetManager, "abi/SubnetManager.json");
ethers_contract::abigen!(DendronManager, "abi/DendronManager.json");
ethers_contract::abigen!(GlobalStaking, "abi/GlobalStaking.json");
ethers_contract::abigen!(Whetu, "abi/WHETU.json");
ethers_contract::abigen!(Weights, "abi/Weights.json");
ethers_contract::abigen!(AlphaToken, "abi/AlphaToken.json");
ethers_contract::abigen!(SubnetAmm, "abi/SubnetAMM.json");
ethers_contract::abigen!(SubnetAmmFactory, "abi/SubnetAMMFactory.json");
ethers_contract::abigen!(RewardDistributor, "abi/RewardDistributor.json");
ethers_contract::abigen!(HetuTimelock, "abi/HetuTimelock.json");
