//! A node in front of a chain that answers some methods as a test wants.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use serde_json::{Value, json};

/// Results by method; `null` for those that are answered with an error.
pub(crate) type Lies = HashMap<&'static str, Value>;

/// A change of the answer to a call.
type Change = dyn Fn(&Value, &mut Value) + Send + Sync;

/// The treatment of calls and answers.
struct Behaviour {
    /// The method whose calls do not reach the chain.
    kept: &'static str,
    change: Box<Change>,
}

/// Starts the node, which ends with the process. Returns its URL.
pub(crate) fn start(chain: SocketAddr, lies: Lies) -> String {
    start_keeping(chain, "", move |call, answer| {
        if let Some(lie) = call["method"].as_str().and_then(|method| lies.get(method)) {
            answer.as_object_mut().unwrap().remove("error");
            answer["result"] = lie.clone();
        }
    })
}

/// As [`start`], with each answer as `change` leaves it. Calls of `kept` do not reach the chain, and
/// their answer is `null` before it is changed.
pub(crate) fn start_keeping(
    chain: SocketAddr,
    kept: &'static str,
    change: impl Fn(&Value, &mut Value) + Send + Sync + 'static,
) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let behaviour = Arc::new(Behaviour { kept, change: Box::new(change) });
    thread::spawn(move || {
        for socket in listener.incoming() {
            let behaviour = Arc::clone(&behaviour);
            thread::spawn(move || serve(socket.unwrap(), chain, &behaviour));
        }
    });
    url
}

fn serve(socket: TcpStream, chain: SocketAddr, behaviour: &Behaviour) -> Option<()> {
    let mut socket = BufReader::new(socket);
    loop {
        let request: Value = serde_json::from_slice(&read_body(&mut socket)?).ok()?;
        let mut answer = match request["method"] == behaviour.kept {
            true => json!({ "jsonrpc": "2.0", "id": request["id"], "result": null }),
            false => forward(chain, &request)?,
        };
        for (request, answer) in pairs(&request, &mut answer) {
            (behaviour.change)(request, answer);
        }
        write(socket.get_mut(), "HTTP/1.1 200 OK", &answer)?;
    }
}

/// Each call with its answer, which has the same id.
fn pairs<'a>(request: &'a Value, answer: &'a mut Value) -> Vec<(&'a Value, &'a mut Value)> {
    match (request, answer) {
        (Value::Array(calls), Value::Array(answers)) => {
            let call_of = |answer: &Value| calls.iter().find(|call| call["id"] == answer["id"]);
            answers.iter_mut().filter_map(|answer| Some((call_of(answer)?, answer))).collect()
        }
        (call, answer) => vec![(call, answer)],
    }
}

fn forward(chain: SocketAddr, request: &Value) -> Option<Value> {
    let mut chain = BufReader::new(TcpStream::connect(chain).ok()?);
    write(chain.get_mut(), "POST / HTTP/1.1\r\nhost: node", request)?;
    serde_json::from_slice(&read_body(&mut chain)?).ok()
}

fn write(socket: &mut TcpStream, head: &str, body: &Value) -> Option<()> {
    let body = body.to_string();
    let length = body.len();
    let head = format!("{head}\r\ncontent-type: application/json\r\ncontent-length: {length}");
    socket.write_all(format!("{head}\r\n\r\n{body}").as_bytes()).ok()
}

fn read_body(socket: &mut BufReader<TcpStream>) -> Option<Vec<u8>> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if socket.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim_end().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    socket.read_exact(&mut body).ok()?;
    Some(body)
}
