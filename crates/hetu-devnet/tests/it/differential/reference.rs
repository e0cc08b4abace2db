//! The page of the documentation that lists the differences.

use std::collections::BTreeSet;
use std::fmt::{self, Write};
use std::path::PathBuf;

use super::differences::{KNOWN, Known};
use super::scenarios;
use super::script::Step;

/// Set, it makes the test write the page.
const WRITE: &str = "HETU_WRITE_REFERENCE";

const INTRODUCTION: &str = "\
# The development chain beside anvil

`hetu-devnet` and anvil, in the version that `contracts/package.json` names, are asked the same, and
their answers are compared field by field. What follows is all in which they differ.

This page is written by the test that compares them
(`HETU_WRITE_REFERENCE=1 cargo nextest run -p hetu-devnet reference`), which fails when a difference
is new, or is listed here and is no longer so.

Some of what nodes answer differs though both are right. It is compared by its meaning:

- Hashes of blocks may be others, but have to link the same blocks, receipts and logs.
- Ids of filters, subscriptions and snapshots may be others.
- `stateRoot` and `mixHash` have to be words, times within a minute of each other.
- An estimate of gas may be up to 1.5 percent more than anvil's, as in go-ethereum, and never less.

Anvil runs with `--hardfork prague --slots-in-an-epoch 0 --disable-default-create2-deployer` and the
chain id, accounts, balances and gas limit of the development chain.
";

#[test]
fn the_reference_lists_every_known_difference() {
    let page = page().unwrap();
    let path = path();
    if std::env::var_os(WRITE).is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap();
    assert!(
        written == page,
        "{} is not what the tests say: run this test with {WRITE}=1 and commit the page",
        path.display()
    );
}

fn path() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/devnet.md"))
}

fn page() -> Result<String, fmt::Error> {
    let mut page = INTRODUCTION.to_owned();
    writeln!(page, "\n## Differences\n")?;
    writeln!(page, "`*` stands for any text, `absent` for a field that is left out, and")?;
    writeln!(page, "`outcome` for one answering with an error and the other not.\n")?;
    writeln!(page, "| method | field | hetu-devnet | anvil | why |")?;
    writeln!(page, "|---|---|---|---|---|")?;
    for Known { method, field, ours, theirs, reason } in KNOWN {
        let [method, field, ours, theirs] = [method, field, ours, theirs].map(|text| code(text));
        writeln!(page, "| {method} | {field} | {ours} | {theirs} | {reason} |")?;
    }
    writeln!(page, "\n## What is compared\n")?;
    writeln!(page, "| subject | scenarios | methods |")?;
    writeln!(page, "|---|---|---|")?;
    for (subject, scenarios) in scenarios::all() {
        let asked = scenarios.iter().flat_map(|scenario| &scenario.steps).filter_map(asked);
        let methods: BTreeSet<&str> = asked.collect();
        let methods: Vec<String> = methods.into_iter().map(code).collect();
        writeln!(page, "| {subject} | {} | {} |", scenarios.len(), methods.join(" "))?;
    }
    Ok(page)
}

fn asked(step: &Step) -> Option<&str> {
    match step {
        Step::Ask(request) if !request.method.is_empty() => Some(request.method),
        _ => None,
    }
}

fn code(text: &str) -> String {
    format!("`{}`", text.replace('|', "\\|"))
}
