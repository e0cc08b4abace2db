use hetu_source_checks::circles::circles;
use hetu_source_checks::names::Names;

/// Returns the circles of a crate as paths.
fn found(files: &[(&str, &str)]) -> Vec<String> {
    let tree = super::read(files).unwrap();
    circles(&tree, &Names::new(&tree).uses())
        .iter()
        .map(|circle| {
            let first = &circle.edges[0];
            let members = circle.edges.iter().map(|edge| edge.from).chain([first.from]);
            members.map(|member| tree.modules[member].name()).collect::<Vec<_>>().join(" -> ")
        })
        .collect()
}

#[test]
fn modules_that_import_each_other_are_a_circle_with_a_line_for_each_edge() {
    let files = [
        ("src/lib.rs", "mod a; mod b;"),
        ("src/a.rs", "\nuse crate::b::B;\npub struct A;\n"),
        ("src/b.rs", "pub struct B(crate::a::A);"),
    ];
    assert_eq!(found(&files), ["a -> b -> a"]);
    let tree = super::read(&files).unwrap();
    let circle = &circles(&tree, &Names::new(&tree).uses())[0];
    assert_eq!(circle.edges.iter().map(|edge| edge.example.line).collect::<Vec<_>>(), [2, 1]);
}

#[test]
fn modules_that_import_down_only_are_no_circle() {
    let files = [
        ("src/lib.rs", "mod a; mod b; mod c;"),
        ("src/a.rs", "use crate::{b::B, c};\nfn a() -> B { c::c() }"),
        ("src/b.rs", "pub struct B;"),
        ("src/c.rs", "pub fn c() -> super::b::B { super::b::B }"),
    ];
    assert_eq!(found(&files), [""; 0]);
}

#[test]
fn circle_of_three_is_found_once() {
    let files = [
        ("src/lib.rs", "mod a; mod b; mod c;"),
        ("src/a.rs", "pub use crate::b::b;\npub fn own() { b() }"),
        ("src/b.rs", "pub fn b() { crate::c::c() }"),
        ("src/c.rs", "pub fn c() { super::a::own() }"),
    ];
    assert_eq!(found(&files), ["a -> b -> c -> a"]);
}

#[test]
fn re_export_of_a_parent_counts_as_the_module_that_defines_the_item() {
    let files = [
        ("src/lib.rs", "mod folder;"),
        ("src/folder/mod.rs", "mod a; mod b;\npub use a::A;\npub use self::b::B;"),
        ("src/folder/a.rs", "use super::B;\npub struct A(B);"),
        ("src/folder/b.rs", "use crate::folder::A;\npub struct B(Box<A>);"),
    ];
    assert_eq!(found(&files), ["folder::a -> folder::b -> folder::a"]);
}

#[test]
fn child_that_uses_what_its_parent_defines_is_no_circle() {
    let files = [
        ("src/lib.rs", "mod folder;"),
        ("src/folder/mod.rs", "mod a;\npub struct Shared;\npub fn all() { a::a(&Shared) }"),
        ("src/folder/a.rs", "use super::Shared;\npub fn a(_: &Shared) {}"),
    ];
    assert_eq!(found(&files), [""; 0]);
}

#[test]
fn uses_from_deep_modules_count_where_the_two_paths_part() {
    let files = [
        ("src/lib.rs", "mod low; mod high;"),
        ("src/low/mod.rs", "mod deep;\npub struct Low;"),
        ("src/low/deep.rs", "use crate::high::inner::Inner;\nstruct Deep(Inner);"),
        ("src/high/mod.rs", "pub mod inner;"),
        ("src/high/inner.rs", "pub struct Inner(crate::low::Low);"),
    ];
    assert_eq!(found(&files), ["low -> high -> low"]);
}

#[test]
fn path_through_an_imported_module_and_a_glob_is_followed() {
    let files = [
        ("src/lib.rs", "mod a; mod b; mod all;"),
        ("src/all.rs", "pub use crate::b::*;"),
        ("src/a.rs", "use crate::all;\npub struct A;\nfn a() { all::b() }"),
        ("src/b.rs", "pub fn b() { let _ = crate::a::A; }"),
    ];
    assert_eq!(found(&files), ["a -> b -> a", "a -> all -> b -> a"]);
}

#[test]
fn paths_in_macros_count() {
    let files = [
        ("src/lib.rs", "mod a; mod b;"),
        ("src/a.rs", "pub fn a() { println!(\"{}\", crate::b::B) }"),
        ("src/b.rs", "pub const B: u8 = 1;\nfn b() { crate::a::a() }"),
    ];
    assert_eq!(found(&files), ["a -> b -> a"]);
}

#[test]
fn tests_and_crates_of_the_same_name_do_not_count() {
    let files = [
        ("src/lib.rs", "mod a; mod http;\n#[cfg(test)] mod tests;"),
        (
            "src/a.rs",
            "use http::Uri;\n#[cfg(test)] mod tests { use crate::http::Own; }\npub struct A(Uri);",
        ),
        ("src/http.rs", "use ::a::B;\npub struct Own(crate::a::A, B);\n"),
    ];
    assert_eq!(found(&files), [""; 0]);
}

#[test]
fn inline_module_and_module_with_a_path_are_read() {
    let files = [
        ("src/lib.rs", "mod a { pub fn a() { super::b::b() } }\n#[path = \"other.rs\"] mod b;"),
        ("src/other.rs", "pub fn b() { crate::a::a() }"),
    ];
    assert_eq!(found(&files), ["a -> b -> a"]);
}

#[test]
fn missing_file_and_bad_source_name_the_file() {
    let missing = super::read(&[("src/lib.rs", "mod a;")]).unwrap_err();
    assert_eq!((missing.file.to_str().unwrap(), &*missing.reason), ("src/a.rs", "not found"));
    let bad = super::read(&[("src/lib.rs", "mod a;"), ("src/a.rs", "fn (")]).unwrap_err();
    assert_eq!(bad.file.to_str().unwrap(), "src/a.rs");
}
