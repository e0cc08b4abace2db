//! JSON-RPC ids as clients of all kinds write them, and messages without an id.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{Net, bare};

/// Returns the status and the content of the reply to `body`.
async fn post(net: &Net, body: &str) -> (String, String) {
    let mut stream = TcpStream::connect(net.devnet.address()).await.unwrap();
    let head = format!(
        "POST / HTTP/1.1\r\nhost: devnet\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(body.as_bytes()).await.unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    let (head, content) = response.split_once("\r\n\r\n").unwrap();
    (head.lines().next().unwrap().to_owned(), content.to_owned())
}

#[tokio::test]
async fn request_with_any_id_is_answered_under_that_id() {
    let net = bare().await;
    for id in [
        "0",
        "1",
        "18446744073709551615",
        "18446744073709551616",
        "340282366920938463463374607431768211456",
        "-1",
        "-0",
        "1.5",
        "1e3",
        "1.0",
        "0.1234567890123456789",
        "null",
        r#""""#,
        r#""7""#,
        r#""hetu-devnet-id-0""#,
        r#""ä \"quoted\" \\ /""#,
    ] {
        let request = format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"eth_chainId"}}"#);
        let (status, content) = post(&net, &request).await;
        assert_eq!(status, "HTTP/1.1 200 OK", "{id}");
        assert!(content.contains(r#""result":"0x7a69""#), "{id}: {content}");
        assert!(content.contains(&format!(r#""id":{id}"#)), "{id}: {content}");

        let refused = request.replace("eth_chainId", "eth_nothing");
        let (_, content) = post(&net, &refused).await;
        assert!(content.contains("-32601"), "{id}: {content}");
        assert!(content.contains(&format!(r#""id":{id}"#)), "{id}: {content}");
    }
    let batch = r#"[{"jsonrpc":"2.0","id":-7,"method":"eth_chainId"},
        {"jsonrpc":"2.0","id":"b","method":"eth_chainId"},
        {"jsonrpc":"2.0","method":"eth_chainId"}, 7]"#;
    let (_, content) = post(&net, batch).await;
    for id in [r#""id":-7"#, r#""id":"b""#, r#""id":null"#] {
        assert_eq!(content.matches(id).count(), 1, "{content}");
    }
    for id in ["[1]", "{}", "true"] {
        let request = format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"eth_chainId"}}"#);
        let (_, content) = post(&net, &request).await;
        assert!(content.contains("-32600") && content.contains(r#""id":null"#), "{content}");
    }
}

#[tokio::test]
async fn notification_is_answered_with_empty_body() {
    let net = bare().await;
    let notification = r#"{"jsonrpc":"2.0","method":"eth_chainId"}"#;
    for body in [notification.to_owned(), format!("[{notification},{notification}]")] {
        let (status, content) = post(&net, &body).await;
        assert_eq!((status.as_str(), content.as_str()), ("HTTP/1.1 200 OK", ""), "{body}");
    }
}
