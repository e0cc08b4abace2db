//! `hetu wallet`: keys of this machine, encrypted in files.

mod export;
mod import;
mod message;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use hetu::chain::keystore::{KeystoreFolder, Password, ScryptCost, WalletEntry, WalletName};
use hetu::{Address, Wallet};
use serde::Serialize;

use self::export::ExportArguments;
use self::import::ImportArguments;
use self::message::{SignArguments, VerifyArguments};
use crate::account::is_like_address;
use crate::context::Context;
use crate::error::CliError;
use crate::output::{Output, table};
use crate::password::PasswordArguments;

#[derive(Debug, Subcommand)]
pub(crate) enum WalletCommand {
    /// Make a new key and keep it under a name.
    Create(NamedWallet),
    /// Keep a key that there is under a name: 64 hexadecimal digits or a BIP-39 phrase from
    /// standard input, a key file, or all of hetucli's.
    Import(ImportArguments),
    /// List the wallets.
    List,
    /// Show a wallet's account and file. Needs no password.
    Show {
        /// The wallet's name.
        name: String,
    },
    /// Make sure that a password opens a wallet.
    Unlock(NamedWallet),
    /// Write a wallet to a file: encrypted, or as its secret key.
    Export(ExportArguments),
    /// Sign a message as wallets do (ERC-191, `personal_sign`).
    Sign(SignArguments),
    /// Tell whose signature of a message it is.
    Verify(VerifyArguments),
}

#[derive(Args, Debug)]
pub(crate) struct NamedWallet {
    /// Letters, digits, '-', '_' and '.'.
    name: String,
    #[command(flatten)]
    password: PasswordArguments,
}

/// A wallet with a known account.
#[derive(Serialize)]
struct WalletRow {
    name: String,
    address: Address,
}

/// A wallet with the data of its file.
#[derive(Serialize)]
struct WalletFile {
    name: String,
    /// Address of the account, or `None` if the file omits it.
    address: Option<Address>,
    file: PathBuf,
}

impl From<WalletEntry> for WalletFile {
    fn from(entry: WalletEntry) -> Self {
        Self { name: entry.name.to_string(), address: entry.address, file: entry.path }
    }
}

impl WalletFile {
    fn shown_address(&self) -> String {
        self.address.map_or_else(|| "hidden".into(), |address| address.to_string())
    }
}

pub(crate) fn run(
    command: WalletCommand,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    match command {
        WalletCommand::Create(NamedWallet { name, password }) => {
            let name = new_name(&name)?;
            keep(&name, &Wallet::random(), &password.new_password(&name)?, context, output)
        }
        WalletCommand::Import(arguments) => import::run(arguments, context, output),
        WalletCommand::List => list(&context.wallets()?, output),
        WalletCommand::Show { name } => show(&name.parse()?, context, output),
        WalletCommand::Unlock(NamedWallet { name, password }) => {
            let wallet = open(&name, &password, context, output)?;
            report(&name.parse()?, wallet.address(), output);
            Ok(())
        }
        WalletCommand::Export(arguments) => export::run(arguments, context, output),
        WalletCommand::Sign(arguments) => message::sign(arguments, context, output),
        WalletCommand::Verify(arguments) => message::verify(arguments, context, output),
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
    report(name, wallet.address(), output);
    output.note(
        "back up this file and remember its password: without both, the account and what it holds \
         are lost; hetu wallet export makes a copy",
    );
    Ok(())
}

fn list(folder: &KeystoreFolder, output: &Output) -> Result<(), CliError> {
    let wallets: Vec<_> = folder.list()?.into_iter().map(WalletFile::from).collect();
    output.result(&wallets, |wallets| {
        let rows = wallets.iter().map(|wallet| [wallet.name.clone(), wallet.shown_address()]);
        table(["wallet", "address"], rows)
    });
    Ok(())
}

fn show(name: &WalletName, context: &Context, output: &Output) -> Result<(), CliError> {
    let wallet = WalletFile::from(context.wallets()?.entry(name)?);
    output.result(&wallet, |wallet| {
        format!("{} {}\n{}", wallet.name, wallet.shown_address(), wallet.file.display())
    });
    Ok(())
}

fn report(name: &WalletName, address: Address, output: &Output) {
    let row = WalletRow { name: name.to_string(), address };
    output.result(&row, |row| format!("{} {}", row.name, row.address));
}

/// Opens a wallet of this machine.
fn open(
    name: &str,
    password: &PasswordArguments,
    context: &Context,
    output: &Output,
) -> Result<Wallet, CliError> {
    let keystore = context.wallets()?.read(&name.parse()?)?;
    password.decrypt(&keystore, &name, output)
}

/// Returns the name of a new wallet. A name that looks like an address is refused, because later
/// commands could not select it.
fn new_name(name: &str) -> Result<WalletName, CliError> {
    if is_like_address(name) {
        return Err(CliError::Usage("a wallet's name does not begin with 0x, as addresses do"));
    }
    Ok(name.parse()?)
}
