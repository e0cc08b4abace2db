//! The command `hetu`.
fn main() {}
