//! `hetu metastruct export`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use hetu::NetUid;
use hetu::chain::durable_file;
use serde::Serialize;

use super::row::SubnetViewReport;
use super::show;
use crate::context::Context;
use crate::error::CliError;
use crate::output::Output;

const COLUMNS: [&str; 12] = [
    "address",
    "role",
    "is_active",
    "stake",
    "registered_at",
    "last_update",
    "url",
    "refusal",
    "host",
    "port",
    "metrics_host",
    "metrics_port",
];

#[derive(Args, Debug)]
pub(crate) struct ExportArguments {
    /// The number of the subnet.
    netuid: NetUid,
    /// How it is written.
    #[arg(long, value_enum, default_value_t = Format::Json)]
    format: Format,
    /// The file to write, in place of what is there; standard output by default.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
enum Format {
    /// For people.
    Table,
    /// As `hetu metastruct show --json`.
    Json,
    /// One line a dendron.
    Csv,
}

#[derive(Serialize)]
struct Exported {
    netuid: NetUid,
    block: u64,
    format: Format,
    file: PathBuf,
    dendrons: usize,
}

pub(super) async fn run(
    ExportArguments { netuid, format, out }: ExportArguments,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    let picture = show::read(netuid, context).await?;
    let text = match format {
        Format::Table => show::text(&picture) + "\n",
        Format::Json => json(&picture)? + "\n",
        Format::Csv => csv(&picture)?,
    };
    let Some(file) = out else {
        output.script(&text);
        return Ok(());
    };
    durable_file::write(&file, text.as_bytes())
        .map_err(|source| CliError::File { path: file.clone(), source })?;
    let SubnetViewReport { block, dendrons, .. } = picture;
    let exported = Exported { netuid, block, format, file, dendrons: dendrons.len() };
    output.result(&exported, |exported| {
        format!(
            "{} dendrons at block {block} are in {}",
            exported.dendrons,
            exported.file.display()
        )
    });
    Ok(())
}

fn json(picture: &SubnetViewReport) -> Result<String, CliError> {
    Ok(serde_json::to_string_pretty(picture).map_err(std::io::Error::other)?)
}

fn csv(picture: &SubnetViewReport) -> Result<String, CliError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let failed = |error: csv::Error| CliError::Terminal(std::io::Error::other(error));
    writer.write_record(COLUMNS).map_err(failed)?;
    for row in &picture.dendrons {
        let text = |text: &Option<String>| harmless(text.as_deref().unwrap_or_default());
        let fields = [
            row.address.to_string(),
            row.role.to_string(),
            row.is_active.to_string(),
            row.stake.to_string(),
            row.registered_at.to_string(),
            row.last_update.to_string(),
            text(&row.url),
            text(&row.refusal),
            harmless(&row.endpoint.host),
            row.endpoint.port.to_string(),
            harmless(&row.metrics_endpoint.host),
            row.metrics_endpoint.port.to_string(),
        ];
        writer.write_record(fields).map_err(failed)?;
    }
    let bytes = writer.into_inner().map_err(|error| std::io::Error::other(error.to_string()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Returns untrusted text with a leading quote if a spreadsheet would read it as a formula.
fn harmless(text: &str) -> String {
    match text.chars().next() {
        Some('=' | '+' | '-' | '@' | '\t' | '\r') => format!("'{text}"),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_formula_is_quoted() {
        assert_eq!(harmless("=cmd|' /C calc'!A0"), "'=cmd|' /C calc'!A0");
        assert_eq!(harmless("miner.example"), "miner.example");
        assert_eq!(harmless(""), "");
    }
}
