#!/usr/bin/env python3
"""Fails if documentation has a fault, or a public item of a layer names a type that must stay inside.

Reads the JSON output of rustdoc, so it also finds a leak through a type alias, a trait
implementation or a generic bound. rustdoc reports its lints in this format too, so the libraries
are documented once for both purposes.
"""

import json
import os
import pathlib
import subprocess
import sys

LAYERS = ["hetu-chain", "hetu-cambium", "hetu-metastruct", "hetu-xylem", "hetu-phloem", "hetu"]
HIDDEN = {
    "bincode", "chacha20poly1305", "curve25519_dalek", "ethabi", "ethereum_types",
    "ethers_contract", "ethers_core", "fixed_hash", "hkdf", "hmac", "jsonrpsee", "jsonrpsee_core",
    "jsonrpsee_http_client", "k256", "primitive_types", "rcgen", "redis", "revm", "rlp", "ruint",
    "secp256k1", "sfv", "sha2", "sha3", "x25519_dalek",
}


def document(targets, **variables):
    # With examples, cargo selects the features that clippy has with all targets, so that the
    # dependencies are not read a second time.
    command = ["cargo", "doc", "--workspace", targets, "--examples", "--no-deps", "--all-features",
               "--locked", "--quiet"]
    subprocess.run(command, check=True, env=os.environ | variables)


def rustdoc():
    """Documents everything; returns the folder with the JSON documents of the libraries."""
    unlocked = pathlib.Path(__file__).parent / "lib" / "rustdoc-json"
    # The program has the name of the facade, so its document would replace the facade's.
    document("--bins", RUSTDOCFLAGS="-D warnings")
    document("--lib", RUSTDOC=str(unlocked),
             RUSTDOCFLAGS="-D warnings -Z unstable-options --output-format json")
    target = json.loads(subprocess.check_output(
        ["cargo", "metadata", "--locked", "--no-deps", "--format-version", "1"]))
    return pathlib.Path(target["target_directory"], "doc")


def named_ids(value):
    """The ids of all types and traits that a part of an item names."""
    if isinstance(value, dict):
        if "path" in value and isinstance(value.get("id"), int):
            yield value["id"]
        for member in value.values():
            yield from named_ids(member)
    elif isinstance(value, list):
        for member in value:
            yield from named_ids(member)


def is_derived(item):
    """Blanket and automatic implementations are of the crates that make them."""
    implementation = item["inner"].get("impl")
    return implementation and (implementation["blanket_impl"] or implementation["is_synthetic"])


def leaks(folder, package):
    path = folder / f"{package.replace('-', '_')}.json"
    crate = json.loads(path.read_text(encoding="utf-8"))
    names = {int(number): entry["name"] for number, entry in crate["external_crates"].items()}
    blanket = {member for item in crate["index"].values() if is_derived(item)
               for member in item["inner"]["impl"]["items"]}
    for item in crate["index"].values():
        if item["crate_id"] != 0 or is_derived(item) or item["id"] in blanket:
            continue
        for identifier in named_ids(item["inner"]):
            path = crate["paths"].get(str(identifier))
            if path and names.get(path["crate_id"]) in HIDDEN:
                yield f"{package}: {item['name'] or 'an implementation'} names {'::'.join(path['path'])}"


def main():
    folder = rustdoc()
    found = sorted({leak for package in LAYERS for leak in leaks(folder, package)})
    for leak in found:
        print(f"public api: {leak}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
