//! The code of contracts that is sent along with calls.

use serde::Deserialize;

#[derive(Deserialize)]
struct Artifact {
    #[serde(alias = "deployedBytecode")]
    bytecode: String,
}

/// Returns the code in an artifact of this crate.
#[expect(clippy::expect_used, reason = "a file of this crate, read by a test")]
pub(super) fn code(json: &str) -> Vec<u8> {
    let Artifact { bytecode } = serde_json::from_str(json).expect("the artifact is JSON");
    hex::decode(bytecode.trim_start_matches("0x")).expect("the bytecode is hexadecimal")
}
