//! Keys of a session, and the codes made with them.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hetu_chain::NetUid;
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::Zeroizing;

use super::SessionId;
use crate::message_signature::BaseSink;
use crate::{AccountId, RandomnessUnavailable};

/// The public key of one side of the handshake: an X25519 key (RFC 7748), as 43 characters of
/// base64url.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct SessionPublicKey([u8; 32]);

impl SessionPublicKey {
    /// Returns the 32 bytes of the key.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for SessionPublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for SessionPublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SessionPublicKey({self})")
    }
}

impl TryFrom<String> for SessionPublicKey {
    type Error = InvalidSessionKey;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| InvalidSessionKey)?;
        bytes.try_into().map(Self).map_err(|_| InvalidSessionKey)
    }
}

impl From<SessionPublicKey> for String {
    fn from(key: SessionPublicKey) -> Self {
        key.to_string()
    }
}

/// A text that is not an X25519 public key, or a key that would reveal the secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a session key: expected an X25519 public key as 43 characters of base64url")]
pub struct InvalidSessionKey;

/// The secret of one side of a handshake. It is used once and cleared from memory.
pub(crate) struct EphemeralSecret(StaticSecret);

impl EphemeralSecret {
    pub(crate) fn random() -> Result<Self, RandomnessUnavailable> {
        let mut bytes = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *bytes).map_err(|_| RandomnessUnavailable)?;
        Ok(Self::from_bytes(*bytes))
    }

    pub(crate) fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(StaticSecret::from(bytes))
    }

    pub(crate) fn public_key(&self) -> SessionPublicKey {
        SessionPublicKey(PublicKey::from(&self.0).to_bytes())
    }
}

impl fmt::Debug for EphemeralSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("EphemeralSecret(..)")
    }
}

/// The values that both sides of a session know besides its secret. The keys are derived from all
/// of them, so that peers with different values share no key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SessionContext {
    pub(crate) id: SessionId,
    pub(crate) caller: AccountId,
    pub(crate) miner: AccountId,
    pub(crate) netuid: NetUid,
    pub(crate) caller_key: SessionPublicKey,
    pub(crate) miner_key: SessionPublicKey,
}

/// The keys of both directions.
pub(crate) struct SessionKeys {
    pub(crate) request: Zeroizing<[u8; 32]>,
    pub(crate) reply: Zeroizing<[u8; 32]>,
}

impl SessionKeys {
    /// Derives the keys (HKDF with SHA-256, RFC 5869) from the secret that `secret` shares with the
    /// owner of `peer`.
    pub(crate) fn derive(
        secret: &EphemeralSecret,
        peer: &SessionPublicKey,
        context: &SessionContext,
    ) -> Result<Self, InvalidSessionKey> {
        let shared = secret.0.diffie_hellman(&PublicKey::from(peer.0));
        if !shared.was_contributory() {
            return Err(InvalidSessionKey);
        }
        let SessionContext { id, caller, miner, netuid, caller_key, miner_key } = context;
        let info = format!(
            "hetu-cambium session 1\n{caller}\n{miner}\n{netuid}\n{caller_key}\n{miner_key}"
        );
        let mut output = Zeroizing::new([0; 64]);
        let expander = Hkdf::<Sha256>::new(Some(id.as_bytes()), shared.as_bytes());
        #[expect(clippy::expect_used, reason = "HKDF makes up to 255 times 32 bytes")]
        expander.expand(info.as_bytes(), &mut *output).expect("64 bytes");
        let mut keys = Self { request: Zeroizing::new([0; 32]), reply: Zeroizing::new([0; 32]) };
        keys.request.copy_from_slice(&output[..32]);
        keys.reply.copy_from_slice(&output[32..]);
        Ok(keys)
    }
}

impl fmt::Debug for SessionKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SessionKeys(..)")
    }
}

/// A maker of the code of a text that arrives in pieces (RFC 9421, section 3.3.3).
///
/// hmac 0.12, hkdf 0.12 and sha2 0.10 cannot clear their states, and newer versions would add a
/// second set beside those of ethers. The keys themselves are zeroized. A state that was derived
/// from a key stays on the stack until it is overwritten.
pub(crate) struct CodeMaker(Hmac<Sha256>);

impl CodeMaker {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
        Self(Hmac::new_from_slice(key).expect("a key"))
    }

    /// Returns the code of the written text.
    pub(crate) fn finish(self) -> [u8; 32] {
        self.0.finalize().into_bytes().into()
    }

    /// Returns `true` if `code` is the code of the written text. Compares in constant time.
    pub(crate) fn verify(self, code: &[u8]) -> bool {
        self.0.verify_slice(code).is_ok()
    }
}

impl BaseSink for CodeMaker {
    fn write(&mut self, piece: &[u8]) {
        self.0.update(piece);
    }
}

/// Returns the code of `text` under `key`.
pub(crate) fn make_code(key: &[u8; 32], text: &[u8]) -> [u8; 32] {
    let mut maker = CodeMaker::new(key);
    maker.write(text);
    maker.finish()
}

/// Returns `true` if `code` is the code of `text` under `key`.
pub(crate) fn is_code(key: &[u8; 32], text: &[u8], code: &[u8]) -> bool {
    let mut maker = CodeMaker::new(key);
    maker.write(text);
    maker.verify(code)
}

#[cfg(test)]
mod tests {
    use hetu_chain::{Address, ChainId};

    use super::*;

    fn context(caller_key: SessionPublicKey, miner_key: SessionPublicKey) -> SessionContext {
        let account = |byte| AccountId::new(ChainId::new(1), Address::new([byte; 20]));
        SessionContext {
            id: SessionId::random().unwrap(),
            caller: account(1),
            miner: account(2),
            netuid: NetUid::new(1),
            caller_key,
            miner_key,
        }
    }

    #[test]
    fn both_sides_derive_the_same_keys_from_the_same_context_alone() {
        let [caller, miner] = [1, 2].map(|byte| EphemeralSecret::from_bytes([byte; 32]));
        let context = context(caller.public_key(), miner.public_key());
        let derive = |context: &SessionContext| {
            let keys = SessionKeys::derive(&caller, &miner.public_key(), context).unwrap();
            (*keys.request, *keys.reply)
        };
        let theirs = SessionKeys::derive(&miner, &caller.public_key(), &context).unwrap();
        assert_eq!(derive(&context), (*theirs.request, *theirs.reply));
        assert_ne!(*theirs.request, *theirs.reply);

        let elsewhere = SessionContext { netuid: NetUid::new(2), ..context };
        let swapped = SessionContext { caller: context.miner, miner: context.caller, ..context };
        let other = SessionContext { id: SessionId::random().unwrap(), ..context };
        for different in [elsewhere, swapped, other] {
            assert_ne!(derive(&different), derive(&context));
        }
    }

    #[test]
    fn a_key_that_leaves_no_secret_is_refused() {
        let secret = EphemeralSecret::random().unwrap();
        let zero = SessionPublicKey([0; 32]);
        let context = context(secret.public_key(), zero);
        assert_eq!(SessionKeys::derive(&secret, &zero, &context).err(), Some(InvalidSessionKey));
    }

    #[test]
    fn a_code_is_whole_and_of_its_text() {
        let key = [7; 32];
        let code = make_code(&key, b"text");
        assert!(is_code(&key, b"text", &code));
        assert!(!is_code(&key, b"texts", &code));
        assert!(!is_code(&[8; 32], b"text", &code));
        assert!(!is_code(&key, b"text", &code[..31]));
        assert!(!is_code(&key, b"text", b""));
    }
}
