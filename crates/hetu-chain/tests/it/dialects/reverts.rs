//! Refusals of contracts.

use hetu_chain::ChainError;
use hetu_chain::client::Revert;
use serde_json::{Value, json};

use super::{connect, plain, wei};
use crate::dialect_node::{REVERTS, reverted};
use crate::faulty_node::{Fault, is_call_of};
use crate::setup::devnet_chain;

/// The encoding of `Error(string)` with `INSUFFICIENT_STAKE`.
const REASON: &str = "0x08c379a0\
    0000000000000000000000000000000000000000000000000000000000000020\
    0000000000000000000000000000000000000000000000000000000000000012\
    494e53554646494349454e545f5354414b450000000000000000000000000000";

#[tokio::test]
async fn revert_forms_lead_to_same_reason() {
    let chain = devnet_chain().await;
    let node = plain(&chain).await;
    let hetu = connect(&chain, &[&node]).await.with_wallet(chain.wallet(2));
    let words = |message: &str| json!({ "code": -32_000, "message": message });
    let forms = REVERTS.into_iter().map(|form| reverted(form, REASON)).chain([
        words("VM Exception while processing transaction: reverted with reason string 'INSUFFICIENT_STAKE'"),
        words("execution reverted: revert: INSUFFICIENT_STAKE"),
        words("message execution failed (exit=[33], revert reason=[Error(INSUFFICIENT_STAKE)], vm error=[0])"),
        json!({ "code": -32_015, "message": "VM execution error.", "data": "revert: INSUFFICIENT_STAKE" }),
        json!({ "code": -32_015, "message": "VM execution error.", "data": "Reverted INSUFFICIENT_STAKE" }),
        json!({ "message": "revert", "data": { "0x1f": { "error": "revert", "return": REASON } } }),
        json!({ "message": "failed", "data": { "reason": "INSUFFICIENT_STAKE", "result": REASON } }),
        json!({ "message": "failed", "error": { "data": { "data": REASON } } }),
        json!("execution reverted: INSUFFICIENT_STAKE"),
    ]);
    for form in forms {
        for method in ["eth_call", "eth_estimateGas"] {
            let error = form.clone();
            node.behave(move |request| {
                let answer = |member: &str, value: &Value| {
                    Fault::body(json!({ "id": request["id"], member: value }).to_string())
                };
                if is_call_of(request, method) {
                    return answer("error", &error);
                }
                // The contract refuses only the gas estimate.
                if is_call_of(request, "eth_call") {
                    return answer("result", &json!("0x"));
                }
                Fault::None
            });
            let refused = hetu.staking().remove(wei(5)).dry_run().await.unwrap_err();
            let ChainError::Reverted { revert, .. } = &refused else {
                panic!("{method} {form}: {refused}");
            };
            assert_eq!(*revert, Revert::Reason("INSUFFICIENT_STAKE".into()), "{method} {form}");
        }
    }
}
