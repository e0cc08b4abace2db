//! `hetu receipt`: evidence of exchanges between callers and miners.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::{Args, Subcommand};
use hetu::Address;
use hetu::cambium::{InvalidReceipt, Receipt, VerifiedReceipt};
use hetu::chain::text::decode_text;
use serde::Serialize;

use crate::account::AccountChoice;
use crate::context::Context;
use crate::error::CliError;
use crate::output::{Output, facts};

/// Maximum length of a receipt: contents of 64 MiB each, in base64, and some room for the fields.
const MAX_RECEIPT_LENGTH: u64 = 192 * 1024 * 1024;

#[derive(Debug, Subcommand)]
pub(crate) enum ReceiptCommand {
    /// Verify the signatures of a receipt, offline, and say what it proves.
    Verify(VerifyArguments),
}

#[derive(Args, Debug)]
pub(crate) struct VerifyArguments {
    /// The receipt, in JSON; `-` is standard input.
    file: PathBuf,
    /// Fail unless this account asked: an address, or the name of a wallet.
    #[arg(long, value_name = "ACCOUNT")]
    caller: Option<AccountChoice>,
    /// Fail unless this account answered: an address, or the name of a wallet.
    #[arg(long, value_name = "ACCOUNT")]
    miner: Option<AccountChoice>,
}

/// The facts that a receipt proves.
#[derive(Serialize)]
struct Proven {
    caller: Address,
    miner: Address,
    chain_id: u64,
    netuid: u16,
    method: String,
    target: String,
    status: u16,
    /// Time of the request by the caller's clock.
    requested_at: u64,
    /// Time of the reply by the miner's clock.
    replied_at: u64,
    /// Content of the request in base64.
    request_content: Option<String>,
    /// Content of the reply in base64.
    reply_content: Option<String>,
}

pub(crate) fn run(
    command: ReceiptCommand,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    match command {
        ReceiptCommand::Verify(arguments) => verify(&arguments, context, output),
    }
}

fn verify(arguments: &VerifyArguments, context: &Context, output: &Output) -> Result<(), CliError> {
    let file = &arguments.file;
    let account = |choice: &Option<AccountChoice>| {
        choice.as_ref().map(|choice| context.address_of(choice)).transpose()
    };
    let (caller, miner) = (account(&arguments.caller)?, account(&arguments.miner)?);
    let failed = |source| CliError::File { path: file.clone(), source };
    let bytes = read(file).map_err(failed)?;
    let json = decode_text(&bytes).map_err(|error| failed(error.into()))?;
    let receipt = Receipt::from_json(json.as_bytes()).map_err(|error| malformed(file, error))?;
    let testimony = receipt.verify().map_err(|error| malformed(file, error))?;
    for (expected, found) in [(caller, testimony.caller.address), (miner, testimony.miner.address)]
    {
        if let Some(expected) = expected.filter(|expected| *expected != found) {
            return Err(CliError::OtherSigner { expected, found });
        }
    }
    output.result(&Proven::by(testimony), Proven::show);
    Ok(())
}

fn read(file: &Path) -> io::Result<Vec<u8>> {
    let source: Box<dyn Read> =
        if file == Path::new("-") { Box::new(io::stdin()) } else { Box::new(File::open(file)?) };
    let mut json = Vec::new();
    source.take(MAX_RECEIPT_LENGTH + 1).read_to_end(&mut json)?;
    Ok(json)
}

/// Returns the error of an invalid receipt. A file that is not a receipt is a usage error of the
/// user; a receipt that proves no exchange is not.
fn malformed(file: &Path, error: InvalidReceipt) -> CliError {
    match error {
        InvalidReceipt::Malformed { reason } => {
            CliError::Malformed { path: file.to_owned(), reason }
        }
        other => CliError::Receipt(other),
    }
}

impl Proven {
    fn by(testimony: VerifiedReceipt) -> Self {
        let encoded = |content: Option<Vec<u8>>| content.map(|bytes| STANDARD.encode(bytes));
        Self {
            caller: testimony.caller.address,
            miner: testimony.miner.address,
            chain_id: testimony.caller.chain.get(),
            netuid: testimony.netuid.get(),
            method: testimony.method.to_string(),
            target: testimony.target,
            status: testimony.status.as_u16(),
            requested_at: testimony.requested_at,
            replied_at: testimony.replied_at,
            request_content: encoded(testimony.request_content),
            reply_content: encoded(testimony.reply_content),
        }
    }

    fn show(&self) -> String {
        facts([
            ("caller", self.caller.to_string()),
            ("miner", self.miner.to_string()),
            ("chain", self.chain_id.to_string()),
            ("subnet", self.netuid.to_string()),
            ("request", format!("{} {}", self.method, self.target)),
            ("requested at", self.requested_at.to_string()),
            ("status", self.status.to_string()),
            ("replied at", self.replied_at.to_string()),
            ("asked", shown(self.request_content.as_deref())),
            ("answered", shown(self.reply_content.as_deref())),
        ])
    }
}

/// Returns the content as text, if it is text that a terminal can show.
fn shown(content: Option<&str>) -> String {
    let Some(encoded) = content else { return "not in the receipt".to_owned() };
    let bytes = STANDARD.decode(encoded).unwrap_or_default();
    match String::from_utf8(bytes) {
        Ok(text) if !text.chars().any(char::is_control) => text,
        _ => format!("{encoded} (base64)"),
    }
}
