//! `hetu wallet import`: import of existing keys.

use std::env;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use clap::Args;
use hetu::Wallet;
use hetu::chain::Keystore;
use hetu::chain::identity::SeedPhrase;
use hetu::chain::keystore::{WalletName, hetucli_wallets};
use serde::Serialize;
use zeroize::Zeroizing;

use super::{WalletFile, keep, new_name, report};
use crate::context::Context;
use crate::error::CliError;
use crate::input::{standard_input, text_of};
use crate::output::Output;
use crate::password::PasswordArguments;

/// Maximum length of a secret: above any secret key or phrase, and small enough to read whole.
const MAX_SECRET_LENGTH: u64 = 4_096;
/// Maximum length of a key file, above any real one.
const MAX_KEYSTORE_LENGTH: u64 = 64 * 1024;

#[derive(Args, Debug)]
pub(crate) struct ImportArguments {
    /// Letters, digits, '-', '_' and '.'.
    #[arg(required_unless_present = "from_hetucli")]
    name: Option<String>,

    /// Which account of the phrase, at m/44'/60'/0'/0/NUMBER.
    #[arg(long, default_value_t = 0, value_name = "NUMBER")]
    index: u32,

    /// The account of the phrase at this path of BIP-32, in place of an index.
    #[arg(long, value_name = "PATH", conflicts_with = "index")]
    derivation_path: Option<String>,

    /// Ask for the passphrase of the phrase, if it has one. Without a terminal it is the second
    /// line of standard input.
    #[arg(long)]
    passphrase: bool,

    /// Import a key file (Web3 Secret Storage V3: geth, eth_account and others), with its password.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["index", "derivation_path", "passphrase"])]
    keystore: Option<PathBuf>,

    /// Import all wallets of hetucli, under their names and with their passwords
    /// [default: ~/.hetucli/wallets].
    #[arg(
        long,
        value_name = "FOLDER",
        num_args = 0..=1,
        conflicts_with_all = ["name", "index", "derivation_path", "passphrase", "keystore"]
    )]
    from_hetucli: Option<Option<PathBuf>>,

    #[command(flatten)]
    password: PasswordArguments,
}

pub(super) fn run(
    arguments: ImportArguments,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    if let Some(folder) = arguments.from_hetucli {
        return import_hetucli(&folder.unwrap_or_else(hetucli_folder), context, output);
    }
    let name = new_name(arguments.name.as_deref().unwrap_or_default())?;
    match &arguments.keystore {
        Some(file) => import_keystore(&name, file, &arguments.password, context, output),
        None => {
            let wallet = read_wallet(&arguments)?;
            keep(&name, &wallet, &arguments.password.new_password(&name)?, context, output)
        }
    }
}

/// Imports a key file. The password of the file is checked, so that the user does not keep a file
/// that cannot be decrypted.
fn import_keystore(
    name: &WalletName,
    file: &Path,
    password: &PasswordArguments,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    let keystore = Keystore::parse(&text_of(file, MAX_KEYSTORE_LENGTH)?)?;
    let wallet = password.decrypt(&keystore, name, output)?;
    let path = context.wallets()?.adopt(name, &keystore)?;
    output.note(format_args!("kept in {}", path.display()));
    report(name, wallet.address(), output);
    Ok(())
}

#[derive(Serialize)]
struct Imported {
    imported: Vec<WalletFile>,
    skipped: Vec<Skipped>,
}

#[derive(Serialize)]
struct Skipped {
    file: PathBuf,
    reason: String,
}

fn import_hetucli(folder: &Path, context: &Context, output: &Output) -> Result<(), CliError> {
    let wallets = context.wallets()?;
    let mut result = Imported { imported: Vec::new(), skipped: Vec::new() };
    for found in hetucli_wallets(folder)? {
        let adopted = found.wallet.and_then(|(name, keystore)| {
            wallets.adopt(&name, &keystore)?;
            wallets.entry(&name)
        });
        match adopted {
            Ok(entry) => result.imported.push(entry.into()),
            Err(error) => {
                result.skipped.push(Skipped { file: found.path, reason: error.to_string() });
            }
        }
    }
    output.result(&result, describe);
    match result.skipped.len() {
        0 => Ok(()),
        count => Err(CliError::NotImported { count }),
    }
}

fn describe(result: &Imported) -> String {
    let imported = result
        .imported
        .iter()
        .map(|wallet| format!("imported {} {}", wallet.name, wallet.shown_address()));
    let skipped = result
        .skipped
        .iter()
        .map(|skipped| format!("skipped {}: {}", skipped.file.display(), skipped.reason));
    imported.chain(skipped).collect::<Vec<_>>().join("\n")
}

fn hetucli_folder() -> PathBuf {
    env::home_dir().unwrap_or_default().join(".hetucli").join("wallets")
}

/// Reads the key from standard input, so that it never appears in the process list or the shell
/// history.
fn read_wallet(arguments: &ImportArguments) -> Result<Wallet, CliError> {
    let (secret, passphrase) = read_secret(arguments.passphrase)?;
    if !secret.trim().contains(char::is_whitespace) {
        let is_about_phrases =
            arguments.passphrase || arguments.derivation_path.is_some() || arguments.index != 0;
        if is_about_phrases {
            return Err(CliError::Usage("an index, path or passphrase is for a phrase, not a key"));
        }
        return Ok(secret.trim().parse()?);
    }
    let phrase = secret.parse::<SeedPhrase>()?.with_passphrase(passphrase.as_str());
    Ok(match &arguments.derivation_path {
        Some(path) => phrase.wallet_at(path)?,
        None => phrase.wallet(arguments.index)?,
    })
}

type Secret = Zeroizing<String>;

/// Reads the key or phrase, and the passphrase, which is empty if there is none.
fn read_secret(has_passphrase: bool) -> Result<(Secret, Secret), CliError> {
    if io::stdin().is_terminal() {
        let secret = Zeroizing::new(rpassword::prompt_password("secret key or phrase: ")?);
        let passphrase = match has_passphrase {
            true => Zeroizing::new(rpassword::prompt_password("passphrase: ")?),
            false => Secret::default(),
        };
        return Ok((secret, passphrase));
    }
    let text = standard_input(MAX_SECRET_LENGTH)?;
    if !has_passphrase {
        return Ok((text, Secret::default()));
    }
    let mut lines = text.lines();
    let mut line = || Zeroizing::new(lines.next().unwrap_or_default().to_owned());
    Ok((line(), line()))
}
