//! Account and contract addresses.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::primitives::keccak256;

/// The 20-byte address of an account or a contract.
///
/// Displayed and serialised with the mixed-case checksum of ERC-55. Parsed with or without it. A
/// mixed-case text with a wrong checksum is refused, because it is a typing error.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Address([u8; 20]);

impl Address {
    /// The zero address, which no key controls.
    pub const ZERO: Self = Self([0; 20]);

    /// Creates the address with these bytes.
    pub const fn new(bytes: [u8; 20]) -> Self {
        Self(bytes)
    }

    /// Returns the 20 bytes of the address.
    pub const fn as_bytes(&self) -> &[u8; 20] {
        &self.0
    }

    /// Returns `true` for [`Address::ZERO`].
    pub fn is_zero(&self) -> bool {
        *self == Self::ZERO
    }

    /// Returns `0x` and 40 lower-case digits, the form in CAIP-10 account identifiers.
    pub fn to_lower_hex(&self) -> String {
        format!("0x{}", hex::encode(self.0))
    }

    fn checksummed_digits(&self) -> String {
        let digits = hex::encode(self.0);
        let hash = keccak256(&digits);
        digits
            .char_indices()
            .map(|(position, digit)| {
                let nibble = hash[position / 2] >> (4 * (1 - position % 2)) & 0xf;
                if nibble >= 8 { digit.to_ascii_uppercase() } else { digit }
            })
            .collect()
    }
}

impl From<[u8; 20]> for Address {
    fn from(bytes: [u8; 20]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&format!("0x{}", self.checksummed_digits()))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        address.to_string()
    }
}

impl TryFrom<String> for Address {
    type Error = InvalidAddress;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl FromStr for Address {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.strip_prefix("0x").ok_or(InvalidAddress::Malformed)?;
        let mut bytes = [0; 20];
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| InvalidAddress::Malformed)?;
        let address = Self(bytes);
        let has_case = |test: fn(&char) -> bool| digits.chars().any(|digit| test(&digit));
        let is_mixed = has_case(char::is_ascii_lowercase) && has_case(char::is_ascii_uppercase);
        if is_mixed && digits != address.checksummed_digits() {
            return Err(InvalidAddress::WrongChecksum);
        }
        Ok(address)
    }
}

/// The reason for which a text is not an address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidAddress {
    /// A text other than `0x` and 40 hexadecimal digits.
    #[error("not an address: expected 0x and 40 hexadecimal digits")]
    Malformed,
    /// Mixed case that does not match the ERC-55 checksum: a digit was mistyped.
    #[error("the address has a wrong checksum: check it for a typing error")]
    WrongChecksum,
}

#[cfg(test)]
mod tests {
    use super::*;

    // The test cases of ERC-55.
    const CHECKSUMMED: [&str; 4] = [
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
        "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
        "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
    ];

    #[test]
    fn checksums_are_those_of_erc_55() {
        for text in CHECKSUMMED {
            let address: Address = text.parse().unwrap();
            assert_eq!(address.to_string(), text);
            assert_eq!(address.to_lower_hex(), text.to_lowercase());
        }
    }

    #[test]
    fn one_case_needs_no_checksum() {
        let lower = CHECKSUMMED[0].to_lowercase();
        let upper = format!("0x{}", CHECKSUMMED[0][2..].to_uppercase());
        assert_eq!(lower.parse::<Address>(), upper.parse::<Address>());
    }

    #[test]
    fn mistyped_addresses_are_refused() {
        let swapped = CHECKSUMMED[0].replace("aA", "Aa");
        assert_eq!(swapped.parse::<Address>(), Err(InvalidAddress::WrongChecksum));
        for text in ["", "0x", "5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0x5aAeb6053F3E94C9"] {
            assert_eq!(text.parse::<Address>(), Err(InvalidAddress::Malformed));
        }
    }
}
