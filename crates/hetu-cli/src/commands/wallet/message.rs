//! `hetu wallet sign` and `verify`: messages as wallets sign them (ERC-191, version 0x45).

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;

use clap::Args;
use hetu::Address;
use hetu::chain::Signature;
use hetu::chain::identity::{personal_message_hash, recover_address};
use serde::Serialize;

use super::open;
use crate::account::AccountChoice;
use crate::context::Context;
use crate::error::CliError;
use crate::output::Output;
use crate::password::PasswordArguments;

/// Maximum length of a message, because messages are read whole.
const MAX_MESSAGE_LENGTH: u64 = 16 * 1024 * 1024;

#[derive(Args, Debug)]
pub(crate) struct SignArguments {
    /// The wallet's name.
    name: String,
    #[command(flatten)]
    message: MessageArguments,
    #[command(flatten)]
    password: PasswordArguments,
}

#[derive(Args, Debug)]
pub(crate) struct VerifyArguments {
    /// The signature: 0x and 130 hexadecimal digits.
    signature: String,
    /// Fail unless this account signed: an address, or the name of a wallet.
    #[arg(long, value_name = "ACCOUNT")]
    address: Option<AccountChoice>,
    #[command(flatten)]
    message: MessageArguments,
}

/// Without either, the message is standard input, to the last byte.
#[derive(Args, Debug)]
pub(crate) struct MessageArguments {
    /// The message.
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    message: Option<String>,
    /// A file that is the message, to the last byte.
    #[arg(long, value_name = "FILE", conflicts_with = "message")]
    message_file: Option<PathBuf>,
}

#[derive(Serialize)]
struct Signed {
    address: Address,
    signature: String,
}

#[derive(Serialize)]
struct Verified {
    /// Account of the signer.
    address: Address,
}

pub(super) fn sign(
    arguments: SignArguments,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    let message = arguments.message.read()?;
    let wallet = open(&arguments.name, &arguments.password, context, output)?;
    let signature = wallet.sign_message_sync(&message).to_string();
    let signed = Signed { address: wallet.address(), signature };
    output.result(&signed, |signed| signed.signature.clone());
    Ok(())
}

pub(super) fn verify(
    arguments: VerifyArguments,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    let signature = Signature::from_any_wallet(&arguments.signature)?;
    let expected = arguments.address.map(|choice| context.address_of(&choice)).transpose()?;
    let message = arguments.message.read()?;
    let address = recover_address(&personal_message_hash(&message), &signature)?;
    if let Some(expected) = expected.filter(|expected| *expected != address) {
        return Err(CliError::OtherSigner { expected, found: address });
    }
    output.result(&Verified { address }, |verified| verified.address.to_string());
    Ok(())
}

impl MessageArguments {
    fn read(&self) -> Result<Vec<u8>, CliError> {
        match (&self.message, &self.message_file) {
            (Some(text), _) => Ok(text.clone().into_bytes()),
            (None, Some(path)) => {
                let in_file = |source| CliError::File { path: path.clone(), source };
                bounded(File::open(path).map_err(in_file)?).map_err(in_file)
            }
            (None, None) => Ok(bounded(io::stdin())?),
        }
    }
}

/// Reads a message up to the limit. A truncated message would be a different one, so it is an
/// error.
fn bounded(source: impl Read) -> io::Result<Vec<u8>> {
    let mut message = Vec::new();
    source.take(MAX_MESSAGE_LENGTH + 1).read_to_end(&mut message)?;
    if message.len() as u64 > MAX_MESSAGE_LENGTH {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "the message is above 16 MiB"));
    }
    Ok(message)
}
