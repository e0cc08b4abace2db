//! The resources that everybody may read.

use http::Method;

/// A resource that is no service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Resource {
    Ping,
    Discovery,
    OpenApi,
    Live,
    Ready,
}

impl Resource {
    /// The resource under `path`, if there is one.
    pub(super) fn at(path: &str) -> Option<Self> {
        Some(match path {
            "/ping" => Self::Ping,
            "/.well-known/hetu" => Self::Discovery,
            "/openapi.json" => Self::OpenApi,
            "/health/live" => Self::Live,
            "/health/ready" => Self::Ready,
            _ => return None,
        })
    }

    /// The methods that it takes.
    pub(super) const fn methods(self) -> &'static [Method] {
        match self {
            Self::Ping => &[Method::GET, Method::HEAD, Method::POST],
            Self::Discovery | Self::OpenApi | Self::Live | Self::Ready => {
                &[Method::GET, Method::HEAD]
            }
        }
    }

    /// The methods that it takes, as `Allow` has them.
    pub(super) const fn allowed(self) -> &'static str {
        match self {
            Self::Ping => "GET, HEAD, POST",
            Self::Discovery | Self::OpenApi | Self::Live | Self::Ready => "GET, HEAD",
        }
    }
}
