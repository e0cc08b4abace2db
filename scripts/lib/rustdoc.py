"""The JSON documents that rustdoc writes for the libraries of the workspace."""

import functools
import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
LAYERS = ["hetu-chain", "hetu-cambium", "hetu-metastruct", "hetu-xylem", "hetu-phloem", "hetu"]


def document(targets, **variables):
    # With examples, cargo selects the same features as clippy with all targets, so that the
    # dependencies are not checked a second time.
    command = ["cargo", "doc", "--workspace", targets, "--examples", "--no-deps", "--all-features",
               "--locked", "--quiet"]
    if subprocess.run(command, cwd=ROOT, env=os.environ | variables).returncode != 0:
        sys.exit("the documentation has a fault")


@functools.cache
def folder():
    """Documents the libraries if a source has changed, and returns the folder of the documents."""
    unlocked = ROOT / "scripts/lib/rustdoc-json"
    # rustdoc reports its lints in this format too, so one run is enough for both.
    document("--lib", RUSTDOC=str(unlocked),
             RUSTDOCFLAGS="-D warnings -Z unstable-options --output-format json")
    metadata = subprocess.check_output(
        ["cargo", "metadata", "--locked", "--no-deps", "--format-version", "1"], cwd=ROOT)
    documents = pathlib.Path(json.loads(metadata)["target_directory"], "doc")
    for made in documents.glob("*.json"):
        # Without an HTML page, cargo regards a document as outdated, and would rebuild all of them.
        page = documents / made.stem / "index.html"
        page.parent.mkdir(exist_ok=True)
        page.touch()
    return documents


def document_of(package):
    """Returns the file of a package."""
    return folder() / f"{package.replace('-', '_')}.json"


def crate(package):
    """Returns the document of a package."""
    return json.loads(document_of(package).read_text(encoding="utf-8"))


def program(name, *arguments):
    """Builds a program of hetu-source-checks, and returns the lines of its output."""
    command = ["cargo", "run", "--package", "hetu-source-checks", "--locked", "--quiet", "--bin", name, "--"]
    return subprocess.check_output([*command, *arguments], cwd=ROOT, text=True).splitlines()
