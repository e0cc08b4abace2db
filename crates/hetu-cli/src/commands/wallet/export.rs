//! `hetu wallet export`: export of keys to another machine or program.

use std::path::{Path, PathBuf};

use clap::Args;
use hetu::Wallet;
use hetu::chain::keystore::write_private_file;
use serde::Serialize;
use zeroize::Zeroizing;

use super::open;
use crate::confirmation::confirm;
use crate::context::Context;
use crate::error::CliError;
use crate::output::Output;
use crate::password::PasswordArguments;

#[derive(Args, Debug)]
pub(crate) struct ExportArguments {
    /// The wallet's name.
    name: String,

    /// The file to write, readable for you alone. One that is there is never replaced.
    #[arg(long, value_name = "FILE", required_unless_present = "print")]
    out: Option<PathBuf>,

    /// Export the secret key itself in place of the encrypted key file: whoever reads it owns the
    /// account.
    #[arg(long)]
    secret_key: bool,

    /// Print the secret key to standard output in place of writing a file.
    #[arg(long, requires = "secret_key", conflicts_with = "out")]
    print: bool,

    /// Do not ask whether to export the secret key.
    #[arg(long, requires = "secret_key")]
    yes: bool,

    #[command(flatten)]
    password: PasswordArguments,
}

#[derive(Serialize)]
struct Exported {
    name: String,
    file: PathBuf,
}

#[derive(Serialize)]
struct SecretKey<'key> {
    name: &'key str,
    secret_key: &'key str,
}

pub(super) fn run(
    arguments: ExportArguments,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    if !arguments.secret_key {
        return export_keystore(&arguments, context, output);
    }
    if !arguments.yes {
        confirm("whoever reads the secret key owns the account; type yes to export it: ")?;
    }
    let wallet = open(&arguments.name, &arguments.password, context, output)?;
    let key = secret_key(&wallet);
    match &arguments.out {
        Some(path) => write(&arguments.name, path, &format!("{}\n", *key), output),
        None => {
            let key = SecretKey { name: &arguments.name, secret_key: &key };
            output.result(&key, |key| key.secret_key.to_owned());
            Ok(())
        }
    }
}

/// Exports the file without changes: it is already encrypted, and keeps its password.
fn export_keystore(
    arguments: &ExportArguments,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    let Some(path) = &arguments.out else {
        return Err(CliError::Usage("name the file to write with --out"));
    };
    let keystore = context.wallets()?.read(&arguments.name.parse()?)?;
    write(&arguments.name, path, &keystore.to_json(), output)
}

fn write(name: &str, path: &Path, text: &str, output: &Output) -> Result<(), CliError> {
    write_private_file(path, text)?;
    let exported = Exported { name: name.to_owned(), file: path.to_owned() };
    output.result(&exported, |exported| format!("wrote {}", exported.file.display()));
    Ok(())
}

fn secret_key(wallet: &Wallet) -> Zeroizing<String> {
    let digits = Zeroizing::new(hex::encode(*wallet.secret_bytes()));
    Zeroizing::new(format!("0x{}", *digits))
}
