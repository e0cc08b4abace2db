#!/usr/bin/env python3
"""Fails if the documentation has a fault, or if a public item of a layer breaks a rule.

No public item names a type that must stay internal. The JSON output of rustdoc also shows a leak
through a type alias, a trait implementation or a generic bound. The public items must match the
snapshots that scripts/public-api writes.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "lib"))
import api_snapshots  # noqa: E402
import rustdoc  # noqa: E402

HIDDEN = {
    "bincode", "chacha20poly1305", "curve25519_dalek", "ethabi", "ethereum_types",
    "ethers_contract", "ethers_core", "fixed_hash", "hkdf", "hmac", "jsonrpsee", "jsonrpsee_core",
    "jsonrpsee_http_client", "k256", "primitive_types", "rcgen", "redis", "revm", "rlp", "ruint",
    "secp256k1", "sfv", "sha2", "sha3", "x25519_dalek",
}


def named_ids(value):
    """Yields the ids of all types and traits that a part of an item names."""
    if isinstance(value, dict):
        if "path" in value and isinstance(value.get("id"), int):
            yield value["id"]
        for member in value.values():
            yield from named_ids(member)
    elif isinstance(value, list):
        for member in value:
            yield from named_ids(member)


def is_derived(item):
    """Returns True for blanket and automatic implementations: other crates define them."""
    implementation = item["inner"].get("impl")
    return implementation and (implementation["blanket_impl"] or implementation["is_synthetic"])


def leaks(package):
    crate = rustdoc.crate(package)
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
    # The program and the facade have the same name, so its document would replace the facade's.
    rustdoc.document("--bins", RUSTDOCFLAGS="-D warnings")
    faults = sorted({leak for package in rustdoc.LAYERS for leak in leaks(package)})
    faults += api_snapshots.differences()
    for fault in faults:
        print(f"public api: {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
