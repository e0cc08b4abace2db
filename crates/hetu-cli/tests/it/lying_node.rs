//! A node in front of a chain that answers some methods as a test specifies.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

use hetu_testkit::faulty_node::{Fault, FaultyNode, calls_of};
use serde_json::{Value, json};

/// The results by method. A method with `null` is answered with an error.
pub(crate) type Lies = HashMap<&'static str, Value>;

/// Starts the node, which ends with the process. Returns its URL.
pub(crate) fn start(chain: SocketAddr, lies: Lies) -> String {
    start_keeping(chain, "", move |call, answer| {
        if let Some(lie) = call["method"].as_str().and_then(|method| lies.get(method)) {
            answer.as_object_mut().unwrap().remove("error");
            answer["result"] = lie.clone();
        }
    })
}

/// Starts a node like [`start`], with each answer changed by `change`. Calls of `kept` do not reach
/// the chain, and their answer is `null` before the change.
pub(crate) fn start_keeping(
    chain: SocketAddr,
    kept: &'static str,
    change: impl Fn(&Value, &mut Value) + Send + Sync + 'static,
) -> String {
    let change = Arc::new(change);
    let address = FaultyNode::on_a_thread(chain, move |request| {
        if request["method"] == kept {
            let mut answer = json!({ "jsonrpc": "2.0", "id": request["id"], "result": null });
            change(request, &mut answer);
            return Fault::body(answer.to_string());
        }
        let (request, change) = (request.clone(), Arc::clone(&change));
        Fault::Change(Box::new(move |answer| {
            for (call, answer) in pairs(&request, answer) {
                change(call, answer);
            }
        }))
    });
    format!("http://{address}")
}

/// Pairs each call with its answer, which has the same id.
fn pairs<'a>(request: &'a Value, answer: &'a mut Value) -> Vec<(&'a Value, &'a mut Value)> {
    match answer {
        Value::Array(answers) => {
            let call_of =
                |answer: &Value| calls_of(request).iter().find(|call| call["id"] == answer["id"]);
            answers.iter_mut().filter_map(|answer| Some((call_of(answer)?, answer))).collect()
        }
        answer => vec![(request, answer)],
    }
}
