use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Writes a crate to a folder of the test and runs the check on it.
fn check(name: &str, files: &[(&str, &str)]) -> Output {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    for (path, text) in files {
        let file = folder.join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }
    run(&folder)
}

fn run(folder: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_check-structure")).arg(folder).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn circle_fails_with_its_path_and_a_line_for_each_edge() {
    let output = check(
        "circle",
        &[
            ("src/lib.rs", "mod a; mod b;"),
            ("src/a.rs", "pub struct A(crate::b::B);"),
            ("src/b.rs", "\npub struct B(Box<crate::a::A>);"),
        ],
    );
    assert_eq!(output.status.code(), Some(1));
    let printed = text(&output.stdout);
    assert!(printed.contains("circle a -> b -> a\n"), "{printed}");
    assert!(printed.contains("src/a.rs:1 uses b::B (1 uses)\n"), "{printed}");
    assert!(printed.contains("src/b.rs:2 uses a::A (1 uses)\n"), "{printed}");
    assert_eq!(text(&output.stderr), "structure: 1 faults\n");
}

#[test]
fn fifth_file_with_methods_of_a_type_fails() {
    let four: Vec<_> = ["a", "b", "c"].map(|name| format!("src/{name}.rs")).into();
    let method = "impl crate::God { fn method() {} }";
    let mut files: Vec<_> = four.iter().map(|file| (&**file, method)).collect();
    files.push(("src/lib.rs", "mod a; mod b; mod c;\npub struct God;\nimpl God { fn new() {} }"));
    assert_eq!(check("methods", &files).status.code(), Some(0));

    let root = "mod a; mod b; mod c; mod d;\npub struct God;\nimpl God { fn new() {} }";
    let output = check("methods", &[("src/lib.rs", root), ("src/d.rs", method)]);
    assert_eq!(output.status.code(), Some(1));
    let printed = text(&output.stdout);
    assert!(printed.contains("God has inherent methods in 5 files, of at most 4\n"), "{printed}");
    assert!(printed.contains("src/d.rs"), "{printed}");
}

#[test]
fn source_that_cannot_be_read_fails_with_its_file() {
    let output = check("unreadable", &[("src/lib.rs", "mod absent;")]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("absent.rs: not found"));
}

#[test]
fn folder_without_a_crate_fails() {
    let output = run(Path::new("/nonexistent/crate"));
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn rules_hold_for_their_own_sources() {
    let output = run(Path::new(env!("CARGO_MANIFEST_DIR")));
    assert_eq!(text(&output.stdout), "");
    assert_eq!(output.status.code(), Some(0));
}
