// Prints the report of sizes, storage and the cost of reading through the Lens, in Markdown.
// Usage: node report.mjs FORGE_OUT SNAPSHOT_FOLDER
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { contracts, helpers } from "./contracts.mjs";
import { CREATION_LIMIT, RUNTIME_LIMIT, readArtifact, sizes } from "./forge.mjs";

const [forgeOut, snapshots] = process.argv.slice(2);
if (!snapshots) {
  console.error("usage: report.mjs FORGE_OUT SNAPSHOT_FOLDER");
  process.exit(2);
}

const number = (value) => Number(value).toLocaleString("en-US");
const all = [...contracts, ...helpers].map(({ name }) => ({ name, artifact: readArtifact(forgeOut, name) }));

function table(head, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function sizeTable() {
  return table(
    ["contract", "code", "left", "creation code", "left"],
    all.map(({ name, artifact }) => {
      const { runtime, creation } = sizes(artifact);
      return [
        name,
        number(runtime),
        number(RUNTIME_LIMIT - runtime),
        number(creation),
        number(CREATION_LIMIT - creation),
      ];
    }),
  );
}

// Names of struct types contain syntax node numbers, which each edit changes. Labels are stable.
function storageTable({ storage, types }) {
  return table(
    ["slot", "offset", "bytes", "name", "type"],
    storage.map(({ slot, offset, label, type }) => [
      slot,
      offset,
      types[type].numberOfBytes,
      `\`${label}\``,
      `\`${types[type].label}\``,
    ]),
  );
}

function storageSections() {
  return all
    .map(({ name, artifact }) => {
      const layout = artifact.storageLayout;
      const body = layout.storage.length > 0 ? storageTable(layout) : "No storage.";
      return `### ${name}\n\n${body}`;
    })
    .join("\n\n");
}

function lensTable() {
  const figures = JSON.parse(readFileSync(join(snapshots, "Lens.json"), "utf8"));
  return table(["measured", "gas"], Object.entries(figures).map(([name, gas]) => [name, number(gas)]));
}

console.log(`# Sizes, storage, and the cost of reading

Made by \`scripts/contracts build\` and \`scripts/contracts snapshot\`; do not edit.

## Sizes

In bytes. A node stores at most ${number(RUNTIME_LIMIT)} bytes of code for a contract and runs at most
${number(CREATION_LIMIT)} bytes of creation code.

${sizeTable()}

## Reading through the Lens

Execution of one call for a page of dendrons with cold storage, without the base cost of a transaction and
of its calldata, which a node counts against the gas cap of \`eth_call\` as well. Each record has an endpoint of
17 characters.

${lensTable()}

## Storage

Immutable values are part of the code. The reentrancy guards and the marks of weight rows are transient.

${storageSections()}`);
