"""The committed lists of the public items of the layers, in docs/api."""

import difflib
import re

import rustdoc

FOLDER = rustdoc.ROOT / "docs/api"
SUMMARY = FOLDER / "README.md"
# A public item: kind, path and the rest. Members of types have no kind.
ITEM = re.compile(
    r"(?:#\[[^\]]*\] )*pub (?:const |async |unsafe )*(?P<kind>mod|struct|enum|union|trait|fn|type|const|static|macro|use|proc)"
    r" (?P<path>\w+(?:::\w+)*)")
# The maximum number of differing lines that are printed.
SHOWN = 10

INTRODUCTION = """\
# Public names

The modules of each crate with the names that they make public, without methods and fields; a file
beside this one lists those too. All of it is written by `scripts/public-api` from the documents of
rustdoc, with all features, and the check fails if it is not fresh.
"""


def listing(package):
    """Returns the public items of a package, one a line."""
    return rustdoc.program("list-public-api", str(rustdoc.document_of(package)))


def names_by_module(lines):
    """Returns the sorted public names of each module, by the module's path."""
    items = [match for match in map(ITEM.match, lines) if match]
    modules = {match["path"]: [] for match in items if match["kind"] == "mod"}
    for match in items:
        parent, _, name = match["path"].rpartition("::")
        if parent in modules and match["kind"] != "mod":
            modules[parent].append(name)
    return {module: sorted(set(names)) for module, names in modules.items()}


def summary(listings):
    yield INTRODUCTION
    for package, lines in listings.items():
        yield f"## {package}\n"
        for module, names in names_by_module(lines).items():
            if names:
                yield f"- `{module}` ({len(names)}): {', '.join(names)}"
        yield ""


def files():
    """Returns the text of each file."""
    listings = {package: listing(package) for package in rustdoc.LAYERS}
    texts = {FOLDER / f"{package}.txt": "\n".join([*lines, ""]) for package, lines in listings.items()}
    return texts | {SUMMARY: "\n".join(summary(listings))}


def write():
    FOLDER.mkdir(parents=True, exist_ok=True)
    for path, text in files().items():
        path.write_text(text, encoding="utf-8")


def differences():
    """Yields the first lines in which each committed file differs from the generated text."""
    for path, text in files().items():
        committed = path.read_text(encoding="utf-8") if path.exists() else ""
        if committed == text:
            continue
        lines = list(difflib.unified_diff(committed.splitlines(), text.splitlines(), lineterm="", n=0))[2:]
        changed = [line for line in lines if not line.startswith("@@")]
        more = [f"and {len(changed) - SHOWN} more"] if len(changed) > SHOWN else []
        name = path.relative_to(rustdoc.ROOT)
        yield "\n  ".join([f"{name} is not fresh: run scripts/public-api and commit it", *changed[:SHOWN], *more])
