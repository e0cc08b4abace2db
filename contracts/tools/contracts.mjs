// The contracts that clients use. `isNew` is set if the live network has no counterpart. Clients
// need the `runtime` or `creation` code of contracts that they run without a deployment.
export const contracts = [
  { name: "WHETU", deployedDirectly: true },
  { name: "GlobalStaking", deployedDirectly: true },
  { name: "SubnetAMMFactory", deployedDirectly: true },
  { name: "SubnetManager", deployedDirectly: true },
  { name: "DendronManager", deployedDirectly: true },
  { name: "Weights", deployedDirectly: true },
  { name: "RewardDistributor", deployedDirectly: true, isNew: true },
  { name: "Lens", deployedDirectly: true, isNew: true, clientCode: "runtime" },
  { name: "HetuTimelock", deployedDirectly: true, isNew: true },
  { name: "AlphaToken", deployedDirectly: false },
  { name: "SubnetAMM", deployedDirectly: false },
  { name: "LensCall", deployedDirectly: false, isNew: true, clientCode: "creation" },
  { name: "SignatureCheck", deployedDirectly: false, isNew: true, clientCode: "creation" },
];

// Contracts that the contracts of the list create.
export const helpers = [{ name: "AlphaTokenDeployer" }];

// Contracts for client tests: a devnet deploys them beside the contracts above, or around them.
export const testKit = [{ name: "PublishedFacade" }, { name: "DendronCrowd" }];

// Contracts for client tests: the tests of hetu-chain deploy them, or send them with calls.
export const fixtures = [{ name: "OwnerWallet" }, { name: "OwnerWalletFactory" }, { name: "OddWallet" }];
