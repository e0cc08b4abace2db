//! `hetu weights commit`, `reveal`.

use std::io;

use clap::Args;
use hetu::NetUid;
use hetu::chain::client::CommittedWeights;
use hetu::chain::model::{SecretWeights, Weight};
use hetu::chain::primitives::Bytes32;
use serde::Serialize;

use super::row::RowArguments;
use super::secrets::Secrets;
use crate::context::Context;
use crate::error::CliError;
use crate::output::Output;
use crate::writing::{WriteCommand, Writer};

#[derive(Args, Debug)]
pub(crate) struct CommitArguments {
    /// The number of the subnet.
    netuid: NetUid,
    #[command(flatten)]
    row: RowArguments,
    /// The version of the subnet's rules by which was judged.
    #[arg(long, default_value_t = 0, value_name = "NUMBER")]
    version_key: u64,
}

#[derive(Args, Debug)]
pub(crate) struct RevealArguments {
    /// The number of the subnet.
    netuid: NetUid,
}

#[derive(Serialize)]
struct Committed {
    netuid: NetUid,
    commitment: Bytes32,
    reveal_from: u64,
    reveal_until: u64,
}

#[derive(Serialize)]
struct Revealed {
    netuid: NetUid,
    commitment: Bytes32,
    weights: Vec<Weight>,
}

pub(super) async fn commit(
    command: WriteCommand<CommitArguments>,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    let CommitArguments { netuid, row, version_key } = &command.change;
    let (netuid, version_key) = (*netuid, *version_key);
    let secret = SecretWeights { weights: row.row(context)?, version_key, salt: random_salt()? };
    let change =
        async |_, writer: &Writer<'_>| commit_to(&secret, netuid, writer, context, output).await;
    command.run(context, output, change).await
}

async fn commit_to(
    secret: &SecretWeights,
    netuid: NetUid,
    writer: &Writer<'_>,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    writer.check_subnet(netuid).await?;
    let hash = writer.hetu().weights().commitment_of(netuid, writer.account(), secret);

    let mut plan = writer.plan(format!(
        "commit to the weights of {} dendrons of subnet {netuid}",
        secret.weights.len()
    ));
    plan.rehearse(writer.hetu().weights().commit(netuid, hash)).await?;
    let Some((hetu, mut sending)) = writer.agree(&plan).await? else {
        return Ok(());
    };
    // Created before the commitment is sent: without the salt it could never be revealed.
    let secrets = Secrets::of(context, &hetu, netuid, writer.account());
    secrets.keep(hash, secret)?;
    let CommittedWeights { commitment, .. } =
        sending.send(hetu.weights().commit(netuid, hash)).await?;
    if let Err(error) = secrets.forget_others(hash) {
        output.note(format_args!("earlier commitments could not be deleted: {error}"));
    }
    sending.report(Committed {
        netuid,
        commitment: hash,
        reveal_from: commitment.reveal_from,
        reveal_until: commitment.reveal_until,
    });
    Ok(())
}

pub(super) async fn reveal(
    command: WriteCommand<RevealArguments>,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    let change = async |RevealArguments { netuid }, writer: &Writer<'_>| {
        reveal_kept(netuid, writer, context).await
    };
    command.run(context, output, change).await
}

async fn reveal_kept(
    netuid: NetUid,
    writer: &Writer<'_>,
    context: &Context,
) -> Result<(), CliError> {
    let account = writer.account();
    let commitment = writer.hetu().weights().commitment(netuid, account).await?;
    let hash = commitment
        .ok_or_else(|| CliError::Nothing {
            what: format!("commitment of {account} in subnet {netuid}"),
        })?
        .hash;
    let secret = Secrets::of(context, writer.hetu(), netuid, account).read(hash)?;
    let mut plan = writer.plan(format!(
        "reveal the weights of {} dendrons of subnet {netuid}",
        secret.weights.len()
    ));
    plan.rehearse(writer.hetu().weights().reveal(netuid, &secret)).await?;
    let Some((hetu, mut sending)) = writer.agree(&plan).await? else {
        return Ok(());
    };
    sending.send(hetu.weights().reveal(netuid, &secret)).await?;
    sending.report(Revealed { netuid, commitment: hash, weights: secret.weights });
    Ok(())
}

/// Returns a random salt, which prevents a search for the weights behind a commitment.
fn random_salt() -> Result<Bytes32, CliError> {
    let mut salt = [0; 32];
    getrandom::fill(&mut salt).map_err(io::Error::from)?;
    Ok(salt.into())
}
