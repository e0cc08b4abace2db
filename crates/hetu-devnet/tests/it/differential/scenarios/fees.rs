//! Scenarios: gas prices.

use alloy_consensus::TxEip1559;
use serde_json::json;

use crate::differential::kit::{GWEI, signed, signed_by, transfer};
use crate::differential::script::{Scenario, scenario};

pub(super) fn scenarios() -> Vec<Scenario> {
    let busy = |name| {
        let cheap = TxEip1559 { max_priority_fee_per_gas: 7, ..transfer(0) };
        let dear = TxEip1559 { max_priority_fee_per_gas: 3 * GWEI, ..transfer(0) };
        scenario(name)
            .send("alone", signed(transfer(0)))
            .ask("evm_setAutomine", json!([false]))
            .submit("cheap", signed_by(1, cheap))
            .submit("dear", signed_by(2, dear))
            .ask("evm_mine", json!([]))
            .ask("evm_mine", json!([]))
    };
    vec![
        scenario("a price is suggested").ask("eth_gasPrice", json!([])),
        scenario("a tip is suggested").ask("eth_maxPriorityFeePerGas", json!([])),
        scenario("the price of blobs is told").ask("eth_blobBaseFee", json!([])),
        scenario("the suggested price follows the base fee")
            .ask("evm_mine", json!([]))
            .ask("evm_mine", json!([]))
            .ask("eth_gasPrice", json!([])),
        busy("the history of fees has no rewards if none are wanted")
            .ask("eth_feeHistory", json!(["0x2", "latest"]))
            .ask("eth_feeHistory", json!(["0x2", "latest", []]))
            .ask("eth_feeHistory", json!(["0x2", "latest", null])),
        busy("the history of fees tells rewards by percentiles")
            .ask("eth_feeHistory", json!(["0x3", "latest", [10.0, 50.0, 90.0]]))
            .ask("eth_feeHistory", json!(["0x1", "0x2", [0.0, 100.0]])),
        busy("the history of fees is for the block that is named")
            .ask("eth_feeHistory", json!(["0x1", "0x2"]))
            .ask("eth_feeHistory", json!(["0x1", "0x1"]))
            .ask("eth_feeHistory", json!(["0x2", "pending"])),
        busy("the history of fees does not reach before the first block")
            .ask("eth_feeHistory", json!(["0x3", "0x2"])),
        scenario("the count of a history is a number or digits")
            .ask("evm_mine", json!([]))
            .ask("eth_feeHistory", json!([1, "latest"]))
            .ask("eth_feeHistory", json!(["0x1", "latest"])),
        scenario("a history of no blocks is empty").ask("eth_feeHistory", json!(["0x0", "latest"])),
        scenario("there is no history of a block that is not there")
            .refused("eth_feeHistory", json!(["0x1", "0x9"])),
        scenario("percentiles rise")
            .refused("eth_feeHistory", json!(["0x1", "latest", [50.0, 10.0]])),
        scenario("percentiles end at one hundred")
            .refused("eth_feeHistory", json!(["0x1", "latest", [101.0]])),
    ]
}
