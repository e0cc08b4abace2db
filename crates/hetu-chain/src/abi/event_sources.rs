//! The addresses of the network's own contracts.

use std::collections::HashMap;

use super::events::{UndecodedLog, decode_event};
use crate::model::{ChainEvent, Contract, Log, Subnet, SubnetEvent};
use crate::primitives::ContractAddresses;
use crate::{Address, NetUid};

/// The addresses with logs that are events of the network.
///
/// Any contract can write a log that looks like another's, so only logs of these addresses are
/// accepted. The token and the pool of a subnet are taken from `SubnetManager` and never from
/// reports of the factory: on the published network any account can make it create a pool.
#[derive(Clone, Debug)]
pub(crate) struct EventSources(HashMap<Address, Contract>);

impl EventSources {
    pub(crate) fn new(contracts: &ContractAddresses) -> Self {
        let fixed = [
            (contracts.whetu, Contract::Whetu),
            (contracts.global_staking, Contract::GlobalStaking),
            (contracts.amm_factory, Contract::AmmFactory),
            (contracts.subnet_manager, Contract::SubnetManager),
            (contracts.dendron_manager, Contract::DendronManager),
            (contracts.weights, Contract::Weights),
        ];
        let rewards = contracts.reward_distributor;
        let rewards = rewards.map(|address| (address, Contract::RewardDistributor));
        Self(fixed.into_iter().chain(rewards).collect())
    }

    /// Adds `address`, unless it is one of the network's own contracts: a subnet cannot replace
    /// them.
    pub(crate) fn add(&mut self, address: Address, contract: Contract) {
        let is_taken = self.0.get(&address).is_some_and(|known| known.netuid().is_none());
        if !is_taken && !address.is_zero() {
            self.0.insert(address, contract);
        }
    }

    /// Adds the contracts of `subnet`.
    pub(crate) fn add_subnet(&mut self, subnet: &Subnet) {
        self.add_contracts_of(subnet.netuid, subnet.alpha_token, subnet.pool);
    }

    /// Returns `true` if the contracts of `subnet` were added.
    pub(crate) fn knows(&self, subnet: &Subnet) -> bool {
        let known = |address: &Address| address.is_zero() || self.0.contains_key(address);
        known(&subnet.alpha_token) && known(&subnet.pool)
    }

    fn add_contracts_of(&mut self, netuid: NetUid, alpha_token: Address, pool: Address) {
        self.add(alpha_token, Contract::AlphaToken(netuid));
        self.add(pool, Contract::Pool(netuid));
    }

    /// Adds the contracts of every subnet that `logs` register: they emit events before
    /// `SubnetManager` does.
    pub(crate) fn add_registered<'log>(&mut self, logs: impl IntoIterator<Item = &'log Log>) {
        for log in logs {
            if let Some(ChainEvent::Subnet(SubnetEvent::Registered {
                netuid,
                alpha_token,
                pool,
                ..
            })) = self.subnet_manager_event(log)
            {
                self.add_contracts_of(netuid, alpha_token, pool);
            }
        }
    }

    fn subnet_manager_event(&self, log: &Log) -> Option<ChainEvent> {
        let contract = self.contract_at(log.contract)?;
        (contract == Contract::SubnetManager).then(|| decode_event(contract, log).ok()).flatten()
    }

    /// Returns all addresses with their contracts.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Address, Contract)> {
        self.0.iter().map(|(address, contract)| (*address, *contract))
    }

    /// Returns the contract of the network at `address`.
    pub(crate) fn contract_at(&self, address: Address) -> Option<Contract> {
        self.0.get(&address).copied()
    }

    /// Returns the event in `log`, or `None` if another contract wrote it or it cannot be decoded.
    pub(crate) fn decode(&self, log: &Log) -> Option<ChainEvent> {
        let contract = self.contract_at(log.contract)?;
        match decode_event(contract, log) {
            Ok(event) => Some(event),
            Err(reason) => {
                report_undecoded(contract, log, reason);
                None
            }
        }
    }
}

fn report_undecoded(contract: Contract, log: &Log, reason: UndecodedLog) {
    let topic = log.topics.first().map(hex::encode);
    match reason {
        UndecodedLog::UnknownTopic => tracing::debug!(%contract, topic, "skipped a log: {reason}"),
        UndecodedLog::Malformed => tracing::warn!(%contract, topic, "skipped a log: {reason}"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Amount;
    use crate::model::{StakingEvent, Token, TokenEvent};
    use crate::network::presets;
    use crate::primitives::keccak256;

    fn sources() -> EventSources {
        EventSources::new(&presets::local().contracts)
    }

    fn word(number: u8) -> [u8; 32] {
        let mut word = [0; 32];
        word[31] = number;
        word
    }

    fn topic(signature: &str) -> [u8; 32] {
        keccak256(signature)
    }

    #[test]
    fn a_log_is_an_event_only_if_the_contract_itself_wrote_it() {
        let staking = presets::local().contracts.global_staking;
        let topics = vec![topic("GlobalStakeAdded(address,uint256)"), word(7)];
        let log = Log { contract: staking, topics, data: word(9).to_vec() };
        let mut account = [0; 20];
        account[19] = 7;
        let event = StakingEvent::Added { account: account.into(), amount: Amount::from_wei(9) };
        assert_eq!(sources().decode(&log), Some(ChainEvent::Staking(event)));

        let forged = Log { contract: Address::new([9; 20]), ..log };
        assert_eq!(sources().decode(&forged), None);
        let elsewhere = Log { contract: presets::local().contracts.weights, ..forged };
        assert_eq!(sources().decode(&elsewhere), None);
    }

    #[test]
    fn a_token_is_heard_once_its_subnet_is_known() {
        let token = Address::new([3; 20]);
        let topics = vec![topic("Transfer(address,address,uint256)"), word(0), word(7)];
        let log = Log { contract: token, topics, data: word(9).to_vec() };
        let mut sources = sources();
        assert_eq!(sources.decode(&log), None);
        sources.add(token, Contract::AlphaToken(NetUid::new(4)));
        let Some(ChainEvent::Token(TokenEvent::Transferred { token, .. })) = sources.decode(&log)
        else {
            panic!("not heard");
        };
        assert_eq!(token, Token::Alpha(NetUid::new(4)));
    }

    #[test]
    fn a_subnet_cannot_pose_as_a_contract_of_the_network() {
        let weights = presets::local().contracts.weights;
        let mut sources = sources();
        sources.add(weights, Contract::Pool(NetUid::new(1)));
        assert_eq!(sources.contract_at(weights), Some(Contract::Weights));
    }

    proptest! {
        #[test]
        fn any_log_is_read_or_skipped(
            index in 0..9_usize,
            known in any::<proptest::sample::Index>(),
            topics in prop::collection::vec(any::<[u8; 32]>(), 0..4),
            words in prop::collection::vec(prop_oneof![any::<[u8; 32]>(), any::<u8>().prop_map(word)], 0..40),
        ) {
            let mut sources = sources();
            sources.add(Address::new([1; 20]), Contract::AlphaToken(NetUid::new(1)));
            sources.add(Address::new([2; 20]), Contract::Pool(NetUid::new(1)));
            let contracts: Vec<_> = sources.0.keys().copied().collect();
            let signature = topic(SIGNATURES[known.index(SIGNATURES.len())]);
            let topics = std::iter::once(signature).chain(topics).collect();
            let log = Log { contract: contracts[index], topics, data: words.concat() };
            let _ = sources.decode(&log);
        }
    }

    const SIGNATURES: [&str; 5] = [
        "Transfer(address,address,uint256)",
        "WeightsSet(uint16,address,(address,uint256)[])",
        "NeuronRegistered(uint16,address,uint256,bool,bool,string,uint32,string,uint32,uint256)",
        "NetworkConfigUpdated(string,uint256,uint256,address)",
        "RootPublished(uint16,uint64,bytes32,uint256,uint256)",
    ];
}
