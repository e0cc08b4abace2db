//! scrypt with values of n that RFC 7914 forbids for blocks of that size.
//!
//! The RFC requires n < 2^(16·r), and the scrypt crate, like OpenSSL, refuses other values. Early
//! versions of eth_account and the second vector of the Web3 Secret Storage definition have n =
//! 2^18 and r = 1. The function is defined for them as well: the bound only expresses that a block
//! cannot address more than 2^128 positions, and is stricter than that.
//!
//! Development builds do not optimise this crate. Therefore the inner functions are unrolled by
//! hand, which takes a tenth of the time in such builds, and threads share the lanes.
//! loops over words, which takes a tenth of the time there, and lanes are shared by threads.

use std::num::NonZero;
use std::thread;

use hmac::Hmac;
use pbkdf2::pbkdf2;
use sha2::Sha256;
use zeroize::Zeroizing;

/// Words of a Salsa20 block.
const WORDS: usize = 16;
const BLOCK_BYTES: usize = 64;

type Block = [u32; WORDS];

/// The parameters of a derivation, checked by the caller: the function uses 128·r·(n + p) bytes or
/// up to `memory`, and n is a power of two.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parameters {
    pub(super) n: usize,
    pub(super) r: usize,
    pub(super) p: usize,
    /// The bytes that all threads may use together. One thread always runs.
    pub(super) memory: usize,
}

/// Derives a key from `password`.
///
/// # Errors
/// The length of `derived` is one that PBKDF2 refuses.
pub(super) fn scrypt(
    password: &[u8],
    salt: &[u8],
    parameters: Parameters,
    derived: &mut [u8],
) -> Result<(), hmac::digest::InvalidLength> {
    let Parameters { r, p, .. } = parameters;
    let mut lanes = Zeroizing::new(vec![0; 2 * BLOCK_BYTES * r * p]);
    pbkdf2::<Hmac<Sha256>>(password, salt, 1, &mut lanes)?;
    mix_lanes(&mut lanes, parameters);
    pbkdf2::<Hmac<Sha256>>(password, &lanes, 1, derived)
}

/// Mixes every lane. The lanes are independent, so threads share them.
fn mix_lanes(lanes: &mut [u8], parameters: Parameters) {
    let Parameters { n, r, p, memory } = parameters;
    let lane_bytes = 2 * BLOCK_BYTES * r;
    let processors = thread::available_parallelism().map_or(1, NonZero::get);
    let threads = processors.min(p).min(memory / (lane_bytes * n)).max(1);
    thread::scope(|scope| {
        for share in lanes.chunks_mut(lane_bytes * p.div_ceil(threads)) {
            scope.spawn(move || {
                let mut memory = Zeroizing::new(vec![[0; WORDS]; n * 2 * r]);
                for lane in share.chunks_exact_mut(lane_bytes) {
                    mix(lane, &mut memory, n);
                }
            });
        }
    });
}

/// Computes scryptROMix, with `memory` for n lanes.
fn mix(lane: &mut [u8], memory: &mut [Block], n: usize) {
    let mut blocks = Zeroizing::new(lane.chunks_exact(BLOCK_BYTES).map(read).collect::<Vec<_>>());
    let mut scratch = blocks.clone();
    let (blocks, scratch) = (blocks.as_mut_slice(), scratch.as_mut_slice());
    let count = blocks.len();
    for place in memory.chunks_exact_mut(count) {
        place.copy_from_slice(blocks);
        mix_blocks(blocks, scratch);
    }
    for _ in 0..n {
        // n is a power of two that fits into 32 bits, because its memory is bounded.
        let place = (blocks[count - 1][0] as usize & (n - 1)) * count;
        for index in 0..count {
            add(&mut blocks[index], &memory[place + index]);
        }
        mix_blocks(blocks, scratch);
    }
    for (bytes, block) in lane.chunks_exact_mut(BLOCK_BYTES).zip(blocks.iter()) {
        for (bytes, word) in bytes.chunks_exact_mut(4).zip(block) {
            bytes.copy_from_slice(&word.to_le_bytes());
        }
    }
}

/// Computes scryptBlockMix: the even results come first.
fn mix_blocks(blocks: &mut [Block], mixed: &mut [Block]) {
    let half = blocks.len() / 2;
    let mut state = blocks[blocks.len() - 1];
    for index in 0..half {
        add(&mut state, &blocks[2 * index]);
        salsa20_8(&mut state);
        mixed[index] = state;
        add(&mut state, &blocks[2 * index + 1]);
        salsa20_8(&mut state);
        mixed[index + half] = state;
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

/// Combines two blocks, word by word.
fn add(block: &mut Block, other: &Block) {
    macro_rules! words {
        ($($word:literal)*) => { $(block[$word] ^= other[$word];)* };
    }
    words!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
}

/// Computes the Salsa20 core with 8 rounds (RFC 7914, section 3).
#[expect(clippy::many_single_char_names, reason = "the words of the matrix, row by row")]
fn salsa20_8(block: &mut Block) {
    macro_rules! quarter {
        ($a:ident $b:ident $c:ident $d:ident) => {
            $b ^= $a.wrapping_add($d).rotate_left(7);
            $c ^= $b.wrapping_add($a).rotate_left(9);
            $d ^= $c.wrapping_add($b).rotate_left(13);
            $a ^= $d.wrapping_add($c).rotate_left(18);
        };
    }
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h, rest @ ..] = *block;
    let [mut i, mut j, mut k, mut l, mut m, mut n, mut o, mut p] = rest;
    for _ in 0..4 {
        quarter!(a e i m);
        quarter!(f j n b);
        quarter!(k o c g);
        quarter!(p d h l);
        quarter!(a b c d);
        quarter!(f g h e);
        quarter!(k l i j);
        quarter!(p m n o);
    }
    let mixed = [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p];
    macro_rules! words {
        ($($word:literal)*) => {
            $(block[$word] = block[$word].wrapping_add(mixed[$word]);)*
        };
    }
    words!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
}

#[cfg(test)]
mod tests {
    use super::*;

    // Early versions of eth_account wrote key files with a value of n that is too large for their
    // r. The expected bytes are those of an implementation in Python.
    #[test]
    fn scrypt_of_early_eth_account_has_known_value() {
        let mut derived = [0; 32];
        scrypt(
            b"password",
            b"NaCl",
            Parameters { n: 1 << 17, r: 1, p: 1, memory: 0 },
            &mut derived,
        )
        .unwrap();
        let expected = "2705ec857bcfc3a8cb54d2dfb7dfd96efea3f4509179dfb9534257b44db29425";
        assert_eq!(hex::encode(derived), expected);
        assert!(scrypt::Params::new(17, 1, 1, 32).is_err(), "the crate refuses it");
    }

    #[test]
    fn scrypt_equals_crate_where_rfc_allows_parameters() {
        for (log_n, r, p) in [(1, 1, 1), (4, 1, 1), (10, 8, 2), (15, 1, 3), (3, 5, 4), (1, 64, 2)] {
            let (mut own, mut shared, mut expected) = ([0; 64], [0; 64], [0; 64]);
            let alone = Parameters { n: 1 << log_n, r, p, memory: 0 };
            scrypt(b"password", b"NaCl", alone, &mut own).unwrap();
            let together = Parameters { memory: usize::MAX, ..alone };
            scrypt(b"password", b"NaCl", together, &mut shared).unwrap();
            assert_eq!(own, shared, "{log_n} {r} {p}");
            let [r, p] = [r, p].map(|value| u32::try_from(value).unwrap());
            let parameters = scrypt::Params::new(log_n, r, p, 64).unwrap();
            scrypt::scrypt(b"password", b"NaCl", &parameters, &mut expected).unwrap();
            assert_eq!(own, expected, "{log_n} {r} {p}");
        }
    }
}
