"""The steps of the project's check, .ci/run: everything that must hold before a change lands.

Slow checks that rarely fail are in scripts/release-check. A later change may add at most a minute
to this check; see CONTRIBUTING.md.
"""

import os

from steps import Step, run

os.environ["CARGO_TERM_COLOR"] = "never"

CARGO = ["--workspace", "--all-features", "--locked", "--quiet"]
BUILT = ["programs"]

run(
    first=[
        Step("tools", "scripts/tools", "cargo-deny", "cargo-fuzz", "cargo-nextest", "redis-server",
             "tmux"),
        Step("format", "cargo", "fmt", "--all", "--check"),
        Step("lints", "cargo", "clippy", *CARGO, "--all-targets", "--", "-D", "warnings"),
        Step("structure", "scripts/check-structure"),
        # Runs after the lints, because both read the dependencies from the same metadata.
        Step("layers and documentation", "scripts/check-layers"),
        # Reads the documents of the previous step.
        Step("reference of errors", "scripts/errors-reference", "check"),
        Step("reference of functions", "scripts/functions-reference", "check"),
        # Uses the features of the tests, so that no later step has to build again.
        Step("programs", "cargo", "test", *CARGO, "--no-run"),
        Step("tests", "scripts/test"),
    ],
    beside=[
        Step("runner of this check", "python3", "scripts/lib/test_steps.py"),
        Step("lists of files in CONTRIBUTING", "python3", "scripts/lib/test_contributing.py"),
        Step("readers of rustdoc's documents", "python3", "scripts/lib/test_references.py"),
        Step("contracts are fresh and compatible", "scripts/contracts", "check"),
        # Runs while the other lane compiles. The tests of the contracts run in scripts/test.
        Step("tests of the contracts compile", "scripts/contracts", "compile"),
        Step("licences, bans and sources of dependencies", "cargo", "deny", "--locked", "check",
             "--hide-inclusion-graph", "bans", "licenses", "sources", after=["tools"]),
        Step("demo", "bash", "-c", 'source scripts/lib/programs && "$(programs)/hetu" demo', after=BUILT),
        Step("key files of eth_account", "scripts/check-eth-account", after=BUILT),
        Step("examples", "scripts/check-examples", after=BUILT),
        Step("first hour, a short form", "scripts/first-hour", "--short", after=["tools", *BUILT]),
        Step("foreign clients", "scripts/check-foreign-clients", after=BUILT),
        Step("foreign peers", "scripts/check-foreign-peers", after=BUILT),
        Step("OpenAPI documents, called by schemathesis", "scripts/check-schemathesis", after=BUILT),
        Step("hostile clients, a short form", "scripts/hostile", "--short", after=BUILT),
        Step("fuzzing, briefly", "scripts/fuzz", after=BUILT),
    ],
)
