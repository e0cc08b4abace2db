// What the other tools read from forge's output.
import { readFileSync } from "node:fs";
import { join } from "node:path";

// Bytes of code that a node stores at most (EIP-170), and of creation code that it runs at most (EIP-3860).
export const RUNTIME_LIMIT = 24_576;
export const CREATION_LIMIT = 49_152;

export function readArtifact(forgeOut, name) {
  return JSON.parse(readFileSync(join(forgeOut, `${name}.sol`, `${name}.json`), "utf8"));
}

export function sizes(artifact) {
  const bytes = (code) => (code.object.length - 2) / 2;
  return { runtime: bytes(artifact.deployedBytecode), creation: bytes(artifact.bytecode) };
}
