//! Prints the public items of a crate, one a line, from its JSON document of rustdoc.
//!
//! Usage: `list-public-api FILE`
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(file) = std::env::args_os().nth(1) else {
        eprintln!("usage: list-public-api FILE");
        return ExitCode::from(2);
    };
    // Debug and similar traits are the same for every type, so they add lines without information.
    let api = public_api::Builder::from_rustdoc_json(&file)
        .sorted(true)
        .omit_auto_derived_impls(true)
        .omit_auto_trait_impls(true)
        .omit_blanket_impls(true)
        .build();
    match api {
        Ok(api) => {
            api.items().for_each(|item| println!("{item}"));
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{}: {error}", file.display());
            ExitCode::FAILURE
        }
    }
}
