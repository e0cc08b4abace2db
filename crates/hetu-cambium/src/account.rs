//! Account identifiers, as `keyid` names them.

use std::fmt;
use std::str::FromStr;

use hetu_chain::{Address, ChainId};

/// An account of one chain, `eip155:<chain id>:<address>` (CAIP-10), as `keyid` names it.
///
/// The canonical text has no leading zero in the chain id and only lower-case digits in the
/// address. Any other text is refused (ERC-8128, section 3.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId {
    /// The chain of the account.
    pub chain: ChainId,
    /// The address of the account.
    pub address: Address,
}

impl AccountId {
    /// Creates the id of the account with this address on this chain.
    pub const fn new(chain: ChainId, address: Address) -> Self {
        Self { chain, address }
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "eip155:{}:{}", self.chain, self.address.to_lower_hex())
    }
}

impl FromStr for AccountId {
    type Err = InvalidAccountId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (chain, address) = text
            .strip_prefix("eip155:")
            .and_then(|rest| rest.split_once(':'))
            .ok_or(InvalidAccountId)?;
        let chain = parse_decimal(chain).ok_or(InvalidAccountId)?;
        let has_upper_case = address.bytes().any(|byte| byte.is_ascii_uppercase());
        match address.parse() {
            Ok(address) if !has_upper_case => Ok(Self::new(ChainId::new(chain), address)),
            _ => Err(InvalidAccountId),
        }
    }
}

/// A text that is not a canonical CAIP-10 account of an EVM chain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an account id: expected eip155:<chain id>:<lower-case address>")]
pub struct InvalidAccountId;

/// Parses an address in its wire form: in lower case, or with a correct ERC-55 checksum. An address
/// with capitals only is refused, unless its checksum has no lower-case digit.
pub(crate) fn parse_wire_address(text: &str) -> Option<Address> {
    let address: Address = text.parse().ok()?;
    let has_upper_case = text.bytes().any(|byte| byte.is_ascii_uppercase());
    (!has_upper_case || address.to_string() == text).then_some(address)
}

/// Parses an unsigned decimal number that has neither a sign nor a leading zero.
pub(crate) fn parse_decimal<N: FromStr>(text: &str) -> Option<N> {
    let is_canonical =
        text == "0" || (!text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit()));
    is_canonical.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNT: &str = "eip155:560000:0x7e5f4552091a69125d5dfcb7b8c2659029395bdf";

    #[test]
    fn wire_address_is_lower_case_or_has_correct_checksum() {
        let address: Address = "0x7e5f4552091a69125d5dfcb7b8c2659029395bdf".parse().unwrap();
        for text in [
            "0x7e5f4552091a69125d5dfcb7b8c2659029395bdf",
            "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf",
        ] {
            assert_eq!(parse_wire_address(text), Some(address), "{text}");
        }
        for text in [
            "0x7E5F4552091A69125D5DFCB7B8C2659029395BDF",
            "0x7E5F4552091a69125d5DfCb7b8C2659029395Bdf",
            "0x7e5F4552091A69125d5DfCb7b8C2659029395Bdf",
            "0X7e5f4552091a69125d5dfcb7b8c2659029395bdf",
            "7e5f4552091a69125d5dfcb7b8c2659029395bdf",
        ] {
            assert_eq!(parse_wire_address(text), None, "{text}");
        }
        // The checksum of this address has no lower-case digit, so the capitals are correct.
        let upper = "0xDE709F2102306220921060314715629080E2FB77";
        assert_eq!(parse_wire_address(upper), None);
        let all_caps = "0x52908400098527886E0F7030069857D2E4169EE7";
        assert!(parse_wire_address(all_caps).is_some());
    }

    #[test]
    fn the_canonical_text_survives() {
        let account: AccountId = ACCOUNT.parse().unwrap();
        assert_eq!(account.chain, ChainId::new(560_000));
        assert_eq!(account.to_string(), ACCOUNT);
    }

    #[test]
    fn other_texts_of_the_same_account_are_refused() {
        for text in [
            "",
            "eip155:",
            "eip155:1",
            "eip155:01:0x7e5f4552091a69125d5dfcb7b8c2659029395bdf",
            "eip155:+1:0x7e5f4552091a69125d5dfcb7b8c2659029395bdf",
            "eip155::0x7e5f4552091a69125d5dfcb7b8c2659029395bdf",
            "eip155:1:7e5f4552091a69125d5dfcb7b8c2659029395bdf",
            "eip155:1:0X7e5f4552091a69125d5dfcb7b8c2659029395bdf",
            "eip155:1:0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf",
            "eip155:1:0x7e5f4552091a69125d5dfcb7b8c2659029395bd",
            "eip155:1:0x7e5f4552091a69125d5dfcb7b8c2659029395bdf ",
            "eip155:18446744073709551616:0x7e5f4552091a69125d5dfcb7b8c2659029395bdf",
            "erc8128:1:0x7e5f4552091a69125d5dfcb7b8c2659029395bdf",
        ] {
            assert_eq!(text.parse::<AccountId>(), Err(InvalidAccountId), "{text}");
        }
    }
}
