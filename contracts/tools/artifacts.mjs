// Writes the ABIs and the creation bytecode of forge's output to the two folders that the crates read.
// Usage: node artifacts.mjs FORGE_OUT ABI_FOLDER BYTECODE_FOLDER
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { contracts } from "./contracts.mjs";

const [forgeOut, abiFolder, bytecodeFolder] = process.argv.slice(2);
if (!bytecodeFolder) {
  console.error("usage: artifacts.mjs FORGE_OUT ABI_FOLDER BYTECODE_FOLDER");
  process.exit(2);
}

const RUNTIME_LIMIT = 24_576;

function writeJson(folder, name, value) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(value, null, 2)}\n`);
}

for (const { name, deployedDirectly } of contracts) {
  const artifact = JSON.parse(readFileSync(join(forgeOut, `${name}.sol`, `${name}.json`), "utf8"));
  const runtimeBytes = (artifact.deployedBytecode.object.length - 2) / 2;
  if (runtimeBytes > RUNTIME_LIMIT) {
    console.error(`${name} has ${runtimeBytes} bytes of code; a node takes at most ${RUNTIME_LIMIT}`);
    process.exit(1);
  }
  writeJson(abiFolder, name, artifact.abi);
  if (deployedDirectly) {
    writeJson(bytecodeFolder, name, { contractName: name, bytecode: artifact.bytecode.object });
  }
}
