// Fails if a public function, event or error of our contracts and interfaces has no documentation.
// Usage: node natspec.mjs FORGE_OUT SOURCE_FOLDER
import { readFileSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";

const [forgeOut, sourceFolder] = process.argv.slice(2);
if (!sourceFolder) {
  console.error("usage: natspec.mjs FORGE_OUT SOURCE_FOLDER");
  process.exit(2);
}

const SECTIONS = { function: "methods", event: "events", error: "errors" };

const solidityFiles = (folder) => readdirSync(folder).filter((file) => file.endsWith(".sol"));
const ours = [sourceFolder, join(sourceFolder, "interfaces")].flatMap(solidityFiles);

function typeOf({ type, components }) {
  return components ? `(${components.map(typeOf)})${type.slice("tuple".length)}` : type;
}

function readArtifacts(file) {
  const folder = join(forgeOut, file);
  return readdirSync(folder).map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")));
}

function publicEntries(artifact) {
  return artifact.abi
    .filter((entry) => Object.hasOwn(SECTIONS, entry.type))
    .map((entry) => ({ ...entry, signature: `${entry.name}(${entry.inputs.map(typeOf)})` }));
}

// Entries that a contract inherits from a library. Their documentation is not checked.
const inherited = new Set(
  readdirSync(forgeOut)
    .filter((file) => file.endsWith(".sol") && !ours.includes(file))
    .flatMap(readArtifacts)
    .flatMap(publicEntries)
    .map(({ type, signature }) => `${type} ${signature}`),
);

// A getter without a notice is documented by its variable.
function isDescribed({ type, name, signature }, { userdoc, devdoc }) {
  const section = SECTIONS[type];
  return Boolean(userdoc[section]?.[signature] ?? devdoc[section]?.[signature] ?? devdoc.stateVariables?.[name]);
}

const missing = ours.flatMap((file) =>
  readArtifacts(file).flatMap((artifact) =>
    publicEntries(artifact)
      .filter((entry) => !isDescribed(entry, artifact))
      .map((entry) => `${entry.type} ${entry.signature}`)
      .filter((entry) => !inherited.has(entry))
      .map((entry) => `${basename(file, ".sol")}: ${entry}`),
  ),
);

if (missing.length > 0) {
  console.error(`undocumented:\n  ${missing.join("\n  ")}`);
  process.exit(1);
}
