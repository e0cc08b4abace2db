// The contracts that clients see. `isNew` is set where the live network has no counterpart. Clients that run code
// which is not deployed need `runtime` or `creation` code.
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

// Part of contracts of the list, created by them.
export const helpers = [{ name: "AlphaTokenDeployer" }];

// For tests of clients: what a devnet deploys beside the contracts, or around them.
export const testKit = [{ name: "PublishedFacade" }, { name: "DendronCrowd" }];

// For tests of clients: what the tests of hetu-chain deploy themselves, or send along with calls.
export const fixtures = [{ name: "OwnerWallet" }, { name: "OwnerWalletFactory" }, { name: "OddWallet" }];
