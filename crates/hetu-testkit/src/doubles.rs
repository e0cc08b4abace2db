//! Numbers that test whether JSON encoding keeps every bit.

/// Returns 100,000 finite doubles of all magnitudes, identical in each run.
///
/// The edge cases come first. The rest are splitmix64 values, which need no crate and never change.
pub fn finite_doubles() -> Vec<f64> {
    let mut state = 0_u64;
    let random = std::iter::repeat_with(move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        f64::from_bits(mixed ^ (mixed >> 31))
    });
    let edges = [0.0, -0.0, 0.1, f64::MIN_POSITIVE, f64::from_bits(1), f64::MAX, f64::MIN, 1e23];
    edges.into_iter().chain(random).filter(|number| number.is_finite()).take(100_000).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::finite_doubles;

    #[test]
    fn doubles_are_finite_differ_and_are_the_same_in_each_run() {
        let doubles = finite_doubles();
        assert!(doubles.iter().all(|double| double.is_finite()));
        let different: BTreeSet<_> = doubles.iter().map(|double| double.to_bits()).collect();
        assert_eq!(different.len(), 100_000);
        assert_eq!(doubles, finite_doubles());
    }
}
