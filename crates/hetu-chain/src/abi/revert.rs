//! The reason of a revert.

use std::collections::HashMap;
use std::fmt;
use std::sync::LazyLock;

use ethers_core::abi::ethabi::AbiError;
use ethers_core::abi::{Abi, AbiDecode, ErrorExt, Token};

use super::bindings;
use super::convert::address as address_of;
use crate::text::ForeignText;

/// `Error(string)` and `Panic(uint256)` of the Solidity ABI specification.
const REASON_SELECTOR: [u8; 4] = [0x08, 0xc3, 0x79, 0xa0];
const PANIC_SELECTOR: [u8; 4] = [0x4e, 0x48, 0x7b, 0x71];

/// The maximum number of undecoded bytes that are displayed.
const LONGEST_SHOWN: usize = 256;

static CUSTOM_ERRORS: LazyLock<HashMap<[u8; 4], AbiError>> = LazyLock::new(|| {
    let contracts: [&Abi; 11] = [
        &bindings::subnet_manager::SUBNETMANAGER_ABI,
        &bindings::dendron_manager::DENDRONMANAGER_ABI,
        &bindings::global_staking::GLOBALSTAKING_ABI,
        &bindings::whetu::WHETU_ABI,
        &bindings::alpha_token::ALPHATOKEN_ABI,
        &bindings::subnet_amm::SUBNETAMM_ABI,
        &bindings::subnet_amm_factory::SUBNETAMMFACTORY_ABI,
        &bindings::weights::WEIGHTS_ABI,
        &bindings::reward_distributor::REWARDDISTRIBUTOR_ABI,
        &bindings::hetu_timelock::HETUTIMELOCK_ABI,
        &bindings::lens::LENS_ABI,
    ];
    let errors = contracts.into_iter().flat_map(Abi::errors);
    errors.map(|error| (error.selector(), error.clone())).collect()
});

/// The reason for which a contract reverted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Revert {
    /// A reason as a text, such as `SUBNET_NOT_ACTIVE`.
    Reason(String),
    /// An error with a name and arguments, such as `ERC20InsufficientBalance`.
    Custom {
        /// The error's name.
        name: String,
        /// Its arguments, each as `name: value`.
        arguments: Vec<String>,
    },
    /// A failed assertion of the contract, by the code of the Solidity documentation.
    Panic(u64),
    /// Bytes that no known contract defines; often empty.
    Unknown(Vec<u8>),
}

impl Revert {
    /// Returns `true` if the revert has no data, as when a contract does not have the function.
    pub(crate) fn is_empty(&self) -> bool {
        matches!(self, Self::Unknown(data) if data.is_empty())
    }

    /// Returns `true` if the reason is exactly this text or this name of an error.
    pub fn is_reason(&self, reason: &str) -> bool {
        match self {
            Self::Reason(given) | Self::Custom { name: given, .. } => given == reason,
            Self::Panic(_) | Self::Unknown(_) => false,
        }
    }
}

impl fmt::Display for Revert {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reason(reason) => ForeignText::new(reason).fmt(formatter),
            Self::Custom { name, arguments } => {
                write!(formatter, "{name}({})", ForeignText::new(&arguments.join(", ")))
            }
            Self::Panic(code) => write!(formatter, "panic {code:#04x}"),
            Self::Unknown(data) if data.is_empty() => formatter.write_str("no reason given"),
            Self::Unknown(data) => match data.get(..LONGEST_SHOWN) {
                None => write!(formatter, "0x{}", hex::encode(data)),
                Some(begin) => {
                    write!(formatter, "0x{}… ({} bytes)", hex::encode(begin), data.len())
                }
            },
        }
    }
}

/// Decodes the data of a revert.
pub(crate) fn decode_revert(data: &[u8]) -> Revert {
    decode_known(data).unwrap_or_else(|| Revert::Unknown(data.to_vec()))
}

fn decode_known(data: &[u8]) -> Option<Revert> {
    let (selector, arguments) = data.split_first_chunk::<4>()?;
    match *selector {
        REASON_SELECTOR => String::decode(arguments).ok().map(Revert::Reason),
        PANIC_SELECTOR => u64::decode(arguments).ok().map(Revert::Panic),
        _ => decode_custom(CUSTOM_ERRORS.get(selector)?, arguments),
    }
}

fn decode_custom(error: &AbiError, encoded: &[u8]) -> Option<Revert> {
    let kinds: Vec<_> = error.inputs.iter().map(|input| input.kind.clone()).collect();
    let tokens = ethers_core::abi::decode(&kinds, encoded).ok()?;
    let arguments = error
        .inputs
        .iter()
        .zip(&tokens)
        .map(|(input, token)| format!("{}: {}", input.name, show(token)))
        .collect();
    Some(Revert::Custom { name: error.name.clone(), arguments })
}

fn show(token: &Token) -> String {
    match token {
        Token::Address(address) => address_of(*address).to_string(),
        Token::Uint(number) | Token::Int(number) => number.to_string(),
        Token::String(text) => format!("{text:?}"),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use ethers_core::abi::AbiEncode;

    use super::*;

    #[test]
    fn reasons_and_panics_are_read() {
        let mut data = REASON_SELECTOR.to_vec();
        data.extend("SUBNET_NOT_ACTIVE".to_owned().encode());
        assert!(decode_revert(&data).is_reason("SUBNET_NOT_ACTIVE"));
        let mut data = PANIC_SELECTOR.to_vec();
        data.extend(0x11_u64.encode());
        assert_eq!(decode_revert(&data).to_string(), "panic 0x11");
    }

    #[test]
    fn custom_errors_show_their_arguments() {
        let mut data = vec![0x11, 0x8c, 0xda, 0xa7];
        data.extend(ethers_core::types::H160::repeat_byte(0x11).encode());
        assert_eq!(
            decode_revert(&data).to_string(),
            "OwnableUnauthorizedAccount(account: 0x1111111111111111111111111111111111111111)"
        );
    }

    // Line breaks in a contract's reason once started new lines in logs, which looked like the
    // program's own.
    #[test]
    fn reason_of_contract_stays_one_line() {
        let reason = "no\nERROR the key is lost\u{1b}[2J\u{202e}".to_owned();
        let data = [&REASON_SELECTOR[..], &reason.clone().encode()].concat();
        let revert = decode_revert(&data);
        assert!(revert.is_reason(&reason), "what it is stays");
        assert_eq!(revert.to_string(), r"no\nERROR the key is lost\u{1b}[2J\u{202e}");
        let custom = Revert::Custom { name: "E".into(), arguments: vec!["a: \u{202e}".into()] };
        assert_eq!(custom.to_string(), r"E(a: \u{202e})");
    }

    #[test]
    fn anything_else_is_shown_as_it_is() {
        assert_eq!(decode_revert(&[]).to_string(), "no reason given");
        assert_eq!(decode_revert(&[1, 2]).to_string(), "0x0102");
        let long = Revert::Unknown(vec![0xab; 1 << 20]).to_string();
        assert!(long.len() < 600 && long.ends_with("… (1048576 bytes)"), "{long}");
        let cut_off = [&REASON_SELECTOR[..], &[0xff; 40]].concat();
        assert_eq!(decode_revert(&cut_off), Revert::Unknown(cut_off));
    }
}
