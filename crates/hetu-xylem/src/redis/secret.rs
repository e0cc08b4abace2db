//! The encryption of sessions, which hides them from readers of Redis.

use std::fmt;

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{Key, KeyInit, XChaCha20Poly1305, XNonce};
use hetu_chain::Wallet;
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::RedisError;

const NONCE_BYTES: usize = 24;

/// A secret that all replicas of a miner know and Redis does not. It encrypts the sessions, so that
/// a reader of Redis, or of a copy of its files, obtains no key.
#[derive(Clone)]
pub struct SessionSecret(Zeroizing<[u8; 32]>);

impl SessionSecret {
    /// Creates a secret of 32 random bytes, the same for each replica.
    pub fn new(secret: [u8; 32]) -> Self {
        Self(Zeroizing::new(secret))
    }

    /// Derives a secret from the key of the miner's wallet, which each replica has (HKDF with
    /// SHA-256, RFC 5869). The secret does not reveal the key.
    pub fn of_wallet(wallet: &Wallet) -> Self {
        Self(derive(&*wallet.secret_bytes(), "hetu-xylem secret of sessions 1"))
    }

    /// Returns the seal of the sessions of one miner.
    pub(super) fn seal(&self, owner: &str) -> Seal {
        let key = derive(&*self.0, &format!("hetu-xylem seal of sessions 1\n{owner}"));
        Seal(XChaCha20Poly1305::new(Key::from_slice(&*key)))
    }
}

impl fmt::Debug for SessionSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SessionSecret(..)")
    }
}

fn derive(secret: &[u8], purpose: &str) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0; 32]);
    #[expect(clippy::expect_used, reason = "HKDF makes up to 255 times 32 bytes")]
    Hkdf::<Sha256>::new(None, secret).expand(purpose.as_bytes(), &mut *key).expect("32 bytes");
    key
}

/// A seal that encrypts and decrypts stored values, each bound to its own name
/// (XChaCha20-Poly1305).
#[derive(Clone)]
pub(super) struct Seal(XChaCha20Poly1305);

impl Seal {
    pub(super) fn close(&self, name: &str, content: &[u8]) -> Result<Vec<u8>, RedisError> {
        let mut nonce = [0; NONCE_BYTES];
        getrandom::fill(&mut nonce).map_err(|_| RedisError::NoRandomness)?;
        let payload = Payload { msg: content, aad: name.as_bytes() };
        #[expect(clippy::expect_used, reason = "it fails beyond 256 GiB alone")]
        let sealed = self.0.encrypt(XNonce::from_slice(&nonce), payload).expect("some bytes");
        Ok([&nonce[..], &sealed].concat())
    }

    /// Returns the content, or `None` if this miner did not seal it under this name.
    pub(super) fn open(&self, name: &str, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>()?;
        let payload = Payload { msg: sealed, aad: name.as_bytes() };
        self.0.decrypt(XNonce::from_slice(nonce), payload).ok().map(Zeroizing::new)
    }
}

impl fmt::Debug for Seal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Seal(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sealed_opens_under_its_secret_owner_and_name_alone() {
        let secret = SessionSecret::new([7; 32]);
        let seal = secret.seal("owner");
        let sealed = seal.close("name", b"content").unwrap();
        assert!(!sealed.windows(7).any(|window| window == b"content"));
        assert_ne!(seal.close("name", b"content").unwrap(), sealed);
        assert_eq!(&**secret.seal("owner").open("name", &sealed).unwrap(), b"content");

        assert!(seal.open("other", &sealed).is_none());
        assert!(secret.seal("other").open("name", &sealed).is_none());
        assert!(SessionSecret::new([8; 32]).seal("owner").open("name", &sealed).is_none());
        for length in 0..sealed.len() {
            assert!(seal.open("name", &sealed[..length]).is_none(), "{length}");
        }
        for position in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[position] ^= 1;
            assert!(seal.open("name", &changed).is_none(), "{position}");
        }
    }

    #[test]
    fn replicas_with_the_same_wallet_have_the_same_secret_and_it_is_not_the_key() {
        let wallet = |byte| Wallet::from_secret_bytes(&[byte; 32]).unwrap();
        let secret = SessionSecret::of_wallet(&wallet(1));
        assert_eq!(*secret.0, *SessionSecret::of_wallet(&wallet(1)).0);
        assert_ne!(*secret.0, *SessionSecret::of_wallet(&wallet(2)).0);
        assert_ne!(*secret.0, [1; 32]);
        assert_eq!(format!("{secret:?}"), "SessionSecret(..)");
    }
}
