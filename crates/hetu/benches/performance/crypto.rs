//! The cost of the curve operations, which is the lower bound for signatures by a wallet.

use std::hint::black_box;

use hetu::Wallet;
use hetu::chain::identity::{personal_message_hash, recover_address};
use serde::Serialize;
use tokio::time::Instant;

const ROUNDS: usize = 15;
const CALLS: u32 = 200;
/// A message about as long as the base of a request's signature.
const MESSAGE: [u8; 600] = [b'x'; 600];

/// The duration of each operation, in microseconds.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Crypto {
    pub(crate) sign_us: f64,
    pub(crate) recover_us: f64,
}

pub(crate) fn measure() -> Crypto {
    let wallet = Wallet::random();
    let hash = personal_message_hash(&MESSAGE);
    let signature = wallet.sign_hash_sync(&hash);
    let (mut signs, mut recovers) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        signs.push(each(|| {
            black_box(wallet.sign_message_sync(&MESSAGE));
        }));
        recovers.push(each(|| {
            black_box(recover_address(&personal_message_hash(&MESSAGE), &signature).unwrap());
        }));
    }
    Crypto { sign_us: median(signs), recover_us: median(recovers) }
}

fn each(work: impl Fn()) -> f64 {
    let begun = Instant::now();
    (0..CALLS).for_each(|_| work());
    begun.elapsed().as_secs_f64() * 1e6 / f64::from(CALLS)
}

pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
