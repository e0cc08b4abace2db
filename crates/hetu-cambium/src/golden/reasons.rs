//! The registry of reasons.

use hetu_chain::Retryable;
use serde::Serialize;

use super::hold_against;
use crate::Reason;

#[derive(Serialize)]
struct ReasonVector {
    reason: &'static str,
    status: u16,
    retryable: bool,
}

fn entries() -> Vec<ReasonVector> {
    let entry = |reason: &Reason| ReasonVector {
        reason: reason.as_str(),
        status: reason.status().as_u16(),
        retryable: reason.retryability().is_retryable(),
    };
    Reason::ALL.iter().map(entry).collect()
}

#[test]
fn the_reasons_are_the_recorded_ones() {
    hold_against("reasons-v1.json", &entries());
}

#[test]
fn the_specification_lists_every_reason_and_no_other() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/protocol/cambium.md");
    let text = std::fs::read_to_string(path).unwrap();
    let table = text.split("\n## 9. Refusals").nth(1).unwrap().split("\n## ").next().unwrap();
    let listed: Vec<_> = table
        .lines()
        .skip_while(|line| *line != "| reason | status | retryable |")
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .collect();
    let made: Vec<_> = entries()
        .iter()
        .map(|ReasonVector { reason, status, retryable }| {
            format!("| `{reason}` | {status} | {} |", if *retryable { "yes" } else { "no" })
        })
        .collect();
    assert_eq!(listed, made);
}
