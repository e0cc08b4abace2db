//! HTTP/1.1 messages with a content length, as JSON-RPC sends them.

use std::net::SocketAddr;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// Returns head and body of a message, or `None` if the connection ends first.
pub(crate) async fn read(socket: &mut BufReader<TcpStream>) -> Option<(String, Vec<u8>)> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if socket.read_line(&mut head).await.ok()? == 0 {
            return None;
        }
    }
    let length = head.to_ascii_lowercase();
    let length = length.split("content-length:").nth(1)?.lines().next()?.trim().parse().ok()?;
    let mut body = vec![0; length];
    socket.read_exact(&mut body).await.ok()?;
    Some((head, body))
}

/// Posts `body` to `address`, and returns the status and the body of the answer.
pub(crate) async fn post(address: SocketAddr, body: &[u8]) -> Option<(String, Vec<u8>)> {
    let upstream = TcpStream::connect(address).await.ok()?;
    upstream.set_nodelay(true).ok()?;
    let mut upstream = BufReader::new(upstream);
    let head = format!(
        "POST / HTTP/1.1\r\nhost: node\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n",
        body.len()
    );
    upstream.write_all(head.as_bytes()).await.ok()?;
    upstream.write_all(body).await.ok()?;
    let (head, body) = read(&mut upstream).await?;
    let status = head.lines().next()?.split_once(' ')?.1.to_owned();
    Some((status, body))
}

pub(crate) async fn write(
    socket: &mut BufReader<TcpStream>,
    status: &str,
    headers: &str,
    body: &[u8],
) -> Option<()> {
    write_head(socket, status, headers, body.len()).await?;
    socket.write_all(body).await.ok()?;
    socket.flush().await.ok()
}

pub(crate) async fn write_head(
    socket: &mut BufReader<TcpStream>,
    status: &str,
    headers: &str,
    length: usize,
) -> Option<()> {
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\n{headers}\
         content-length: {length}\r\n\r\n"
    );
    socket.write_all(head.as_bytes()).await.ok()
}
