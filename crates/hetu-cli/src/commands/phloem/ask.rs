//! Arguments of every command that asks miners.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use clap::Args;
use hetu::cambium::is_service_name;
use hetu::metastruct::View;
use hetu::phloem::{PhloemBuilder, ProofPolicy, Target};
use hetu::{Address, NetUid, Phloem};
use serde_json::Value;

use crate::account::AccountChoice;
use crate::context::Context;
use crate::error::CliError;
use crate::input::{malformed, standard_input, text_of};
use crate::output::Output;
use crate::password::PasswordArguments;

/// Maximum length of a request, in bytes. Miners accept less.
const LONGEST_REQUEST: u64 = 64 << 20;

#[derive(Args, Debug)]
pub(super) struct AskArguments {
    /// The number of the subnet.
    pub(super) netuid: NetUid,
    /// The name of the service, as miners publish it.
    #[arg(value_parser = service_name)]
    pub(super) service: String,
    /// The request in JSON; @FILE reads it from a file, and - from standard input.
    #[arg(value_name = "JSON")]
    request: Request,
    /// How many seconds a miner has to answer.
    #[arg(long, default_value_t = 12, value_name = "SECONDS",
          value_parser = clap::value_parser!(u64).range(1..=3_600))]
    deadline: u64,
    #[command(flatten)]
    signer: SignerArguments,
}

/// Who signs the requests.
#[derive(Args, Debug)]
#[command(next_help_heading = "Signing")]
pub(super) struct SignerArguments {
    /// The wallet that signs, by name or address; the only one by default.
    #[arg(long, env = "HETU_WALLET", hide_env = true, value_name = "WALLET")]
    wallet: Option<AccountChoice>,
    #[command(flatten)]
    password: PasswordArguments,
    /// Ask miners too that do not sign what they tell everybody: their first reply is the proof.
    #[arg(long)]
    first_reply: bool,
}

fn service_name(name: &str) -> Result<String, &'static str> {
    if !is_service_name(name) {
        return Err("the name of a service has letters, digits and -._~ alone");
    }
    Ok(name.to_owned())
}

/// A JSON request, or the place to read it from.
#[derive(Clone, Debug)]
enum Request {
    Given(Value),
    File(PathBuf),
    StandardInput,
}

impl FromStr for Request {
    type Err = serde_json::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.strip_prefix('@') {
            Some(path) => Ok(Self::File(path.into())),
            None if text == "-" => Ok(Self::StandardInput),
            None => serde_json::from_str(text).map(Self::Given),
        }
    }
}

impl Request {
    fn read(&self) -> Result<Value, CliError> {
        let (path, text) = match self {
            Self::Given(value) => return Ok(value.clone()),
            Self::File(path) => (path.as_path(), text_of(path, LONGEST_REQUEST)?),
            Self::StandardInput => (Path::new("-"), standard_input(LONGEST_REQUEST)?),
        };
        serde_json::from_str(&text).map_err(|error| malformed(path, error))
    }
}

impl AskArguments {
    /// Returns the request, read from its source.
    pub(super) fn request(&self) -> Result<Value, CliError> {
        self.request.read()
    }

    /// Returns a client that signs with the wallet.
    pub(super) async fn phloem(
        &self,
        context: &Context,
        output: &Output,
    ) -> Result<PhloemBuilder, CliError> {
        let builder = self.signer.phloem(self.netuid, context, output).await?;
        Ok(builder.deadline(Duration::from_secs(self.deadline)))
    }
}

impl SignerArguments {
    /// Returns a client that signs with the wallet.
    pub(super) async fn phloem(
        &self,
        netuid: NetUid,
        context: &Context,
        output: &Output,
    ) -> Result<PhloemBuilder, CliError> {
        let sender = context.sender(self.wallet.as_ref())?;
        let wallet = self.password.decrypt(sender.keystore()?, &sender, output)?;
        output.done(format_args!("signing as {sender}"));
        let hetu = context.connect().await?.with_wallet(wallet);
        Ok(Phloem::builder(hetu, netuid).proof_policy(proof_policy(self.first_reply)))
    }
}

/// Returns the proof that miners have to show before they are asked.
pub(super) fn proof_policy(takes_first_reply: bool) -> ProofPolicy {
    if takes_first_reply { ProofPolicy::FirstReply } else { ProofPolicy::SignedDocument }
}

/// Returns the target for the miner `address`, if it can be asked.
pub(super) fn target(view: &View, address: Address) -> Result<Target, CliError> {
    let netuid = view.netuid();
    let nothing = |what: String| CliError::Nothing { what };
    let member = view
        .get(address)
        .ok_or_else(|| nothing(format!("dendron {address} in subnet {netuid}")))?;
    if let Err(refusal) = &member.endpoint {
        return Err(nothing(format!("place to ask {address} at: {refusal}")));
    }
    Target::of(member).ok_or_else(|| nothing(format!("active miner {address} in subnet {netuid}")))
}
