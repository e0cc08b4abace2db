// Compares our contracts with the published interfaces and fails if any part is missing or changed.
// Usage: node compat.mjs ABI_FOLDER
// The published interfaces are read from published-signatures.json.
import { readFileSync } from "node:fs";
import { join } from "node:path";

import sha3 from "js-sha3";

import { contracts } from "./contracts.mjs";

const [abiFolder] = process.argv.slice(2);
if (!abiFolder) {
  console.error("usage: compat.mjs ABI_FOLDER");
  process.exit(2);
}

const TABLE = new URL("../published-signatures.json", import.meta.url);
const KINDS = ["function", "event", "error"];

const readJson = (file) => JSON.parse(readFileSync(file, "utf8"));
const hash = (text) => `0x${sha3.keccak256(text)}`;

function canonicalType({ type, components }) {
  return components ? `${typeList(components)}${type.slice("tuple".length)}` : type;
}

function typeList(parameters) {
  return `(${parameters.map(canonicalType).join(",")})`;
}

// Returns the parts of an entry that clients depend on: only those that are visible on the wire.
function describe(entry) {
  const signature = `${entry.name}${typeList(entry.inputs ?? [])}`;
  switch (entry.type) {
    case "function":
      return {
        signature,
        selector: hash(signature).slice(0, 10),
        mutability: entry.stateMutability,
        outputs: typeList(entry.outputs),
      };
    case "event":
      return {
        signature,
        topic: hash(signature),
        indexed: entry.inputs.map((input) => input.indexed),
        anonymous: entry.anonymous,
      };
    case "error":
      return { signature, selector: hash(signature).slice(0, 10) };
    default:
      return undefined;
  }
}

function tableOf(abi) {
  const bySignature = (a, b) => (a.signature < b.signature ? -1 : 1);
  const ofKind = (kind) =>
    abi
      .filter((entry) => entry.type === kind)
      .map(describe)
      .sort(bySignature);
  const constructor = abi.find((entry) => entry.type === "constructor");
  return {
    constructor: constructor ? constructor.inputs.map(canonicalType) : null,
    receive: abi.some((entry) => entry.type === "receive"),
    ...Object.fromEntries(KINDS.map((kind) => [kind, ofKind(kind)])),
  };
}

const problems = [];
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

function compareKind(label, kind, published, ours) {
  const oursBySignature = new Map(ours.map((entry) => [entry.signature, entry]));
  for (const entry of published) {
    const match = oursBySignature.get(entry.signature);
    if (!match) problems.push(`${label}: ${kind} ${entry.signature} is missing`);
    else if (!same(match, entry)) {
      problems.push(
        `${label}: ${kind} ${entry.signature} is ${JSON.stringify(match)}, published ${JSON.stringify(entry)}`,
      );
    }
  }
  const publishedSignatures = new Set(published.map((entry) => entry.signature));
  return ours.filter((entry) => !publishedSignatures.has(entry.signature));
}

// A constructor may have more arguments than the published one, but must start with the same ones.
function compareConstructor(label, published, ours) {
  if (published === null) return;
  if (!same(published, (ours ?? []).slice(0, published.length))) {
    problems.push(`${label}: the constructor takes (${ours}), published (${published})`);
  }
}

function compareContract(label, published, ours) {
  compareConstructor(label, published.constructor, ours.constructor);
  if (published.receive && !ours.receive) problems.push(`${label}: receive is missing`);
  console.log(`${label}`);
  for (const kind of KINDS) {
    const added = compareKind(label, kind, published[kind], ours[kind]);
    console.log(`  ${published[kind].length} published ${kind}s, ${added.length} added`);
    for (const entry of added) console.log(`    + ${entry.signature}`);
  }
}

const table = readJson(TABLE);
for (const { name } of contracts.filter((contract) => !contract.isNew)) {
  compareContract(name, table[name], tableOf(readJson(join(abiFolder, `${name}.json`))));
}

if (problems.length > 0) {
  console.error(`\n${problems.length} differences from the published interfaces:`);
  for (const problem of problems) console.error(`  ${problem}`);
  process.exit(1);
}
console.log("\nEvery published function, event and error is there unchanged.");
