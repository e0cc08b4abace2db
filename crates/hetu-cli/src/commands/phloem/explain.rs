//! `hetu phloem explain`.

use std::sync::Arc;

use clap::{Args, ValueEnum};
use hetu::chain::Signature;
use hetu::chain::Signer;
use hetu::chain::future::ReadyOrBoxed;
use hetu::chain::identity::{SignerError, SigningRequest};
use hetu::phloem::{
    Blended, CandidateReport, Exclusion, Fastest, RoundRobin, RouteOptions, SelectionMode,
    StakeWeighted,
};
use hetu::{Address, NetUid, Phloem, Wallet};
use serde::Serialize;

use crate::account::AccountChoice;
use crate::context::Context;
use crate::decimal::Decimal;
use crate::error::CliError;
use crate::output::{Output, table};

#[derive(Args, Debug)]
pub(crate) struct ExplainArguments {
    /// The number of the subnet.
    netuid: NetUid,
    /// How a miner is chosen.
    #[arg(long, value_enum, default_value_t = Choice::Blended)]
    strategy: Choice,
    /// The wallet that would ask, by name or address. It signs nothing, so no password is needed.
    #[arg(long, env = "HETU_WALLET", hide_env = true, value_name = "WALLET")]
    wallet: Option<AccountChoice>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Choice {
    /// By latency, load, stake and reputation.
    Blended,
    /// By stake, at random.
    StakeWeighted,
    /// Who answers fastest.
    Fastest,
    /// One after the other.
    RoundRobin,
}

#[derive(Serialize)]
struct Explained {
    netuid: NetUid,
    block: u64,
    strategy: String,
    mode: SelectionMode,
    /// Miners that may be asked first, by increasing cost.
    candidates: Vec<Candidate>,
}

#[derive(Serialize)]
struct Candidate {
    miner: Address,
    url: String,
    stake: Decimal,
    reputation: f64,
    weight: f64,
    /// Latency, or null before the first answer.
    latency_ms: Option<f64>,
    cost_seconds: f64,
    ramp: f64,
    /// Reason for the exclusion, or null.
    exclusion: Option<Exclusion>,
}

pub(super) async fn run(
    ExplainArguments { netuid, strategy, wallet }: ExplainArguments,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    // The command neither asks a miner nor signs.
    let signer: Arc<dyn Signer> = match wallet {
        Some(choice) => Arc::new(Keyless(context.address_of(&choice)?)),
        None => Arc::new(Wallet::random()),
    };
    let hetu = context.connect().await?.with_signer(signer);
    let phloem = Phloem::builder(hetu, netuid).start().await?;
    let explanation = phloem.explain(&strategy.options());
    let explained = Explained {
        netuid,
        block: phloem.metastruct().view().block.id.number,
        strategy: explanation.strategy,
        mode: explanation.mode,
        candidates: explanation.candidates.into_iter().map(Candidate::from).collect(),
    };
    output.result(&explained, text);
    Ok(())
}

/// A signer without a key.
#[derive(Debug)]
struct Keyless(Address);

impl Signer for Keyless {
    fn address(&self) -> Address {
        self.0
    }

    fn sign<'request>(
        &'request self,
        _: SigningRequest<'request>,
    ) -> ReadyOrBoxed<'request, Result<Signature, SignerError>> {
        let reason = "nothing is signed to explain a choice".to_owned();
        ReadyOrBoxed::ready(Err(SignerError::Unsupported { reason }))
    }
}

impl Choice {
    fn options(self) -> RouteOptions {
        let options = RouteOptions::default();
        match self {
            Self::Blended => options.strategy(Blended),
            Self::StakeWeighted => options.strategy(StakeWeighted),
            Self::Fastest => options.strategy(Fastest),
            Self::RoundRobin => options.strategy(RoundRobin::default()),
        }
    }
}

impl From<CandidateReport> for Candidate {
    fn from(report: CandidateReport) -> Self {
        Self {
            miner: report.miner,
            url: report.url,
            stake: report.stake.into(),
            reputation: report.reputation,
            weight: report.weight,
            latency_ms: report.latency_seconds.map(|seconds| seconds * 1e3),
            cost_seconds: report.cost_seconds,
            ramp: report.ramp,
            exclusion: report.exclusion,
        }
    }
}

fn text(explained: &Explained) -> String {
    let rows = explained.candidates.iter().map(|candidate| {
        let latency = candidate.latency_ms.map(|latency| format!("{latency:.2} ms"));
        [
            candidate.miner.to_string(),
            candidate.stake.to_string(),
            format!("{:.3}", candidate.weight),
            latency.unwrap_or_else(|| "-".to_owned()),
            format!("{:.4} s", candidate.cost_seconds),
            candidate.exclusion.map_or("", why).to_owned(),
        ]
    });
    let table = table(["miner", "stake", "weight", "latency", "cost", "not asked because"], rows);
    let mode = match explained.mode {
        SelectionMode::Normal => "",
        SelectionMode::Panic => ", few being healthy",
        _ => ", nobody being healthy",
    };
    format!(
        "who of subnet {} would be asked at block {} ({}{mode})\n{table}",
        explained.netuid, explained.block, explained.strategy
    )
}

const fn why(exclusion: Exclusion) -> &'static str {
    match exclusion {
        Exclusion::ByCaller => "it is left out",
        Exclusion::BreakerTripped => "it failed too often",
        Exclusion::WrongIdentity => "it is not who is registered",
        Exclusion::AskedToWait => "it asked to be left alone",
        Exclusion::Ejected => "it does worse than others",
        Exclusion::Slow => "it is slow",
        _ => "of something else",
    }
}
