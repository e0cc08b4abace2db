//! Tests of the rules with small crates.
#![expect(clippy::unwrap_used, reason = "a fixture that fails ends its test")]

mod circles;
mod methods;
mod program;
mod retryability;

use std::path::Path;

use hetu_source_checks::tree::{Tree, Unreadable};

/// Reads a crate from pairs of a path and a text.
fn read(files: &[(&str, &str)]) -> Result<Tree, Unreadable> {
    Tree::read(Path::new("src/lib.rs"), &|path| {
        let file = files.iter().find(|(name, _)| Path::new(name) == path);
        file.map(|(_, text)| (*text).to_owned())
    })
}
