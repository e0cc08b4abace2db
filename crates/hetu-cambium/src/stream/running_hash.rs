//! The hash that links each event to all previous ones, and the signed end of a stream.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::event::StreamEvent;

/// The hash over the head of a reply and its events so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RunningHash([u8; 32]);

impl RunningHash {
    /// Returns a hasher for the signature base of the head.
    pub(super) fn head_hasher() -> Sha256 {
        Sha256::new_with_prefix("hetu-cambium stream 1\n")
    }

    /// Returns the hash of a stream without events. `hasher` has received its signature base.
    pub(super) fn of_head(hasher: Sha256) -> Self {
        Self(hasher.finalize().into())
    }

    pub(super) fn add(&mut self, event: &StreamEvent) {
        let mut hasher = Sha256::new();
        hasher.update(self.0);
        hasher.update(event.kind.as_str());
        hasher.update("\n");
        hasher.update(&*event.data);
        self.0 = hasher.finalize().into();
    }

    fn to_text(&self) -> String {
        STANDARD.encode(self.0)
    }
}

/// The outcome of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum StreamOutcome {
    Complete,
    Failed,
}

/// The data of the last event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StreamEnd {
    pub(super) events: u64,
    pub(super) outcome: StreamOutcome,
    hash: String,
    signature: String,
}

impl StreamEnd {
    /// Returns the text that the miner signs at the end.
    pub(super) fn text(events: u64, outcome: StreamOutcome, hash: &RunningHash) -> String {
        let outcome = match outcome {
            StreamOutcome::Complete => "complete",
            StreamOutcome::Failed => "failed",
        };
        format!("hetu-cambium stream end\n{events}\n{outcome}\n{}", hash.to_text())
    }

    pub(super) fn new(
        events: u64,
        outcome: StreamOutcome,
        hash: &RunningHash,
        signature: &[u8],
    ) -> Self {
        Self { events, outcome, hash: hash.to_text(), signature: STANDARD.encode(signature) }
    }

    pub(super) fn is_of(&self, hash: &RunningHash) -> bool {
        self.hash == hash.to_text()
    }

    pub(super) fn signature(&self) -> Option<Vec<u8>> {
        STANDARD.decode(&self.signature).ok()
    }
}
