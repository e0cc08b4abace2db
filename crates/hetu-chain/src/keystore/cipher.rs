//! The cryptography of Web3 Secret Storage V3.

use aes::Aes128;
use aes::cipher::{KeyIvInit, StreamCipher};
use ctr::Ctr128BE;
use hmac::Hmac;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use sha3::{Digest, Keccak256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::{KeystoreError, Password, small_blocks};

const DERIVED_LENGTH: usize = 32;
const MAC_LENGTH: usize = 32;
/// The memory limit of a file's key derivation, 128·r·(n + p) bytes: four times the memory of
/// geth's.
const MAX_SCRYPT_MEMORY: u64 = 1 << 30;
/// The work limit of a file's key derivation, as n·r·p: eight times the work of geth's, or about
/// ten seconds.
const MAX_SCRYPT_WORK: u64 = 1 << 24;
const MAX_PBKDF2_ROUNDS: u32 = 10_000_000;
/// Writers use 16 or 32 bytes.
const MAX_SALT_LENGTH: usize = 256;

/// The work for each guess of a password, as scrypt parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScryptCost {
    log_n: u8,
    parallelism: u32,
}

impl ScryptCost {
    /// N = 2^18, r = 8, p = 1, the values of geth and eth_account: about a second and 256 MiB.
    pub const STANDARD: Self = Self { log_n: 18, parallelism: 1 };
    /// N = 2^12, r = 8, p = 6, geth's light setting: milliseconds, for keys without value.
    pub const LIGHT: Self = Self { log_n: 12, parallelism: 6 };
}

impl Default for ScryptCost {
    fn default() -> Self {
        Self::STANDARD
    }
}

/// The member `crypto` of a key file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Sealed {
    cipher: String,
    cipherparams: CipherParams,
    ciphertext: HexBytes,
    #[serde(flatten)]
    derivation: Derivation,
    mac: HexBytes,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct CipherParams {
    iv: HexBytes,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kdf", content = "kdfparams", rename_all = "lowercase")]
enum Derivation {
    Scrypt { dklen: usize, n: u64, p: u32, r: u32, salt: HexBytes },
    Pbkdf2 { c: u32, dklen: usize, prf: String, salt: HexBytes },
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
struct HexBytes(Vec<u8>);

impl TryFrom<String> for HexBytes {
    type Error = hex::FromHexError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        hex::decode(text.strip_prefix("0x").unwrap_or(&text)).map(Self)
    }
}

impl From<HexBytes> for String {
    fn from(bytes: HexBytes) -> Self {
        hex::encode(bytes.0)
    }
}

impl Sealed {
    /// Encrypts `secret` under `password`, with a new random salt and initial vector.
    pub(super) fn seal(
        secret: &[u8; 32],
        password: &Password,
        cost: ScryptCost,
    ) -> Result<Self, KeystoreError> {
        let salt: [u8; 32] = random()?;
        let iv: [u8; 16] = random()?;
        let derivation = Derivation::Scrypt {
            dklen: DERIVED_LENGTH,
            n: 1 << cost.log_n,
            p: cost.parallelism,
            r: 8,
            salt: HexBytes(salt.to_vec()),
        };
        let derived = derivation.derive(password)?;
        let mut ciphertext = secret.to_vec();
        apply_keystream(&derived, &iv, &mut ciphertext);
        Ok(Self {
            cipher: "aes-128-ctr".into(),
            cipherparams: CipherParams { iv: HexBytes(iv.to_vec()) },
            mac: HexBytes(authenticate(&derived, &ciphertext).to_vec()),
            ciphertext: HexBytes(ciphertext),
            derivation,
        })
    }

    /// Decrypts the secret key.
    pub(super) fn open(&self, password: &Password) -> Result<Zeroizing<[u8; 32]>, KeystoreError> {
        if self.cipher != "aes-128-ctr" {
            return Err(KeystoreError::malformed(format!("unknown cipher {}", self.cipher)));
        }
        let iv: &[u8; 16] =
            self.cipherparams.iv.0.as_slice().try_into().map_err(|_| {
                KeystoreError::malformed("the initial vector does not have 16 bytes")
            })?;
        if self.mac.0.len() != MAC_LENGTH {
            return Err(KeystoreError::malformed("the mac does not have 32 bytes"));
        }
        // Some programs omitted the leading zeros of a key.
        let length = self.ciphertext.0.len();
        if !(1..=32).contains(&length) {
            return Err(KeystoreError::malformed("the ciphertext does not have 32 bytes"));
        }
        let derived = self.derivation.derive(password)?;
        if !bool::from(authenticate(&derived, &self.ciphertext.0).ct_eq(&self.mac.0)) {
            return Err(KeystoreError::WrongPassword);
        }
        let mut secret = Zeroizing::new([0; 32]);
        secret[32 - length..].copy_from_slice(&self.ciphertext.0);
        apply_keystream(&derived, iv, &mut secret[32 - length..]);
        Ok(secret)
    }
}

impl Derivation {
    fn derive(
        &self,
        password: &Password,
    ) -> Result<Zeroizing<[u8; DERIVED_LENGTH]>, KeystoreError> {
        let mut derived = Zeroizing::new([0; DERIVED_LENGTH]);
        match self {
            Self::Scrypt { dklen, n, p, r, salt } => {
                check_lengths(*dklen, salt)?;
                let cost = CheckedScrypt::new(*n, *r, *p)?;
                cost.derive(password.as_bytes(), &salt.0, derived.as_mut())?;
            }
            Self::Pbkdf2 { c, dklen, prf, salt } => {
                check_lengths(*dklen, salt)?;
                if prf != "hmac-sha256" {
                    return Err(KeystoreError::malformed(format!("unknown prf {prf}")));
                }
                if *c == 0 {
                    return Err(KeystoreError::malformed("c is 0"));
                }
                if *c > MAX_PBKDF2_ROUNDS {
                    let reason = format!("c is {c}, more than {MAX_PBKDF2_ROUNDS} rounds");
                    return Err(KeystoreError::TooCostly { reason });
                }
                pbkdf2::pbkdf2::<Hmac<Sha256>>(password.as_bytes(), &salt.0, *c, derived.as_mut())
                    .map_err(KeystoreError::malformed)?;
            }
        }
        Ok(derived)
    }
}

/// Parameters of scrypt within the bounds.
#[derive(Clone, Copy, Debug)]
struct CheckedScrypt {
    n: u64,
    r: u32,
    p: u32,
}

impl CheckedScrypt {
    /// Checks the cost of the derivation before it allocates any memory.
    fn new(n: u64, r: u32, p: u32) -> Result<Self, KeystoreError> {
        if !n.is_power_of_two() || n < 2 || r == 0 || p == 0 {
            let reason = format!("scrypt has no parameters n = {n}, r = {r}, p = {p}");
            return Err(KeystoreError::malformed(reason));
        }
        let (blocks, lanes) = (u64::from(r), u64::from(p));
        let memory = n.checked_add(lanes).and_then(|units| units.checked_mul(blocks));
        let memory = memory.and_then(|units| units.checked_mul(128));
        let work = n.checked_mul(blocks).and_then(|work| work.checked_mul(lanes));
        match (memory, work) {
            (Some(..=MAX_SCRYPT_MEMORY), Some(..=MAX_SCRYPT_WORK)) => Ok(Self { n, r, p }),
            _ => Err(KeystoreError::TooCostly {
                reason: format!(
                    "n is {n}, r is {r} and p is {p}, where 128·r·(n + p) may be at most \
                     {MAX_SCRYPT_MEMORY} bytes and n·r·p at most {MAX_SCRYPT_WORK}"
                ),
            }),
        }
    }

    fn derive(self, password: &[u8], salt: &[u8], derived: &mut [u8]) -> Result<(), KeystoreError> {
        let Self { n, r, p } = self;
        let log_n = u8::try_from(n.trailing_zeros()).map_err(KeystoreError::malformed)?;
        if let Ok(parameters) = scrypt::Params::new(log_n, r, p, DERIVED_LENGTH) {
            // Without the standard library, the crate's error is only a text.
            return scrypt::scrypt(password, salt, &parameters, derived)
                .map_err(|error| KeystoreError::malformed(error.to_string()));
        }
        let parameters = small_blocks::Parameters {
            n: usize::try_from(n).map_err(KeystoreError::malformed)?,
            r: usize::try_from(r).map_err(KeystoreError::malformed)?,
            p: usize::try_from(p).map_err(KeystoreError::malformed)?,
            memory: usize::try_from(MAX_SCRYPT_MEMORY).unwrap_or(usize::MAX),
        };
        small_blocks::scrypt(password, salt, parameters, derived).map_err(KeystoreError::malformed)
    }
}

fn check_lengths(dklen: usize, salt: &HexBytes) -> Result<(), KeystoreError> {
    if dklen != DERIVED_LENGTH {
        return Err(KeystoreError::malformed(format!("dklen is {dklen} and not 32")));
    }
    let length = salt.0.len();
    if length > MAX_SALT_LENGTH {
        let reason = format!("the salt has {length} bytes, more than {MAX_SALT_LENGTH}");
        return Err(KeystoreError::malformed(reason));
    }
    Ok(())
}

fn apply_keystream(derived: &[u8; DERIVED_LENGTH], iv: &[u8; 16], bytes: &mut [u8]) {
    Ctr128BE::<Aes128>::new(derived[..16].into(), iv.into()).apply_keystream(bytes);
}

fn authenticate(derived: &[u8; DERIVED_LENGTH], ciphertext: &[u8]) -> [u8; 32] {
    Keccak256::new().chain_update(&derived[16..]).chain_update(ciphertext).finalize().into()
}

fn random<const N: usize>() -> Result<[u8; N], KeystoreError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| KeystoreError::Io {
        path: "random source".into(),
        source: error.into(),
    })?;
    Ok(bytes)
}
