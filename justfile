# An index of the scripts. Every recipe calls one script and passes its arguments on.

set positional-arguments

# Print this list.
default:
    @{{ just_executable() }} --list --unsorted

# Run the whole check, which must pass before a change is merged.
ci:
    .ci/run

# Check some crates and all crates that depend on them: just check hetu-cambium
check +crates:
    scripts/check "$@"

# Run all tests; the arguments are those of cargo nextest run.
test *arguments:
    scripts/test "$@"

# Run the slow checks, before a publication or after a change of manifests or features.
release-check:
    scripts/release-check

# Install missing tools: all, or those that are named.
tools *names:
    scripts/tools "$@"

# Build, check or test the Solidity contracts: just contracts build
contracts *arguments:
    scripts/contracts "$@"

# Deploy the contracts to a chain, see docs/guides/deploy.md.
deploy *arguments:
    scripts/deploy "$@"

# Check the language of comments, messages and documents: all, or the paths that are named.
language *paths:
    scripts/check-language "$@"

# Check that each layer depends only on what it may.
layers:
    scripts/check-layers

# Find circles of modules, and types whose methods are in more than four files: just structure crates/hetu-chain
structure *crates:
    scripts/check-structure "$@"

# Check the documentation and the types in the public interface of the layers.
check-public-api:
    scripts/check-public-api.py

# Write the snapshots of the public API to docs/api, or compare them: just public-api check
public-api *arguments:
    scripts/public-api "$@"

# Build every crate from its package, as a publication would.
packages:
    scripts/check-packages

# Run the examples of the README.
examples:
    scripts/check-examples

# Type the commands of docs/guides/first-hour.md into terminals; --short ends when weights are set.
first-hour *arguments:
    scripts/first-hour "$@"

# Exchange key files and signatures with eth_account.
eth-account:
    scripts/check-eth-account

# Run third-party clients against the development chain.
foreign-clients:
    scripts/check-foreign-clients

# Run third-party miners and callers against ours.
foreign-peers:
    scripts/check-foreign-peers

# Call the documented interfaces of miners by schemathesis.
schemathesis:
    scripts/check-schemathesis

# Write the test vectors of the protocol, or compare them: just vectors check
vectors *arguments:
    scripts/cambium-vectors "$@"

# Write the list of errors, or compare it: just errors check
errors *arguments:
    scripts/errors-reference "$@"

# Write the list of contract functions, or compare it: just functions check
functions *arguments:
    scripts/functions-reference "$@"

# Measure speed relative to a bare server; --short takes a minute.
bench *arguments:
    scripts/bench "$@"

# Measure the line coverage of hetu-cambium.
coverage:
    scripts/coverage

# Check that tests fail when the code that verifies signatures changes.
mutants *files:
    scripts/mutants "$@"

# Fuzz the parsers for untrusted input: just fuzz SECONDS TARGET
fuzz *arguments:
    scripts/fuzz "$@"

# Attack a miner as a peer without a key, and measure its memory; --short takes seconds.
hostile *arguments:
    scripts/hostile "$@"

# Flood a miner and the development chain; the argument multiplies the sizes.
soak *arguments:
    scripts/soak "$@"
