//! Why a miner does not start.

use std::io;

use hetu_cambium::UnsafeReplayLimits;
use hetu_chain::model::Role;
use hetu_chain::{Amount, ChainError, Retryability, Retryable};
use hetu_metastruct::{EndpointRefusal, SyncError};

use crate::policy::PolicyFileError;
use crate::tls::TlsError;

/// Why a miner does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum XylemError {
    /// Nothing was attached.
    #[error("there is nothing to serve: attach a service first")]
    NoService,
    /// A service has a name that cannot be called.
    #[error(
        "{name:?} cannot be the name of a service: it takes letters, digits and -._~, and none of \
         ping, health, session, openapi.json and names that begin with a dot"
    )]
    ServiceName {
        /// The name.
        name: String,
    },
    /// Two services have the same name.
    #[error("two services are called {name:?}")]
    DuplicateService {
        /// The name.
        name: String,
    },
    /// No service of this name was attached.
    #[error("there is no service {name:?} to give access to: attach it first")]
    NoSuchService {
        /// The name.
        name: String,
    },
    /// A stream cannot be open: without a signed request there is nothing to sign its end for.
    #[error("{name:?} answers with a stream, and those are for signed calls alone")]
    OpenStream {
        /// The name of the service.
        name: String,
    },
    /// The file of the policy holds none.
    #[error(transparent)]
    Policy(#[from] PolicyFileError),
    /// The address cannot be listened on: it is in use, not this machine's, or not an address.
    #[error("cannot listen on {address}: {source}")]
    Bind {
        /// What was asked for.
        address: String,
        /// What the operating system says.
        source: io::Error,
    },
    /// Nobody was told where callers reach the miner, and it cannot be guessed.
    #[error("say where callers reach the miner: call advertise with its public host and port")]
    NoPublicEndpoint,
    /// The advertised endpoint is no place that callers would connect to.
    #[error("callers would not connect to the advertised endpoint: {0}")]
    Endpoint(#[from] EndpointRefusal),
    /// The advertised endpoint says `http`, but the miner is to be called over TLS.
    #[error("the advertised endpoint is an http one, but the miner is called over TLS: say https")]
    ClearEndpoint,
    /// There is no certificate to show.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The registration would cost more than was allowed. Nothing was changed.
    #[error("the registration costs {cost} HETU, more than the limit of {limit} HETU")]
    CostTooHigh {
        /// What it costs now.
        cost: Amount,
        /// What was allowed.
        limit: Amount,
    },
    /// The account takes part in the subnet as something else.
    #[error(
        "the account is registered in the subnet as a {role}: serve with another account, or \
         deregister it first"
    )]
    NotAMiner {
        /// As what.
        role: Role,
    },
    /// The replay guard would be unsafe.
    #[error(transparent)]
    Replay(#[from] UnsafeReplayLimits),
    /// What replicas share cannot be shared.
    #[cfg(feature = "redis")]
    #[error(transparent)]
    Redis(#[from] crate::redis::RedisError),
    /// The chain was not read or not changed.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The picture of the subnet could not be made.
    #[error(transparent)]
    Sync(#[from] SyncError),
    /// The signals of the operating system cannot be waited for.
    #[error("cannot wait for a stop signal: {0}")]
    Signal(io::Error),
}

impl Retryable for XylemError {
    fn retryability(&self) -> Retryability {
        match self {
            Self::Bind { source, .. } if source.kind() == io::ErrorKind::AddrInUse => {
                Retryability::Retryable
            }
            #[cfg(feature = "redis")]
            Self::Redis(error) => error.retryability(),
            Self::Policy(error) => error.retryability(),
            Self::Chain(error) => error.retryability(),
            Self::Sync(error) => error.retryability(),
            _ => Retryability::Final,
        }
    }
}
