//! A flood of requests by unknown accounts, over kept connections. (The flood inside the service is
//! larger: see `serving/flood.rs` in the sources.)

use std::fmt::Write;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::serves;
use crate::support::{Scene, validator};
use hetu_testkit::process::{resident_bytes, scale};

const CONNECTIONS: u32 = 16;
const BATCHES: u32 = 5;
const BATCH: u32 = 125;

fn batches() -> u32 {
    BATCHES * scale()
}

/// Returns a request by the account with this number that is correct except for its signature.
fn request_by(number: u32, template: &str) -> String {
    template.replace(&validator().address().to_lower_hex(), &format!("0x{number:040x}"))
}

async fn pour(connection: u32, address: SocketAddr, template: String) -> usize {
    let (mut reading, mut writing) = TcpStream::connect(address).await.unwrap().into_split();
    let refusals = tokio::spawn(async move {
        let (mut buffer, mut text, mut count) = (vec![0; 64 * 1024], String::new(), 0);
        loop {
            let length = reading.read(&mut buffer).await.unwrap();
            text.push_str(std::str::from_utf8(&buffer[..length]).unwrap());
            count += text.matches("role_not_allowed").count();
            // A match may start in this piece, so its end is kept for the next one.
            text = text[text.len().saturating_sub(15)..].to_owned();
            if length == 0 || count == (batches() * BATCH) as usize {
                break count;
            }
        }
    });
    for batch in 0..batches() {
        let mut requests = String::new();
        for request in 0..BATCH {
            let number = (connection * batches() + batch) * BATCH + request;
            requests.push_str(&request_by(number, &template));
        }
        writing.write_all(requests.as_bytes()).await.unwrap();
    }
    refusals.await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_are_refused_and_leave_nothing_behind() {
    let scene = Scene::new().await;
    serves(&scene).await;
    let signed = scene.sign_sum().await.request;
    let mut template = format!("POST /math-sum HTTP/1.1\r\nhost: {}\r\n", scene.address());
    for (name, value) in signed.headers() {
        write!(template, "{name}: {}\r\n", value.to_str().unwrap()).unwrap();
    }
    // The request has no content: the connection ends if content is left unread.
    template.push_str("content-length: 0\r\n\r\n");
    assert_ne!(request_by(7, &template), template);

    let memory = resident_bytes();
    let pouring: Vec<_> = (0..CONNECTIONS)
        .map(|number| tokio::spawn(pour(number, scene.address(), template.clone())))
        .collect();
    let mut refused = 0;
    for pouring in pouring {
        refused += pouring.await.unwrap();
    }
    assert_eq!(refused, (CONNECTIONS * batches() * BATCH) as usize);
    serves(&scene).await;
    let grown = resident_bytes().saturating_sub(memory);
    assert!(grown < 64 << 20, "{grown}");
}
