//! A node that imitates other nodes: each request gets the next dialect of those in public reports,
//! and each test starts with another one.

mod envelopes;
mod refusals;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

pub(crate) use self::envelopes::{ENVELOPES, Envelope};
use self::refusals::words_of_refusal;
pub(crate) use self::refusals::{REVERTS, reverted};

use crate::faulty_node::Fault;

/// The longest range of blocks for which the node returns logs.
const LOG_RANGE: u64 = 64;
/// The period of pruned states: one read in this many, if it names a block, finds its state pruned.
const PRUNED_EVERY: usize = 7;

/// The HTTP statuses of error answers.
pub(crate) const STATUSES: [&str; 6] = [
    "200 OK",
    "400 Bad Request",
    "403 Forbidden",
    "413 Content Too Large",
    "500 Internal Server Error",
    "503 Service Unavailable",
];

const WIDE_RANGE: [(i32, &str); 5] = [
    (-32_000, "range 1000 exceeds limit of 500"),
    (35, "ranges over 500 blocks are not supported on freetier"),
    (-32_602, "query exceeds max results 20000"),
    (-32_005, "query timeout exceeded"),
    (-32_603, "query timeout of 10 seconds exceeded"),
];

const PRUNED: [&str; 4] = [
    "missing trie node 5a1b (path ) state 0x5a1b is not available, not found",
    "historical state is not available",
    "required historical state unavailable (reexec=128)",
    "World state unavailable",
];

/// The dialects of one node. A choice that a real node makes once, such as whether it accepts
/// hashes of blocks, is the same for all requests.
pub(crate) struct DialectNode {
    seed: usize,
    requests: AtomicUsize,
    takes_block_hashes: bool,
    /// The member of calls that the node ignores.
    ignored: &'static str,
}

impl DialectNode {
    /// Returns the node of the test that runs on this thread. It is the same at each run.
    pub(crate) fn of_this_test() -> Self {
        let mut hasher = DefaultHasher::new();
        std::thread::current().name().hash(&mut hasher);
        let seed = usize::try_from(hasher.finish() % 10_007).unwrap();
        Self {
            seed,
            requests: AtomicUsize::new(0),
            takes_block_hashes: seed.is_multiple_of(2),
            ignored: if seed % 4 < 2 { "input" } else { "data" },
        }
    }

    pub(crate) fn into_faults(self) -> impl Fn(&Value) -> Fault + Send + Sync + 'static {
        move |request| self.fault(request)
    }

    fn fault(&self, request: &Value) -> Fault {
        let count = self.requests.fetch_add(1, Ordering::Relaxed);
        let turn = self.seed + count;
        let calls = request.as_array().cloned().unwrap_or_else(|| vec![request.clone()]);
        let is_batch = request.is_array();
        let takes_block_hashes = self.takes_block_hashes;
        let is_pruned = !is_batch && count % PRUNED_EVERY == PRUNED_EVERY - 1;
        Fault::Rewrite {
            request: self.heard(request),
            answer: Box::new(move |mut answer| {
                let envelope = ENVELOPES[turn % ENVELOPES.len()];
                let mut is_error = false;
                let answers = match &mut answer {
                    Value::Array(answers) => answers.as_mut_slice(),
                    single => std::slice::from_mut(single),
                };
                for answer in answers {
                    let call = calls.iter().find(|call| call["id"] == answer["id"]).unwrap();
                    if let Some(error) = refused(call, turn, takes_block_hashes, is_pruned) {
                        *answer = json!({ "jsonrpc": "2.0", "id": call["id"], "error": error });
                    } else if answer.get("error").is_some() {
                        translate(call, &mut answer["error"], turn);
                    }
                    is_error |= answer.get("error").is_some();
                    envelope.put_on(answer, is_batch);
                }
                let status = if is_error && !is_batch { turn % STATUSES.len() } else { 0 };
                (STATUSES[status], envelope.text(&answer, is_batch))
            }),
        }
    }

    /// Returns the request as the node understands it.
    fn heard(&self, request: &Value) -> Value {
        let mut request = request.clone();
        let calls = match &mut request {
            Value::Array(calls) => calls.as_mut_slice(),
            call => std::slice::from_mut(call),
        };
        for call in calls {
            if let Some(fields) = call["params"].get_mut(0).and_then(Value::as_object_mut) {
                fields.remove(self.ignored);
            }
        }
        request
    }
}

/// Returns the error for a call that the node does not answer, or `None`.
fn refused(call: &Value, turn: usize, takes_block_hashes: bool, is_pruned: bool) -> Option<Value> {
    let params = &call["params"];
    if !takes_block_hashes && params[1].get("blockHash").is_some() {
        let message =
            "invalid argument 1: json: cannot unmarshal object into Go value of type string";
        return Some(json!({ "code": -32_602, "message": message }));
    }
    if call["method"] == "eth_getLogs" && blocks_of(&params[0]) > LOG_RANGE {
        let (code, message) = WIDE_RANGE[turn % WIDE_RANGE.len()];
        return Some(json!({ "code": code, "message": message }));
    }
    if is_pruned && call["method"] == "eth_call" && params[1] != "latest" {
        let message = PRUNED[turn % PRUNED.len()];
        return Some(json!({ "code": -32_000, "message": message }));
    }
    None
}

pub(crate) fn blocks_of(filter: &Value) -> u64 {
    let height = |name: &str| {
        let text = filter.get(name)?.as_str()?.strip_prefix("0x")?;
        u64::from_str_radix(text, 16).ok()
    };
    match (height("fromBlock"), height("toBlock")) {
        (Some(from), Some(to)) => to - from + 1,
        _ => 1,
    }
}

/// Translates the devnet's error to the words of another node.
fn translate(call: &Value, error: &mut Value, turn: usize) {
    let message = error["message"].as_str().unwrap_or_default().to_owned();
    if call["method"] == "eth_sendRawTransaction" {
        if let Some(words) = words_of_refusal(&message, turn) {
            error["message"] = json!(words);
        }
    } else if let Some(data) = error["data"].as_str().map(str::to_owned) {
        *error = reverted(REVERTS[turn % REVERTS.len()], &data);
    }
}
