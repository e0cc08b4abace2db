//! Errors of commands, with their exit codes.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use hetu::cambium::InvalidReceipt;
use hetu::chain::events::EventError;
use hetu::chain::identity::{InvalidSecretKey, InvalidSignature, MnemonicError};
use hetu::chain::keystore::{KeystoreError, WalletName};
use hetu::chain::model::{HyperparameterConflict, Role};
use hetu::chain::network::NetworkError;
use hetu::chain::text::ForeignError;
use hetu::chain::{ChainError, TxHash};
use hetu::metastruct::{EndpointRefusal, SyncError};
use hetu::phloem::judging::JudgeError;
use hetu::phloem::weights::WeightError;
use hetu::phloem::{BuildError, QueryError, RouteError};
use hetu::xylem::{ExecError, XylemError};
use hetu::{Address, Amount, NetUid};
use hetu_devnet::{DevnetError, InvalidDeployment, StateFolderError};

use crate::refusal;

#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    #[error(transparent)]
    Chain(#[from] ChainError),
    #[error(transparent)]
    Network(#[from] NetworkError),
    #[error(transparent)]
    Keystore(#[from] KeystoreError),
    #[error(transparent)]
    SecretKey(#[from] InvalidSecretKey),
    #[error(transparent)]
    Mnemonic(#[from] MnemonicError),
    #[error(transparent)]
    Signature(#[from] InvalidSignature),
    #[error("the signature is by {found} and not by {expected}")]
    OtherSigner { expected: Address, found: Address },
    #[error(transparent)]
    Receipt(InvalidReceipt),
    #[error("{count} files were skipped: import each with hetu wallet import NAME --keystore FILE")]
    NotImported { count: usize },
    #[error(transparent)]
    Devnet(#[from] DevnetError),
    #[error(transparent)]
    Xylem(XylemError),
    #[error(transparent)]
    Exec(#[from] ExecError),
    #[error(
        "{account} is a {role} of subnet {netuid} already: serve in the name of another wallet"
    )]
    OtherRole { account: Address, role: Role, netuid: NetUid },
    #[error("{}: {source}", path.display())]
    File { path: PathBuf, source: io::Error },
    #[error("{}: {reason}", path.display())]
    Malformed {
        path: PathBuf,
        #[source]
        reason: ForeignError,
    },
    #[error(transparent)]
    Deployment(#[from] InvalidDeployment),
    #[error("standard input cannot be read: {source}")]
    Input { source: io::Error },
    #[error("standard output cannot be written: {source}")]
    Unwritten { source: io::Error },
    #[error("{0}")]
    Terminal(#[from] io::Error),
    #[error(
        "there is no terminal to ask for the password at: use --password-file or $HETU_PASSWORD"
    )]
    NoPassword,
    #[error("wrong password of wallet {wallet}")]
    WrongPassword { wallet: String },
    #[error("{0}")]
    Usage(&'static str),
    #[error(transparent)]
    Rules(#[from] HyperparameterConflict),
    #[error(transparent)]
    Events(EventError),
    #[error(transparent)]
    Sync(SyncError),
    #[error("{account} has no key file here: name a wallet that hetu wallet list shows")]
    NoKey { account: Address },
    #[error("the file of wallet {name} does not say its address: import its key again")]
    HiddenAddress { name: WalletName },
    #[error("there is no wallet: make one with hetu wallet create, or name an account")]
    NoWallet,
    #[error("say which wallet, by --wallet or $HETU_WALLET: {}", names.join(", "))]
    WhichWallet { names: Vec<String> },
    #[error("nothing was sent")]
    Declined,
    #[error("{source}; what was done before stays: {left}")]
    LeftBehind {
        source: Box<Self>,
        /// Effects that remain, in words.
        left: String,
        /// Commands that undo the effects.
        undo: String,
    },
    #[error("stopped while transaction {transaction} waits for a block: it may still be included")]
    StoppedWaiting { transaction: TxHash },
    #[error("there is no {what}")]
    Nothing { what: String },
    #[error("the node does not know {hash}: it was never sent, was lost, or was replaced")]
    UnknownTransaction { hash: TxHash },
    #[error(
        "an earlier command was interrupted: {}; nothing was sent now: start the command again if \
         it is still wanted",
        left.join("; ")
    )]
    Interrupted { left: Vec<String> },
    #[error("others would not call that endpoint: {reason}")]
    Endpoint { reason: EndpointRefusal },
    #[error("a {role} of subnet {netuid} stakes at least {least} HETU")]
    StakeTooSmall { netuid: NetUid, role: Role, least: Amount },
    #[error("the pool of subnet {netuid} is too small for this trade: trade less")]
    TradeNotPossible { netuid: NetUid },
    #[error("the trade brings {expected} now, less than {at_least}: lower the limit or wait")]
    TradeTooDear { expected: Amount, at_least: Amount },
    #[error("{dendron} stands twice: which weight is meant?")]
    WeightTwice { dendron: Address },
    #[error(
        "{} is not there: the weights were committed to on another machine, or under another \
         HETU_HOME; reveal them there",
        path.display()
    )]
    NoSecret { path: PathBuf },
    #[error("the weights on chain are not those that were set")]
    WeightsNotKept,
    #[error(transparent)]
    Query(#[from] QueryError),
    #[error(transparent)]
    Route(#[from] RouteError),
    #[error(
        "no miner of subnet {netuid} serves {service}: {others} serve other things, and {} cannot \
         be asked",
        unreachable.len()
    )]
    NotServed { service: String, netuid: NetUid, others: usize, unreachable: Vec<String> },
    #[error("no miner answered")]
    NobodyAnswered,
    #[error(transparent)]
    Judge(#[from] JudgeError),
    #[error(transparent)]
    Weights(WeightError),
    #[error(
        "{account} is no active validator of subnet {netuid}: see hetu dendron register and \
         hetu stake allocate"
    )]
    NoValidator { account: Address, netuid: NetUid },
}

impl CliError {
    pub(crate) fn exit_code(&self) -> ExitCode {
        const OTHER: u8 = 1;
        const USAGE: u8 = 2;
        const CHAIN: u8 = 3;
        const REMOTE: u8 = 4;
        const NOT_FOUND: u8 = 5;
        ExitCode::from(match self.cause() {
            Self::Usage(_)
            | Self::Rules(_)
            | Self::NoPassword
            | Self::WhichWallet { .. }
            | Self::Endpoint { .. }
            | Self::StakeTooSmall { .. }
            | Self::WeightTwice { .. }
            | Self::Malformed { .. }
            | Self::OtherRole { .. }
            | Self::Exec(ExecError::Start { .. })
            | Self::Xylem(
                XylemError::Endpoint(_)
                | XylemError::ClearEndpoint
                | XylemError::NoPublicEndpoint
                | XylemError::Policy(_)
                | XylemError::ServiceName { .. }
                | XylemError::DuplicateService { .. },
            )
            | Self::SecretKey(_)
            | Self::Mnemonic(_)
            | Self::Signature(_)
            | Self::Network(NetworkError::Addresses { .. })
            | Self::Devnet(DevnetError::StateFolder(
                StateFolderError::Foreign { .. } | StateFolderError::OtherSetting { .. },
            ))
            | Self::Keystore(KeystoreError::InvalidName { .. }) => USAGE,
            Self::Chain(error) if refusal::is_about_no_subnet(error) => NOT_FOUND,
            Self::Chain(ChainError::NoSubnet(_))
            | Self::Network(NetworkError::Unknown { .. })
            | Self::Keystore(KeystoreError::NotFound { .. })
            | Self::NoKey { .. }
            | Self::NoWallet
            | Self::NoSecret { .. }
            | Self::UnknownTransaction { .. }
            | Self::Chain(ChainError::UnknownTransaction { .. })
            | Self::Nothing { .. } => NOT_FOUND,
            Self::Chain(
                ChainError::Journal(_) | ChainError::FeeLedger(_) | ChainError::Signer(_),
            ) => OTHER,
            Self::Chain(
                ChainError::Rpc(_)
                | ChainError::Uncertain { .. }
                | ChainError::Unconfirmed { .. }
                | ChainError::NonceGap { .. }
                | ChainError::NoGenesis { .. }
                | ChainError::OtherGenesis { .. },
            )
            | Self::StoppedWaiting { .. }
            | Self::Query(_)
            | Self::Route(_)
            | Self::NobodyAnswered
            | Self::NotServed { .. }
            | Self::Judge(JudgeError::Stale(_))
            | Self::Events(_)
            | Self::Sync(_) => REMOTE,
            Self::Weights(WeightError::Folder(_)) => OTHER,
            Self::Chain(_)
            | Self::Weights(_)
            | Self::NoValidator { .. }
            | Self::TradeNotPossible { .. }
            | Self::TradeTooDear { .. }
            | Self::WeightsNotKept => CHAIN,
            _ => OTHER,
        })
    }

    /// Returns the error at the start of the chain of causes.
    fn cause(&self) -> &Self {
        match self {
            Self::LeftBehind { source, .. } => source.cause(),
            other => other,
        }
    }

    /// Returns `true` if a registration was refused because the block has reached its limit.
    pub(crate) fn is_registration_limit(&self) -> bool {
        matches!(self.cause(), Self::Chain(error) if error.is_registration_limit())
    }

    /// Returns the text of the error, in the words of users.
    pub(crate) fn message(&self) -> String {
        match self {
            Self::Chain(error) => refusal::in_words(error),
            Self::LeftBehind { source, left, .. } => {
                Some(format!("{}; what was done before stays: {left}", source.message()))
            }
            _ => None,
        }
        .unwrap_or_else(|| self.to_string())
    }

    /// Returns the failed attempts before the failure of the call, one per line.
    pub(crate) fn attempts(&self) -> Vec<String> {
        let error = match self {
            Self::Route(error) => error,
            Self::NotServed { unreachable, .. } => return unreachable.clone(),
            _ => return Vec::new(),
        };
        let failed = error.attempts().iter().map(|attempt| {
            let error = attempt.error.as_deref().unwrap_or("not waited for");
            format!("{} at {}: {error}", attempt.miner, attempt.url)
        });
        failed.collect()
    }
}

impl From<EventError> for CliError {
    fn from(error: EventError) -> Self {
        match error {
            EventError::Chain(error) => Self::Chain(error),
            other => Self::Events(other),
        }
    }
}

impl From<SyncError> for CliError {
    fn from(error: SyncError) -> Self {
        match error {
            SyncError::Chain(error) => Self::Chain(error),
            SyncError::Events(error) => error.into(),
            other => Self::Sync(other),
        }
    }
}

impl From<XylemError> for CliError {
    fn from(error: XylemError) -> Self {
        match error {
            XylemError::Chain(error) => Self::Chain(error),
            XylemError::Sync(error) => error.into(),
            other => Self::Xylem(other),
        }
    }
}

impl From<WeightError> for CliError {
    fn from(error: WeightError) -> Self {
        match error {
            WeightError::Chain(error) => Self::Chain(error),
            WeightError::Sync(error) => error.into(),
            other => Self::Weights(other),
        }
    }
}

impl From<BuildError> for CliError {
    fn from(error: BuildError) -> Self {
        match error {
            BuildError::Chain(error) => Self::Chain(error),
            BuildError::Sync(error) => error.into(),
            other => Self::Terminal(io::Error::other(other)),
        }
    }
}
