//! scrypt with an n that RFC 7914 forbids for blocks of that size.
//!
//! The RFC asks for n < 2^(16·r), and the scrypt crate, like OpenSSL, refuses what is not. Early
//! versions of eth_account and the second vector of the Web3 Secret Storage definition have
//! n = 2^18 and r = 1. The function is defined for them as well: the bound only says that a block
//! cannot name more than 2^128 positions, and is stricter than that.

use hmac::Hmac;
use pbkdf2::pbkdf2;
use sha2::Sha256;
use zeroize::Zeroizing;

/// Words of a Salsa20 block.
const WORDS: usize = 16;
const BLOCK_BYTES: usize = 64;

type Block = [u32; WORDS];

/// The parameters of a derivation, checked by the caller: the function takes 128·r·(n + p) bytes,
/// and n is a power of two.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parameters {
    pub(super) n: usize,
    pub(super) r: usize,
    pub(super) p: usize,
}

/// Derives a key from `password`.
///
/// # Errors
/// The length of `derived` is refused by PBKDF2.
pub(super) fn scrypt(
    password: &[u8],
    salt: &[u8],
    parameters: Parameters,
    derived: &mut [u8],
) -> Result<(), hmac::digest::InvalidLength> {
    let Parameters { n, r, p } = parameters;
    let mut lanes = Zeroizing::new(vec![0; 2 * BLOCK_BYTES * r * p]);
    pbkdf2::<Hmac<Sha256>>(password, salt, 1, &mut lanes)?;
    let mut memory = Zeroizing::new(vec![[0; WORDS]; n * 2 * r]);
    for lane in lanes.chunks_exact_mut(2 * BLOCK_BYTES * r) {
        mix(lane, &mut memory, n);
    }
    pbkdf2::<Hmac<Sha256>>(password, &lanes, 1, derived)
}

/// scryptROMix, with `memory` for n lanes.
fn mix(lane: &mut [u8], memory: &mut [Block], n: usize) {
    let mut blocks = Zeroizing::new(lane.chunks_exact(BLOCK_BYTES).map(read).collect::<Vec<_>>());
    let mut scratch = blocks.clone();
    for place in memory.chunks_exact_mut(blocks.len()) {
        place.copy_from_slice(&blocks);
        mix_blocks(&mut blocks, &mut scratch);
    }
    for _ in 0..n {
        // n is a power of two that fits into 32 bits, as its memory is bounded.
        let index = blocks.last().map_or(0, |block| block[0] as usize) & (n - 1);
        let place = memory.chunks_exact(blocks.len()).nth(index).unwrap_or_default();
        for (block, remembered) in blocks.iter_mut().zip(place) {
            add(block, remembered);
        }
        mix_blocks(&mut blocks, &mut scratch);
    }
    for (bytes, block) in lane.chunks_exact_mut(BLOCK_BYTES).zip(blocks.iter()) {
        for (bytes, word) in bytes.chunks_exact_mut(4).zip(block) {
            bytes.copy_from_slice(&word.to_le_bytes());
        }
    }
}

/// scryptBlockMix: the even results come first.
fn mix_blocks(blocks: &mut [Block], mixed: &mut [Block]) {
    let mut state = blocks.last().copied().unwrap_or_default();
    let half = blocks.len() / 2;
    for (index, block) in blocks.iter().enumerate() {
        add(&mut state, block);
        salsa20_8(&mut state);
        mixed[index / 2 + (index % 2) * half] = state;
    }
    blocks.copy_from_slice(mixed);
}

fn read(bytes: &[u8]) -> Block {
    let mut block = [0; WORDS];
    for (word, bytes) in block.iter_mut().zip(bytes.chunks_exact(4)) {
        *word = bytes.iter().rev().fold(0, |word, byte| word << 8 | u32::from(*byte));
    }
    block
}

fn add(block: &mut Block, other: &Block) {
    for (word, other) in block.iter_mut().zip(other) {
        *word ^= other;
    }
}

/// The Salsa20 core with 8 rounds (RFC 7914, section 3).
fn salsa20_8(block: &mut Block) {
    const QUARTERS: [[usize; 4]; 8] = [
        [0, 4, 8, 12],
        [5, 9, 13, 1],
        [10, 14, 2, 6],
        [15, 3, 7, 11],
        [0, 1, 2, 3],
        [5, 6, 7, 4],
        [10, 11, 8, 9],
        [15, 12, 13, 14],
    ];
    let mut state = *block;
    for _ in 0..4 {
        for [a, b, c, d] in QUARTERS {
            state[b] ^= state[a].wrapping_add(state[d]).rotate_left(7);
            state[c] ^= state[b].wrapping_add(state[a]).rotate_left(9);
            state[d] ^= state[c].wrapping_add(state[b]).rotate_left(13);
            state[a] ^= state[d].wrapping_add(state[c]).rotate_left(18);
        }
    }
    for (word, mixed) in block.iter_mut().zip(state) {
        *word = word.wrapping_add(mixed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Early versions of eth_account wrote key files whose n is too large for their r. The expected
    // bytes are those of an implementation in Python.
    #[test]
    fn scrypt_of_early_eth_account_has_known_value() {
        let mut derived = [0; 32];
        scrypt(b"password", b"NaCl", Parameters { n: 1 << 17, r: 1, p: 1 }, &mut derived).unwrap();
        let expected = "2705ec857bcfc3a8cb54d2dfb7dfd96efea3f4509179dfb9534257b44db29425";
        assert_eq!(hex::encode(derived), expected);
        assert!(scrypt::Params::new(17, 1, 1, 32).is_err(), "the crate refuses it");
    }

    #[test]
    fn scrypt_equals_crate_where_rfc_allows_parameters() {
        for (log_n, r, p) in [(1, 1, 1), (4, 1, 1), (10, 8, 2), (15, 1, 3), (3, 5, 4), (1, 64, 2)] {
            let (mut own, mut expected) = ([0; 64], [0; 64]);
            let parameters = Parameters { n: 1 << log_n, r, p };
            scrypt(b"password", b"NaCl", parameters, &mut own).unwrap();
            let [r, p] = [r, p].map(|value| u32::try_from(value).unwrap());
            let parameters = scrypt::Params::new(log_n, r, p, 64).unwrap();
            scrypt::scrypt(b"password", b"NaCl", &parameters, &mut expected).unwrap();
            assert_eq!(own, expected, "{log_n} {r} {p}");
        }
    }
}
