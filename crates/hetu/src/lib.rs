#![doc = include_str!("../README.md")]
#![cfg_attr(not(test), warn(unused_crate_dependencies))]

#[doc(inline)]
pub use hetu_cambium as cambium;
#[doc(inline)]
pub use hetu_chain as chain;
#[cfg(feature = "metastruct")]
#[doc(inline)]
pub use hetu_metastruct as metastruct;
#[cfg(feature = "phloem")]
#[doc(inline)]
pub use hetu_phloem as phloem;
#[cfg(feature = "xylem")]
#[doc(inline)]
pub use hetu_xylem as xylem;

pub use hetu_cambium::Service;
pub use hetu_chain::network::{Networks, presets};
pub use hetu_chain::{Address, Amount, ChainId, Hetutensor, NetUid, Network, Signer, Wallet};
#[cfg(feature = "metastruct")]
pub use hetu_metastruct::Metastruct;
#[cfg(feature = "phloem")]
pub use hetu_phloem::{Call, Phloem};
#[cfg(feature = "xylem")]
pub use hetu_xylem::Xylem;
