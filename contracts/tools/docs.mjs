// Fails if the documentation of the contracts leaves out an event or a test of a fixed defect, or
// names a test that does not exist.
// Usage: node docs.mjs ABI_FOLDER TEST_FOLDER DOCUMENT
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { contracts } from "./contracts.mjs";

const [abiFolder, testFolder, documentFile] = process.argv.slice(2);
if (!documentFile) {
  console.error("usage: docs.mjs ABI_FOLDER TEST_FOLDER DOCUMENT");
  process.exit(2);
}

const text = readFileSync(documentFile, "utf8");
const tests = readFileSync(join(testFolder, "MendedDefects.t.sol"), "utf8");
const problems = [];

for (const { name } of contracts) {
  const abi = JSON.parse(readFileSync(join(abiFolder, `${name}.json`), "utf8"));
  for (const entry of abi.filter((candidate) => candidate.type === "event")) {
    if (!text.includes(`\`${entry.name}`)) problems.push(`the event ${entry.name} of ${name} is not named`);
  }
}

const existing = new Set([...tests.matchAll(/function (test_\w+)/g)].map((match) => match[1]));
const named = new Set([...text.matchAll(/`(test_\w+)`/g)].map((match) => match[1]));
for (const test of existing) if (!named.has(test)) problems.push(`the test ${test} is not named`);
for (const test of named) if (!existing.has(test)) problems.push(`the test ${test} does not exist`);

if (problems.length > 0) {
  console.error(`${documentFile}:\n  ${problems.join("\n  ")}`);
  process.exit(1);
}
