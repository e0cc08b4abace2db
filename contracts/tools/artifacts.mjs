// Writes the files that the crates take from the contracts: ABIs and client code to one folder,
// creation bytecode and the deployment plan to a second, and creation bytecode of test contracts to
// a third. Fails if a contract is too large or the plan does not fit the contracts.
// Usage: node artifacts.mjs FORGE_OUT ABI_FOLDER BYTECODE_FOLDER FIXTURE_FOLDER
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { contracts, fixtures, testKit } from "./contracts.mjs";
import { CREATION_LIMIT, RUNTIME_LIMIT, readArtifact, sizes } from "./forge.mjs";
import { problemsOf } from "./plan.mjs";

const [forgeOut, abiFolder, bytecodeFolder, fixtureFolder] = process.argv.slice(2);
if (!fixtureFolder) {
  console.error("usage: artifacts.mjs FORGE_OUT ABI_FOLDER BYTECODE_FOLDER FIXTURE_FOLDER");
  process.exit(2);
}

function writeJson(folder, name, value) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(value, null, 2)}\n`);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}

// Returns the code that a client sends with a call: placed at an address, or run instead of a call.
function clientCode(name, kind, artifact) {
  return kind === "runtime"
    ? { contractName: name, deployedBytecode: artifact.deployedBytecode.object }
    : { contractName: name, bytecode: artifact.bytecode.object };
}

const abis = new Map();
for (const { name, deployedDirectly, clientCode: kind } of contracts) {
  const artifact = readArtifact(forgeOut, name);
  const { runtime, creation } = sizes(artifact);
  if (runtime > RUNTIME_LIMIT) fail(`${name} has ${runtime} bytes of code; a node takes at most ${RUNTIME_LIMIT}`);
  if (creation > CREATION_LIMIT) {
    fail(`${name} has ${creation} bytes of creation code; a node takes at most ${CREATION_LIMIT}`);
  }
  abis.set(name, artifact.abi);
  writeJson(abiFolder, name, artifact.abi);
  if (kind) writeJson(abiFolder, `${name}.bytecode`, clientCode(name, kind, artifact));
  if (deployedDirectly) {
    writeJson(bytecodeFolder, name, { contractName: name, bytecode: artifact.bytecode.object });
  }
}

for (const [folder, group] of [[bytecodeFolder, testKit], [fixtureFolder, fixtures]]) {
  for (const { name } of group) {
    const artifact = readArtifact(forgeOut, name);
    writeJson(folder, name, { contractName: name, bytecode: artifact.bytecode.object });
  }
}

// The functions of the published network, by contract.
const signatures = JSON.parse(readFileSync(new URL("../published-signatures.json", import.meta.url), "utf8"));
const published = contracts
  .filter(({ deployedDirectly, isNew }) => deployedDirectly && !isNew)
  .map(({ name }) => [name, signatures[name].function.map(({ selector }) => selector)]);
writeJson(bytecodeFolder, "published-selectors", Object.fromEntries(published));

const planText = readFileSync(new URL("../deployment.json", import.meta.url), "utf8");
const problems = problemsOf(JSON.parse(planText), abis);
if (problems.length > 0) fail(`deployment.json:\n  ${problems.join("\n  ")}`);
writeFileSync(join(bytecodeFolder, "deployment.json"), planText);
