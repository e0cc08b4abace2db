//! Secret keys in memory.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use arc_swap::ArcSwap;
use secp256k1::{Message, Secp256k1, SecretKey, SignOnly};
use zeroize::{Zeroize, Zeroizing};

use super::signature::address_of;
use crate::future::ReadyOrBoxed;
use crate::identity::{SignerError, SigningRequest, personal_message_hash};
use crate::text::without_mark;
use crate::{Address, Signature, Signer};

/// The number of signatures for each blinding of the signing context.
const SIGNATURES_PER_BLINDING: u32 = 4_096;

/// A secp256k1 secret key and its account. Clones share the key.
///
/// The key is erased when the last clone is dropped, and `Debug` never displays it.
#[derive(Clone)]
pub struct Wallet(Arc<Key>);

struct Key {
    secret: SecretKey,
    address: Address,
    context: ArcSwap<Secp256k1<SignOnly>>,
    signatures: AtomicU32,
}

impl Wallet {
    /// Creates a wallet with a random key from the operating system.
    ///
    /// # Panics
    /// If the operating system has no source of randomness.
    pub fn random() -> Self {
        loop {
            // Fewer than one in 2^127 byte strings is not a valid key.
            if let Ok(wallet) = Self::from_secret_bytes(&random_bytes()) {
                return wallet;
            }
        }
    }

    /// Creates the wallet of a 32-byte secret key.
    ///
    /// # Errors
    /// [`InvalidSecretKey`] if the bytes are zero or at least the order of the curve.
    pub fn from_secret_bytes(bytes: &[u8; 32]) -> Result<Self, InvalidSecretKey> {
        let secret = SecretKey::from_byte_array(*bytes).map_err(|_| InvalidSecretKey)?;
        let context = blinded_context();
        let address = address_of(&secret.public_key(&context));
        Ok(Self(Arc::new(Key {
            secret,
            address,
            context: ArcSwap::from_pointee(context),
            signatures: AtomicU32::new(0),
        })))
    }

    /// Returns the account of the wallet.
    pub fn address(&self) -> Address {
        self.0.address
    }

    /// Returns the secret key, for export into an encrypted file. Erased when dropped.
    pub fn secret_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.secret.secret_bytes())
    }

    /// Signs `hash` unchanged: without hashing, prefix or domain.
    ///
    /// The signature is deterministic (RFC 6979): one key and one hash have one signature.
    pub fn sign_hash_sync(&self, hash: &[u8; 32]) -> Signature {
        if self.0.signatures.fetch_add(1, Ordering::Relaxed) % SIGNATURES_PER_BLINDING
            == SIGNATURES_PER_BLINDING - 1
        {
            self.0.context.store(Arc::new(blinded_context()));
        }
        let context = self.0.context.load();
        let signature = context.sign_ecdsa_recoverable(Message::from_digest(*hash), &self.0.secret);
        Signature::from_recoverable(&signature)
    }

    /// Signs `message` under ERC-191, version 0x45 (`personal_sign`).
    pub fn sign_message_sync(&self, message: &[u8]) -> Signature {
        self.sign_hash_sync(&personal_message_hash(message))
    }
}

/// Returns a blinded context. Blinding hides the key from an observer of power or time. A new
/// blinding for each signature would double the cost of signing.
fn blinded_context() -> Secp256k1<SignOnly> {
    let mut context = Secp256k1::signing_only();
    context.seeded_randomize(&random_bytes());
    context
}

fn random_bytes() -> Zeroizing<[u8; 32]> {
    let mut bytes = Zeroizing::new([0; 32]);
    #[expect(clippy::expect_used, reason = "no key is safe on a machine without randomness")]
    getrandom::fill(bytes.as_mut()).expect("the operating system gives no random bytes");
    bytes
}

impl Signer for Wallet {
    fn address(&self) -> Address {
        self.0.address
    }

    fn sign<'request>(
        &'request self,
        request: SigningRequest<'request>,
    ) -> ReadyOrBoxed<'request, Result<Signature, SignerError>> {
        ReadyOrBoxed::ready(Ok(self.sign_hash_sync(&request.hash())))
    }
}

impl FromStr for Wallet {
    type Err = InvalidSecretKey;

    /// Reads 64 hexadecimal digits, with or without `0x`. A leading byte order mark is ignored.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = without_mark(text);
        let digits = text.strip_prefix("0x").unwrap_or(text);
        let mut bytes = Zeroizing::new([0; 32]);
        hex::decode_to_slice(digits, bytes.as_mut()).map_err(|_| InvalidSecretKey)?;
        Self::from_secret_bytes(&bytes)
    }
}

impl fmt::Debug for Wallet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Wallet").field("address", &self.0.address).finish_non_exhaustive()
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        self.secret.non_secure_erase();
        self.signatures.get_mut().zeroize();
    }
}

/// The error of bytes or digits that are not a secret key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a secret key: expected 32 bytes below the order of secp256k1, not all zero")]
pub struct InvalidSecretKey;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::recover_address;

    fn wallet_one() -> Wallet {
        format!("{:064x}", 1).parse().unwrap()
    }

    #[test]
    fn the_key_one_has_the_known_address() {
        assert_eq!(
            wallet_one().address().to_lower_hex(),
            "0x7e5f4552091a69125d5dfcb7b8c2659029395bdf"
        );
    }

    #[test]
    fn signatures_are_deterministic_across_new_blindings() {
        let wallet = wallet_one();
        let first = wallet.sign_hash_sync(&[7; 32]);
        for _ in 0..=SIGNATURES_PER_BLINDING {
            assert_eq!(wallet.sign_hash_sync(&[7; 32]), first);
        }
        assert_eq!(recover_address(&[7; 32], &first), Ok(wallet.address()));
    }

    #[test]
    fn zero_the_curve_order_and_short_text_are_no_keys() {
        let order = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
        for text in [&"0".repeat(64), order, "12", "", "0xzz"] {
            assert_eq!(text.parse::<Wallet>().unwrap_err(), InvalidSecretKey);
        }
    }

    #[test]
    fn debug_shows_no_key() {
        let shown = format!("{:?}", wallet_one());
        assert!(shown.contains("0x7E5F") && !shown.contains("0000000000000001"), "{shown}");
    }
}
