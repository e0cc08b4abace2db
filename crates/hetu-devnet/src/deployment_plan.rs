//! The transactions that deploy the Hetu contracts to a chain.
//!
//! The plan is data, stored with the contracts: a devnet and a deployment to a live chain take the
//! same steps.

use std::collections::BTreeMap;

use alloy_primitives::{U256, keccak256};
use hetu_chain::Address;
use hetu_chain::primitives::ContractAddresses;
use hetu_chain::text::ForeignError;
use serde::Deserialize;

use crate::artifacts::{InvalidDeployment, bytecode, damaged};
use crate::convert::{evm_address, sdk_address};
use crate::published::Facades;

const PLAN: &str = include_str!("../artifacts/deployment.json");

/// The addresses of the roles in a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeploymentRoles {
    /// Sender of the transactions and initial owner of the contracts.
    pub deployer: Address,
    /// Recipient of the registration fees of dendrons.
    pub treasury: Address,
    /// Account that may add and remove the liquidity of pools.
    pub system: Address,
    /// Account that publishes reward roots.
    pub keeper: Address,
    /// New owner of the contracts after the deployment, if any. It has to accept each contract.
    pub governor: Option<Address>,
}

impl DeploymentRoles {
    /// Returns roles that one account holds, without a transfer of ownership.
    pub const fn all(account: Address) -> Self {
        Self {
            deployer: account,
            treasury: account,
            system: account,
            keeper: account,
            governor: None,
        }
    }
}

/// The transactions that deploy the Hetu contracts to a chain, in the order of the deployer's
/// nonces.
#[derive(Clone, Debug)]
pub struct Deployment {
    steps: Vec<DeploymentStep>,
    contracts: BTreeMap<String, Address>,
    is_published: bool,
}

/// One transaction of a [`Deployment`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeploymentStep {
    /// Human-readable description of the step.
    pub name: String,
    /// Target of the transaction, with the created contract if there is one.
    pub target: DeploymentTarget,
    /// Creation code or a function call, with its arguments.
    pub input: Vec<u8>,
}

/// The target of a [`DeploymentStep`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeploymentTarget {
    /// Creation of a contract at this address.
    Creates(Address),
    /// Call of the contract at this address.
    Calls(Address),
}

impl Deployment {
    /// Returns the deployment for `roles` by an account that has sent `first_nonce` transactions so
    /// far.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidDeployment`] if the plan or a bytecode file of this crate is damaged.
    pub fn new(roles: &DeploymentRoles, first_nonce: u64) -> Result<Self, InvalidDeployment> {
        let plan: DeploymentPlan =
            serde_json::from_str(PLAN).map_err(|error| damaged("plan", error))?;
        let deployer = evm_address(roles.deployer);
        let created = plan.contracts.iter().zip(first_nonce..);
        let contracts: BTreeMap<_, _> = created
            .map(|(contract, nonce)| (contract.name.clone(), sdk_address(deployer.create(nonce))))
            .collect();
        let scope = DeploymentScope { roles, contracts: &contracts };
        let handover = if roles.governor.is_some() { plan.handover } else { Vec::new() };
        let creations = plan.contracts.iter().map(|creation| scope.create(creation));
        let calls = plan.calls.iter().chain(&handover).map(|call| scope.call(call));
        let steps = creations.chain(calls).collect::<Result<_, _>>()?;
        Ok(Self { steps, contracts, is_published: false })
    }

    /// Returns the same contracts with only the functions of the published network exposed to
    /// outsiders.
    pub(crate) fn behind_facades(mut self) -> Result<Self, InvalidDeployment> {
        let facades = Facades::new(self.contracts.values().copied().collect())?;
        let (function, call) = Facades::seal();
        let mut seals = Vec::new();
        for (name, &address) in self.contracts.iter().filter(|(name, _)| facades.has(name)) {
            for step in &mut self.steps {
                if step.target == DeploymentTarget::Creates(address) {
                    step.input = facades.wrap(name, &step.input);
                }
            }
            seals.push(DeploymentStep {
                name: format!("{name}.{function}"),
                target: DeploymentTarget::Calls(address),
                input: call.clone(),
            });
        }
        self.steps.extend(seals);
        Ok(Self { is_published: true, ..self })
    }

    /// Returns the transactions. Send them in this order, without other transactions in between.
    pub fn steps(&self) -> &[DeploymentStep] {
        &self.steps
    }

    /// Returns the addresses that the contracts will have.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidDeployment`] if the plan lacks one of the contracts.
    pub fn addresses(&self) -> Result<ContractAddresses, InvalidDeployment> {
        let at = |name: &str| {
            let address = self.contracts.get(name).copied();
            address.ok_or_else(|| damaged("plan", format!("no {name}")))
        };
        let only_ours = |name| (!self.is_published).then(|| at(name)).transpose();
        Ok(ContractAddresses {
            whetu: at("WHETU")?,
            global_staking: at("GlobalStaking")?,
            amm_factory: at("SubnetAMMFactory")?,
            subnet_manager: at("SubnetManager")?,
            dendron_manager: at("DendronManager")?,
            weights: at("Weights")?,
            reward_distributor: only_ours("RewardDistributor")?,
            lens: only_ours("Lens")?,
        })
    }
}

#[derive(Deserialize)]
struct DeploymentPlan {
    contracts: Vec<PlannedCreation>,
    calls: Vec<PlannedCall>,
    handover: Vec<PlannedCall>,
}

#[derive(Deserialize)]
struct PlannedCreation {
    name: String,
    arguments: Vec<String>,
}

#[derive(Deserialize)]
struct PlannedCall {
    contract: String,
    function: String,
    arguments: Vec<String>,
}

/// The values of the names in the plan.
struct DeploymentScope<'deployment> {
    roles: &'deployment DeploymentRoles,
    contracts: &'deployment BTreeMap<String, Address>,
}

impl DeploymentScope<'_> {
    fn create(&self, creation: &PlannedCreation) -> Result<DeploymentStep, InvalidDeployment> {
        let mut input = bytecode(&creation.name)?;
        input.extend(self.words(&creation.arguments)?);
        Ok(DeploymentStep {
            name: format!("create {}", creation.name),
            target: DeploymentTarget::Creates(self.address(&creation.name)?),
            input,
        })
    }

    fn call(&self, call: &PlannedCall) -> Result<DeploymentStep, InvalidDeployment> {
        let mut input = keccak256(&call.function)[..4].to_vec();
        input.extend(self.words(&call.arguments)?);
        Ok(DeploymentStep {
            name: format!("{}.{}", call.contract, call.function),
            target: DeploymentTarget::Calls(self.address(&call.contract)?),
            input,
        })
    }

    fn words(&self, arguments: &[String]) -> Result<Vec<u8>, InvalidDeployment> {
        let words = arguments.iter().map(|argument| self.word(argument));
        Ok(words.collect::<Result<Vec<_>, _>>()?.concat())
    }

    /// Returns an argument as the one ABI word that each argument takes.
    fn word(&self, argument: &str) -> Result<[u8; 32], InvalidDeployment> {
        match (argument, argument.strip_prefix('$')) {
            (_, Some(name)) => Ok(evm_address(self.address(name)?).into_word().0),
            ("true", None) => Ok(U256::ONE.to_be_bytes()),
            ("false", None) => Ok(U256::ZERO.to_be_bytes()),
            (digits, None) => U256::from_str_radix(digits, 10)
                .map(|number| number.to_be_bytes())
                .map_err(|error| damaged("plan", ForeignError::new(error).in_context(digits))),
        }
    }

    fn address(&self, name: &str) -> Result<Address, InvalidDeployment> {
        let address = match name {
            "deployer" => Some(self.roles.deployer),
            "treasury" => Some(self.roles.treasury),
            "system" => Some(self.roles.system),
            "keeper" => Some(self.roles.keeper),
            "governor" => self.roles.governor,
            contract => self.contracts.get(contract).copied(),
        };
        address.ok_or_else(|| damaged("plan", format!("nothing is called {name}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::artifacts::ARTIFACTS;

    const DEPLOYER: Address = Address::new([1; 20]);
    const GOVERNOR: Address = Address::new([2; 20]);

    #[test]
    fn every_creation_comes_before_every_call() {
        let deployment = Deployment::new(&DeploymentRoles::all(DEPLOYER), 0).unwrap();
        let creates = |step: &&DeploymentStep| matches!(step.target, DeploymentTarget::Creates(_));
        let creations = deployment.steps().iter().filter(creates).count();
        let others = ["DendronCrowd", "HetuTimelock", "PublishedFacade"];
        assert_eq!(creations, ARTIFACTS.len() - others.len());
        assert!(deployment.steps()[..creations].iter().all(|step| creates(&step)));
    }

    #[test]
    fn addresses_follow_from_the_deployers_nonces() {
        let roles = DeploymentRoles::all(DEPLOYER);
        let (first, later) =
            (Deployment::new(&roles, 0).unwrap(), Deployment::new(&roles, 1).unwrap());
        let (first, later) = (first.addresses().unwrap(), later.addresses().unwrap());
        assert_eq!(first.global_staking, later.whetu);
    }

    #[test]
    fn contracts_are_handed_over_to_a_governor_only_if_there_is_one() {
        let roles = DeploymentRoles::all(DEPLOYER);
        let kept = Deployment::new(&roles, 0).unwrap();
        let roles = DeploymentRoles { governor: Some(GOVERNOR), ..roles };
        let handed_over = Deployment::new(&roles, 0).unwrap();
        let last = handed_over.steps().last().unwrap();
        assert_eq!(handed_over.steps().len(), kept.steps().len() + 4);
        assert!(last.name.ends_with("transferOwnership(address)"), "{}", last.name);
        assert!(last.input.ends_with(GOVERNOR.as_bytes()));
    }
}
