use hetu_source_checks::methods::files;
use hetu_source_checks::names::Names;

/// Returns the number of files with inherent methods, by type.
fn found(files_of_crate: &[(&str, &str)]) -> Vec<(String, usize)> {
    let tree = super::read(files_of_crate).unwrap();
    let found = files(&tree, &Names::new(&tree));
    found.into_iter().map(|(definition, files)| (definition.item.unwrap(), files.len())).collect()
}

#[test]
fn methods_of_a_type_are_counted_by_file_whatever_path_names_it() {
    let files = [
        ("src/lib.rs", "mod a; mod b; mod c;\npub use a::God;"),
        (
            "src/a.rs",
            "pub struct God<T>(T);\nimpl<T> God<T> { fn a() {} }\nimpl God<u8> { fn b() {} }",
        ),
        ("src/b.rs", "impl crate::God<u8> { fn c(&self) {} }"),
        ("src/c.rs", "use super::a::God as Other;\nimpl Other<u16> { fn d(&self) {} }"),
    ];
    assert_eq!(found(&files), [("God".to_owned(), 3)]);
}

#[test]
fn traits_constants_and_tests_do_not_count() {
    let files = [
        ("src/lib.rs", "mod a;\npub struct One;\nimpl One { fn new() {} }"),
        (
            "src/a.rs",
            "use crate::One;\nimpl Clone for One { fn clone(&self) -> One { One } }\n\
             impl One { const N: u8 = 1; }\n#[cfg(test)] impl One { fn test() {} }",
        ),
    ];
    assert_eq!(found(&files), [("One".to_owned(), 1)]);
}
