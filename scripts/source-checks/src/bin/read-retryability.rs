//! Prints the retryability of every variant of every error: the path of the type, the variant or
//! `*` for all others, and the answer, separated by tabs.
//!
//! Usage: `read-retryability CRATE_FOLDER...`
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use hetu_source_checks::names::{Definition, Names};
use hetu_source_checks::retryability::{Answer, answers};
use hetu_source_checks::tree::Tree;

fn main() -> ExitCode {
    for folder in std::env::args_os().skip(1).map(PathBuf::from) {
        match rows(&folder) {
            Ok(rows) => rows.iter().for_each(|row| println!("{row}")),
            Err(reason) => {
                eprintln!("{}: {reason}", folder.display());
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}

fn rows(folder: &Path) -> Result<Vec<String>, String> {
    let tree = Tree::read(&folder.join("src/lib.rs"), &|path| std::fs::read_to_string(path).ok())
        .map_err(|unreadable| {
        format!("{}: {}", unreadable.file.display(), unreadable.reason)
    })?;
    let found = answers(&tree, &Names::new(&tree)).map_err(|unreadable| {
        let path = path(folder, &tree, &unreadable.definition);
        format!("{path}: retryability is in a form that cannot be read")
    })?;
    let mut rows = Vec::new();
    for (definition, answers) in found {
        let path = path(folder, &tree, &definition);
        let named = answers.named.iter().map(|(variant, answer)| (variant.as_str(), *answer));
        for (variant, answer) in named.chain(answers.rest.map(|rest| ("*", rest))) {
            rows.push(format!("{path}\t{variant}\t{}", word(answer)));
        }
    }
    Ok(rows)
}

fn path(folder: &Path, tree: &Tree, definition: &Definition) -> String {
    let name = folder.file_name().unwrap_or_default().to_string_lossy().replace('-', "_");
    let mut path = vec![name];
    path.extend(tree.modules[definition.module].path.iter().cloned());
    path.extend(definition.item.clone());
    path.join("::")
}

const fn word(answer: Answer) -> &'static str {
    match answer {
        Answer::Retryable => "retryable",
        Answer::Final => "final",
        Answer::AsCause => "as its cause",
        Answer::ByValue => "by its value",
    }
}
