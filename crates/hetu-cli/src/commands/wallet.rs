//! `hetu wallet`: keys of this machine, encrypted in files.

use std::io::{self, IsTerminal, Read};

use clap::Subcommand;
use hetu::chain::{KeystoreFolder, Password, ScryptCost, WalletName};
use hetu::{Address, Wallet};
use serde::Serialize;

use crate::context::Context;
use crate::error::CliError;
use crate::output::{Output, table};
use crate::password::PasswordArguments;

/// Far above any secret key or phrase, and small enough to read whole.
const MAX_SECRET_LENGTH: u64 = 4_096;

#[derive(Debug, Subcommand)]
pub(crate) enum WalletCommand {
    /// Make a new key and keep it under a name.
    Create {
        /// Letters, digits, '-', '_' and '.'.
        name: String,
        #[command(flatten)]
        password: PasswordArguments,
    },
    /// Keep a key under a name: 64 hexadecimal digits or a BIP-39 phrase, read from standard
    /// input.
    Import {
        /// Letters, digits, '-', '_' and '.'.
        name: String,
        /// Which account of the phrase.
        #[arg(long, default_value_t = 0, value_name = "NUMBER")]
        index: u32,
        #[command(flatten)]
        password: PasswordArguments,
    },
    /// List the wallets.
    List,
    /// Make sure that a password opens a wallet.
    Unlock {
        /// The wallet's name.
        name: String,
        #[command(flatten)]
        password: PasswordArguments,
    },
}

#[derive(Serialize)]
struct WalletRow {
    name: String,
    address: Address,
}

pub(crate) fn run(
    command: WalletCommand,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    match command {
        WalletCommand::Create { name, password } => {
            let name = name.parse()?;
            keep(&name, &Wallet::random(), &password.new_password()?, context, output)
        }
        WalletCommand::Import { name, index, password } => {
            let name = name.parse()?;
            let wallet = read_wallet(index)?;
            keep(&name, &wallet, &password.new_password()?, context, output)
        }
        WalletCommand::List => list(&context.wallets()?, output),
        WalletCommand::Unlock { name, password } => {
            unlock(&name.parse()?, &password, context, output)
        }
    }
}

fn keep(
    name: &WalletName,
    wallet: &Wallet,
    password: &Password,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    let stage = output.stage("encrypting the key");
    let path = context.wallets()?.create(name, wallet, password, ScryptCost::STANDARD)?;
    stage.done(format_args!("kept in {}", path.display()));
    show(name, wallet.address(), output);
    Ok(())
}

fn list(folder: &KeystoreFolder, output: &Output) -> Result<(), CliError> {
    let wallets = folder.list()?.into_iter();
    let wallets: Vec<_> =
        wallets.map(|(name, address)| WalletRow { name: name.to_string(), address }).collect();
    output.result(&wallets, |wallets| {
        let rows = wallets.iter().map(|row| [row.name.clone(), row.address.to_string()]);
        table(["wallet", "address"], rows)
    });
    Ok(())
}

fn unlock(
    name: &WalletName,
    password: &PasswordArguments,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    let keystore = context.wallets()?.read(name)?;
    let wallet = keystore.decrypt(&password.password()?)?;
    show(name, wallet.address(), output);
    Ok(())
}

fn show(name: &WalletName, address: Address, output: &Output) {
    let row = WalletRow { name: name.to_string(), address };
    output.result(&row, |row| format!("{} {}", row.name, row.address));
}

/// The key on standard input, which never stands in the list of processes or the shell's
/// history.
fn read_wallet(index: u32) -> Result<Wallet, CliError> {
    let secret = if io::stdin().is_terminal() {
        rpassword::prompt_password("secret key or phrase: ")?
    } else {
        let mut text = String::new();
        io::stdin().take(MAX_SECRET_LENGTH).read_to_string(&mut text)?;
        text
    };
    let secret = secret.trim();
    if secret.contains(char::is_whitespace) {
        return Ok(Wallet::from_mnemonic(secret, index)?);
    }
    Ok(secret.parse()?)
}
