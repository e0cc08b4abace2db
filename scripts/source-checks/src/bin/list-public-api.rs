//! Prints the public items of a crate, one a line, from the JSON document that rustdoc makes of it.
//!
//! Usage: `list-public-api FILE`
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(file) = std::env::args_os().nth(1) else {
        eprintln!("usage: list-public-api FILE");
        return ExitCode::from(2);
    };
    // Debug and the like are the same for every type, so they say little and fill many lines.
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
