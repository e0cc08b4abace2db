// Functions that read the output of forge.
import { readFileSync } from "node:fs";
import { join } from "node:path";

// Size limits of a node in bytes: for stored code (EIP-170) and for creation code (EIP-3860).
export const RUNTIME_LIMIT = 24_576;
export const CREATION_LIMIT = 49_152;

export function readArtifact(forgeOut, name) {
  return JSON.parse(readFileSync(join(forgeOut, `${name}.sol`, `${name}.json`), "utf8"));
}

export function sizes(artifact) {
  const bytes = (code) => (code.object.length - 2) / 2;
  return { runtime: bytes(artifact.deployedBytecode), creation: bytes(artifact.bytecode) };
}
