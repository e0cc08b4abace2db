//! Fails if modules of a crate use each other in a circle, or if a type has methods in many files.
//!
//! Usage: `check-structure [CRATE FOLDER]...`. The default is all crates of the workspace.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use hetu_source_checks::circles::{Circle, circles};
use hetu_source_checks::methods;
use hetu_source_checks::names::{Names, Use};
use hetu_source_checks::tree::{Tree, Unreadable};

/// The maximum number of files with inherent methods of one type.
const MOST_FILES: usize = 4;

fn main() -> ExitCode {
    let mut folders: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    if folders.is_empty() {
        folders = entries(Path::new("crates"));
        folders.push("scripts/source-checks".into());
    }
    let roots_of = |folder: &PathBuf| (folder.clone(), roots(folder));
    let roots: Vec<_> = folders.iter().map(roots_of).collect();
    if let Some((folder, _)) = roots.iter().find(|(_, roots)| roots.is_empty()) {
        eprintln!("{}: no sources of a crate", folder.display());
        return ExitCode::from(2);
    }
    let mut faults = 0;
    for root in roots.into_iter().flat_map(|(_, roots)| roots) {
        match faults_of(&root) {
            Ok(found) => {
                faults += found.len();
                for fault in found {
                    println!("{}: {fault}", root.display());
                }
            }
            Err(Unreadable { file, reason }) => {
                eprintln!("{}: {reason}", file.display());
                return ExitCode::from(2);
            }
        }
    }
    if faults > 0 {
        eprintln!("structure: {faults} faults");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// Returns the root files of the library and of the programs of a crate.
fn roots(folder: &Path) -> Vec<PathBuf> {
    let source = folder.join("src");
    let mut roots = vec![source.join("lib.rs"), source.join("main.rs")];
    roots.extend(entries(&source.join("bin")));
    roots.retain(|root| root.is_file());
    roots
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut entries: Vec<_> = entries.map(|entry| entry.path()).collect();
    entries.sort();
    entries
}

fn faults_of(root: &Path) -> Result<Vec<String>, Unreadable> {
    let tree = Tree::read(root, &|path| std::fs::read_to_string(path).ok())?;
    let names = Names::new(&tree);
    let mut faults: Vec<_> =
        circles(&tree, &names.uses()).iter().map(|circle| describe_circle(&tree, circle)).collect();
    for (definition, files) in methods::files(&tree, &names) {
        if files.len() > MOST_FILES {
            let name = definition.item.unwrap_or_default();
            let files: Vec<_> =
                files.iter().map(|file| format!("\n  {}", file.display())).collect();
            faults.push(format!(
                "{} has inherent methods in {} files, of at most {MOST_FILES}{}",
                name,
                files.len(),
                files.concat()
            ));
        }
    }
    Ok(faults)
}

fn describe_circle(tree: &Tree, circle: &Circle) -> String {
    let mut path: Vec<_> = circle.edges.iter().map(|edge| tree.modules[edge.from].name()).collect();
    path.push(path[0].clone());
    let uses: Vec<_> = circle
        .edges
        .iter()
        .map(|edge| format!("\n  {} ({} uses)", describe_use(tree, &edge.example), edge.uses))
        .collect();
    format!("circle {}{}", path.join(" -> "), uses.concat())
}

fn describe_use(tree: &Tree, example: &Use) -> String {
    let user = &tree.modules[example.user];
    let definition = &tree.modules[example.definition.module];
    let item = example.definition.item.as_ref().map(|item| format!("::{item}")).unwrap_or_default();
    format!("{}:{} uses {}{item}", user.file.display(), example.line, definition.name())
}
