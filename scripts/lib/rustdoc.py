"""The JSON documents that rustdoc makes of the libraries of the workspace."""

import functools
import json
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
LAYERS = ["hetu-chain", "hetu-cambium", "hetu-metastruct", "hetu-xylem", "hetu-phloem", "hetu"]


def document(targets, **variables):
    # With examples, cargo selects the features that clippy has with all targets, so that the
    # dependencies are not read a second time.
    command = ["cargo", "doc", "--workspace", targets, "--examples", "--no-deps", "--all-features",
               "--locked", "--quiet"]
    subprocess.run(command, check=True, cwd=ROOT, env=os.environ | variables)


@functools.cache
def folder():
    """Documents the libraries, if a source has changed, and returns the folder of the documents."""
    unlocked = ROOT / "scripts/lib/rustdoc-json"
    # rustdoc reports its lints in this format too, so the libraries are documented once for both.
    document("--lib", RUSTDOC=str(unlocked),
             RUSTDOCFLAGS="-D warnings -Z unstable-options --output-format json")
    metadata = subprocess.check_output(
        ["cargo", "metadata", "--locked", "--no-deps", "--format-version", "1"], cwd=ROOT)
    return pathlib.Path(json.loads(metadata)["target_directory"], "doc")


def document_of(package):
    """The file of a package."""
    return folder() / f"{package.replace('-', '_')}.json"


def crate(package):
    """The document of a package."""
    return json.loads(document_of(package).read_text(encoding="utf-8"))


def program(name, *arguments):
    """Builds a program of hetu-source-checks, and returns the lines that it prints."""
    command = ["cargo", "run", "--package", "hetu-source-checks", "--locked", "--quiet", "--bin", name, "--"]
    return subprocess.check_output([*command, *arguments], cwd=ROOT, text=True).splitlines()
