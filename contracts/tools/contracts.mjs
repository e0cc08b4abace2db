// The contracts that clients see. `publishedAs` is set where the live network uses another name.
export const contracts = [
  { name: "WHETU", deployedDirectly: true },
  { name: "GlobalStaking", deployedDirectly: true },
  { name: "SubnetAMMFactory", deployedDirectly: true },
  { name: "SubnetManager", deployedDirectly: true },
  { name: "DendronManager", deployedDirectly: true, publishedAs: "NeuronManager" },
  { name: "Weights", deployedDirectly: true },
  { name: "AlphaToken", deployedDirectly: false },
  { name: "SubnetAMM", deployedDirectly: false },
];
