//! The errors of the start of a miner.

use std::io;

use hetu_cambium::UnsafeReplayLimits;
use hetu_chain::model::Role;
use hetu_chain::{Amount, ChainError, Retryability, Retryable};
use hetu_metastruct::{EndpointRefusal, SyncError};

use crate::policy::PolicyFileError;
use crate::tls::TlsError;

/// An error of the start of a miner.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum XylemError {
    /// No service is attached.
    #[error("there is nothing to serve: attach a service first")]
    NoService,
    /// A service name that cannot be called.
    #[error(
        "{name:?} cannot be the name of a service: it takes letters, digits and -._~, and none of \
         ping, health, session, openapi.json and names that begin with a dot"
    )]
    ServiceName {
        /// The name.
        name: String,
    },
    /// Two services with the same name.
    #[error("two services are called {name:?}")]
    DuplicateService {
        /// The name.
        name: String,
    },
    /// A name without an attached service.
    #[error("there is no service {name:?} to give access to: attach it first")]
    NoSuchService {
        /// The name.
        name: String,
    },
    /// An open service with a stream. The end of a stream is signed, which needs a signed request.
    #[error("{name:?} answers with a stream, and those are for signed calls alone")]
    OpenStream {
        /// The name of the service.
        name: String,
    },
    /// An invalid policy file.
    #[error(transparent)]
    Policy(#[from] PolicyFileError),
    /// An address that cannot be bound: it is in use, of another machine, or not an address.
    #[error("cannot listen on {address}: {source}")]
    Bind {
        /// The configured address.
        address: String,
        /// The error of the operating system.
        source: io::Error,
    },
    /// No configured endpoint, and no endpoint that the miner can derive.
    #[error("say where callers reach the miner: call advertise with its public host and port")]
    NoPublicEndpoint,
    /// An advertised endpoint to which callers would not connect.
    #[error("callers would not connect to the advertised endpoint: {0}")]
    Endpoint(#[from] EndpointRefusal),
    /// An advertised endpoint with `http`, although the miner serves over TLS.
    #[error("the advertised endpoint is an http one, but the miner is called over TLS: say https")]
    ClearEndpoint,
    /// No usable certificate.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// A registration cost above the limit. The chain was not changed.
    #[error("the registration costs {cost} HETU, more than the limit of {limit} HETU")]
    CostTooHigh {
        /// The current cost.
        cost: Amount,
        /// The configured limit.
        limit: Amount,
    },
    /// An account with another role in the subnet.
    #[error(
        "the account is registered in the subnet as a {role}: serve with another account, or \
         deregister it first"
    )]
    NotAMiner {
        /// The role of the account.
        role: Role,
    },
    /// Unsafe limits of the replay guard.
    #[error(transparent)]
    Replay(#[from] UnsafeReplayLimits),
    /// Shared stores that are not available.
    #[cfg(feature = "redis")]
    #[error(transparent)]
    Redis(#[from] crate::redis::RedisError),
    /// A failed read or change of the chain.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// A failed initial sync of the subnet view.
    #[error(transparent)]
    Sync(#[from] SyncError),
    /// Signals of the operating system that cannot be awaited.
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
