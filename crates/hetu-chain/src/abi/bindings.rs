//! Bindings generated from the ABI files of this crate.
#![allow(
    clippy::all,
    missing_docs,
    unreachable_pub,
    rust_2018_idioms,
    clippy::use_self,
    clippy::unwrap_used,
    reason = "generated code"
)]

ethers_contract::abigen!(
    SubnetManager,
    "abi/SubnetManager.json",
    methods {
        registerNetworkWithPermit(string,string,string,string,uint256,uint256,uint8,bytes32,bytes32) as register_network_with_permit_of_value;
    }
);
ethers_contract::abigen!(
    DendronManager,
    "abi/DendronManager.json",
    methods {
        registerNeuronWithStakeAllocation(uint16,uint256,bool,string,uint32,string,uint32,uint256) as register_neuron_for_at_most;
    }
);
ethers_contract::abigen!(GlobalStaking, "abi/GlobalStaking.json");
ethers_contract::abigen!(Whetu, "abi/WHETU.json");
ethers_contract::abigen!(AlphaToken, "abi/AlphaToken.json");
ethers_contract::abigen!(SubnetAmm, "abi/SubnetAMM.json");
ethers_contract::abigen!(SubnetAmmFactory, "abi/SubnetAMMFactory.json");
ethers_contract::abigen!(Weights, "abi/Weights.json");
ethers_contract::abigen!(RewardDistributor, "abi/RewardDistributor.json");
ethers_contract::abigen!(HetuTimelock, "abi/HetuTimelock.json");
ethers_contract::abigen!(Lens, "abi/Lens.json");
ethers_contract::abigen!(LensCall, "abi/LensCall.json");

/// Two functions that share their name with another one and take structs. `abigen` cannot give them
/// names of their own.
pub mod overloaded {
    use ethers_contract::{EthCall, EthDisplay};
    use ethers_core::types::U256;

    use super::subnet_manager::SubnetHyperparams;
    use super::weights::Weight;

    #[derive(Clone, Debug, EthCall, EthDisplay)]
    #[ethcall(name = "setWeights", abi = "setWeights(uint16,(address,uint256)[],uint256)")]
    pub struct SetWeightsWithVersionCall {
        pub netuid: u16,
        pub new_weights: Vec<Weight>,
        pub version_key: U256,
    }

    #[derive(Clone, Debug, EthCall, EthDisplay)]
    #[ethcall(
        name = "registerNetworkWithPartialCustomAndPermit",
        abi = "registerNetworkWithPartialCustomAndPermit(string,string,string,string,(uint16,uint16,uint16,uint16,uint16,uint16,uint16,uint16,uint16,uint16,uint256,uint64,uint16,uint16,uint64,bool,bool,uint64,uint64,uint256,uint256),bool[21],uint256,uint256,uint8,bytes32,bytes32)"
    )]
    pub struct RegisterNetworkWithRulesAndPermitCall {
        pub name: String,
        pub description: String,
        pub token_name: String,
        pub token_symbol: String,
        pub custom_hyperparams: SubnetHyperparams,
        pub use_custom_flags: [bool; 21],
        pub value: U256,
        pub deadline: U256,
        pub v: u8,
        pub r: [u8; 32],
        pub s: [u8; 32],
    }
}
