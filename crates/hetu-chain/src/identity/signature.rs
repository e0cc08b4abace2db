//! Recoverable secp256k1 signatures in the single form of Ethereum accounts.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use secp256k1::ecdsa::{RecoverableSignature, RecoveryId};
use secp256k1::{Message, PublicKey, Secp256k1, VerifyOnly};
use sha3::{Digest, Keccak256};

use crate::Address;
use crate::primitives::keccak256;
use crate::text::without_mark;

static VERIFIER: LazyLock<Secp256k1<VerifyOnly>> = LazyLock::new(Secp256k1::verification_only);

/// Half of the order of the curve: a larger `s` has a smaller twin that is also valid.
const HALF_ORDER: [u8; 32] = [
    0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0x5d, 0x57, 0x6e, 0x73, 0x57, 0xa4, 0x50, 0x1d, 0xdf, 0xe9, 0x2f, 0x46, 0x68, 0x1b, 0x20, 0xa0,
];

/// A signature of 65 bytes, `r ‖ s ‖ v`, with the lower `s` and with 27 or 28 as `v`.
///
/// Other forms are refused, so one message and one key have one valid signature text.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Signature([u8; 65]);

impl Signature {
    /// Reads a signature of exactly 65 bytes.
    ///
    /// # Errors
    /// [`InvalidSignature`] for another length, a high `s` or another `v`.
    pub fn parse(bytes: &[u8]) -> Result<Self, InvalidSignature> {
        let bytes: [u8; 65] = bytes.try_into().map_err(|_| InvalidSignature::Length)?;
        if bytes[32..64] > HALF_ORDER[..] {
            return Err(InvalidSignature::HighS);
        }
        if !matches!(bytes[64], 27 | 28) {
            return Err(InvalidSignature::RecoveryByte);
        }
        Ok(Self(bytes))
    }

    /// Reads a signature in the forms of wallets and libraries: hexadecimal digits with or without
    /// `0x`, also with 0 or 1 as `v`, or compact as in ERC-2098. Messages of the protocol use only
    /// the form that [`Signature::parse`] reads.
    ///
    /// # Errors
    /// The errors of [`Signature::parse`].
    ///
    /// # Examples
    ///
    /// ```
    /// use hetu_chain::{Signature, Wallet};
    ///
    /// let signature = Wallet::random().sign_message_sync(b"hello");
    /// let mut bytes = *signature.as_bytes();
    /// bytes[64] -= 27;
    /// let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    /// assert_eq!(Signature::from_any_wallet(&digits), Ok(signature));
    /// ```
    pub fn from_any_wallet(text: &str) -> Result<Self, InvalidSignature> {
        let text = without_mark(text).trim();
        let digits = text.strip_prefix("0x").unwrap_or(text);
        let mut bytes = hex::decode(digits).map_err(|_| InvalidSignature::Digits)?;
        match bytes.len() {
            64 => {
                let is_odd = bytes[32] >> 7;
                bytes[32] &= 0x7f;
                bytes.push(27 + is_odd);
            }
            65 if bytes[64] < 2 => bytes[64] += 27,
            _ => {}
        }
        Self::parse(&bytes)
    }

    pub(super) fn from_recoverable(signature: &RecoverableSignature) -> Self {
        let (recovery, compact) = signature.serialize_compact();
        let mut bytes = [0; 65];
        bytes[..64].copy_from_slice(&compact);
        bytes[64] = if i32::from(recovery) & 1 == 0 { 27 } else { 28 };
        Self(bytes)
    }

    /// Returns the 65 bytes `r ‖ s ‖ v`.
    pub const fn as_bytes(&self) -> &[u8; 65] {
        &self.0
    }

    /// Returns the first half of the signature, `r`, big-endian.
    pub fn r(&self) -> [u8; 32] {
        let mut r = [0; 32];
        r.copy_from_slice(&self.0[..32]);
        r
    }

    /// Returns the second half of the signature, `s`, big-endian.
    pub fn s(&self) -> [u8; 32] {
        let mut s = [0; 32];
        s.copy_from_slice(&self.0[32..64]);
        s
    }

    /// Returns the last byte of the signature, `v`: 27 or 28.
    pub const fn v(&self) -> u8 {
        self.0[64]
    }

    /// Returns `true` if the nonce point has an odd `y`, the value in typed transactions.
    pub const fn is_y_odd(&self) -> bool {
        self.0[64] == 28
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&format!("0x{}", hex::encode(self.0)))
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl FromStr for Signature {
    type Err = InvalidSignature;

    /// Reads 130 hexadecimal digits after `0x`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.strip_prefix("0x").ok_or(InvalidSignature::Digits)?;
        Self::parse(&hex::decode(digits).map_err(|_| InvalidSignature::Digits)?)
    }
}

/// The error of bytes that are not a valid signature, or not one of any account.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidSignature {
    /// A text that is not hexadecimal bytes.
    #[error("a signature is 0x and 130 hexadecimal digits")]
    Digits,
    /// A length other than 65 bytes.
    #[error("a signature has 65 bytes: r, s and v")]
    Length,
    /// An `s` in the upper half, for which every signature has a malleable twin.
    #[error("the s of the signature is not in the lower half of the curve order")]
    HighS,
    /// A last byte other than 27 or 28.
    #[error("the last byte of a signature is 27 or 28")]
    RecoveryByte,
    /// A signature that no public key produces over this hash.
    #[error("no account can have made this signature")]
    Unrecoverable,
}

/// Returns the hash that wallets sign for `message` under ERC-191, version 0x45 (`personal_sign`).
pub fn personal_message_hash(message: &[u8]) -> [u8; 32] {
    let mut hasher = PersonalMessageHasher::new(message.len());
    hasher.update(message);
    hasher.finalize()
}

/// A hasher of one ERC-191 message (version 0x45) that arrives in pieces.
///
/// The hash covers the length of the message before the message, so the length has to be known
/// first. The message itself is never stored.
#[derive(Clone)]
pub struct PersonalMessageHasher(Keccak256);

impl PersonalMessageHasher {
    /// Starts the hash of a message of `length` bytes.
    pub fn new(length: usize) -> Self {
        let mut hasher = Keccak256::new();
        hasher.update(b"\x19Ethereum Signed Message:\n");
        hasher.update(length.to_string());
        Self(hasher)
    }

    /// Adds the next piece of the message.
    pub fn update(&mut self, piece: &[u8]) {
        self.0.update(piece);
    }

    /// Returns the hash. It is valid only if the pieces together have the announced length.
    pub fn finalize(self) -> [u8; 32] {
        self.0.finalize().into()
    }
}

impl fmt::Debug for PersonalMessageHasher {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PersonalMessageHasher(..)")
    }
}

/// Returns the address of the key that made `signature` over `hash`.
///
/// # Errors
/// [`InvalidSignature::Unrecoverable`] if there is none.
pub fn recover_address(
    hash: &[u8; 32],
    signature: &Signature,
) -> Result<Address, InvalidSignature> {
    let recovery = if signature.is_y_odd() { RecoveryId::One } else { RecoveryId::Zero };
    RecoverableSignature::from_compact(&signature.0[..64], recovery)
        .and_then(|signature| VERIFIER.recover_ecdsa(Message::from_digest(*hash), &signature))
        .map(|key| address_of(&key))
        .map_err(|_| InvalidSignature::Unrecoverable)
}

pub(super) fn address_of(key: &PublicKey) -> Address {
    let hash = keccak256(&key.serialize_uncompressed()[1..]);
    let mut address = [0; 20];
    address.copy_from_slice(&hash[12..]);
    Address::new(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    // A message signed by the key 1, and two malleable twins of its signature.
    const HASH: &str = "a7a6074cd2ab23379c04a8839a3566e98689326367a0ad9cd8ef389a961f96de";
    const SIGNATURE: &str = "fc1a444e8b24c64309eb9b9199a3543e20706f0c20eb3dc2c440c92701184442\
        31d47c27f396752fc5e546920b1b1e2af34c9e88dba0633694b153d688f701d01b";

    #[test]
    fn message_in_pieces_has_hash_of_the_whole() {
        let message = [b'x'; 300];
        let mut hasher = PersonalMessageHasher::new(message.len());
        message.chunks(7).for_each(|piece| hasher.update(piece));
        assert_eq!(hasher.finalize(), personal_message_hash(&message));
    }

    fn decode<const N: usize>(text: &str) -> [u8; N] {
        let mut bytes = [0; N];
        hex::decode_to_slice(text.replace(' ', ""), &mut bytes).unwrap();
        bytes
    }

    #[test]
    fn a_signature_names_its_signer() {
        let signature = Signature::parse(&decode::<65>(SIGNATURE)).unwrap();
        let signer = recover_address(&decode(HASH), &signature).unwrap();
        assert_eq!(signer.to_lower_hex(), "0x7e5f4552091a69125d5dfcb7b8c2659029395bdf");
    }

    #[test]
    fn other_forms_of_a_signature_are_refused() {
        let bytes = decode::<65>(SIGNATURE);
        assert_eq!(Signature::parse(&bytes[..64]), Err(InvalidSignature::Length));
        let text = Signature::parse(&bytes).unwrap().to_string();
        assert_eq!(text.parse(), Signature::parse(&bytes));
        for text in ["", "0x", "0xzz", &text[2..], &format!("{text}0")] {
            assert!(text.parse::<Signature>().is_err(), "{text:?}");
        }
        let mut zero_v = bytes;
        zero_v[64] = 0;
        assert_eq!(Signature::parse(&zero_v), Err(InvalidSignature::RecoveryByte));
        let mut high_s = bytes;
        high_s[32] = 0xce;
        assert_eq!(Signature::parse(&high_s), Err(InvalidSignature::HighS));
    }

    #[test]
    fn half_the_order_is_the_largest_s() {
        let mut bytes = decode::<65>(SIGNATURE);
        bytes[32..64].copy_from_slice(&HALF_ORDER);
        assert!(Signature::parse(&bytes).is_ok());
        bytes[63] += 1;
        assert_eq!(Signature::parse(&bytes), Err(InvalidSignature::HighS));
    }
}
