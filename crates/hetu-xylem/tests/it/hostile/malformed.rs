//! Clients that send malformed HTTP.

use hetu_xylem::ServerLimits;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::{say, serves};
use crate::support::{Scene, refused};

/// A small random generator with a seed, so that a failure can be reproduced.
struct Noise(u64);

impl Noise {
    fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count)
            .map(|_| {
                // xorshift64*
                self.0 ^= self.0 >> 12;
                self.0 ^= self.0 << 25;
                self.0 ^= self.0 >> 27;
                (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 56) as u8
            })
            .collect()
    }
}

#[tokio::test]
async fn what_is_no_http_is_refused_or_cut_off() {
    let scene = Scene::new().await;
    let cases: [&[u8]; 14] = [
        b"\r\n\r\n\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET /ping\r\n\r\n",
        b"GET /ping HTTP/9.9\r\nhost: m\r\n\r\n",
        b"GET /ping HTTP/1.1\r\nhost m\r\n\r\n",
        b"GET /ping HTTP/1.1\r\nhost: m\r\n bent: back\r\n\r\n",
        b"GET /pi\0ng HTTP/1.1\r\nhost: m\r\n\r\n",
        b"POST /ping HTTP/1.1\r\nhost: m\r\ncontent-length: -1\r\n\r\n",
        b"POST /ping HTTP/1.1\r\nhost: m\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
        b"POST /ping HTTP/1.1\r\nhost: m\r\ntransfer-encoding: chunked, gzip\r\n\r\n",
        b"POST /ping HTTP/1.1\r\nhost: m\r\ncontent-length: 99999999999999999999999\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nGET / HTTP/1.1\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n",
    ];
    for case in cases {
        let answer = say(&scene, case).await;
        let text = String::from_utf8_lossy(&answer);
        assert!(!text.starts_with("HTTP/1.1 2"), "{:?} {text}", String::from_utf8_lossy(case));
    }
    serves(&scene).await;
}

#[tokio::test]
async fn noise_is_cut_off() {
    let scene = Scene::new().await;
    let mut noise = Noise(0x005E_ED0F_7E57);
    for round in 0..300 {
        let mut bytes = match round % 3 {
            0 => Vec::new(),
            1 => b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0".to_vec(),
            _ => b"POST /math-sum HTTP/1.1\r\nhost: miner\r\n".to_vec(),
        };
        bytes.extend(noise.bytes(1 + round * 7));
        let answer = say(&scene, &bytes).await;
        assert!(!answer.starts_with(b"HTTP/1.1 2"), "{round}");
    }
    serves(&scene).await;
}

#[tokio::test]
async fn heads_and_contents_that_are_too_long_are_refused() {
    let limits = ServerLimits::default().with_field_bytes(8_192).with_content_bytes(1_000);
    let scene = Scene::with(|builder| builder.limits(limits)).await;
    let long = format!("GET /ping HTTP/1.1\r\nhost: m\r\nx: {}\r\n\r\n", "y".repeat(9_000));
    let answer = say(&scene, long.as_bytes()).await;
    assert!(answer.starts_with(b"HTTP/1.1 431 "), "{}", String::from_utf8_lossy(&answer));
    let many = format!("GET /ping HTTP/1.1\r\nhost: m\r\n{}\r\n", "x: y\r\n".repeat(200));
    let answer = say(&scene, many.as_bytes()).await;
    assert!(answer.starts_with(b"HTTP/1.1 431 "), "{}", String::from_utf8_lossy(&answer));

    let announced = scene.sign_content(vec![b' '; 1_001]).await.request;
    assert_eq!(scene.send(announced).await.refusal(), refused(413, "content_too_large"));
    serves(&scene).await;
}

#[tokio::test]
async fn content_of_strangers_takes_a_bounded_amount_of_memory() {
    const LONG: usize = 600_000;
    // The limit has room for one content, and not for a second one.
    let limits = ServerLimits::default().with_content_bytes(LONG).with_unverified_bytes(LONG);
    let scene = Scene::with(|builder| builder.limits(limits)).await;
    loop {
        let announced = scene.sign_content(vec![b' '; LONG]).await.request;
        let mut head = format!("POST /math-sum HTTP/1.1\r\nhost: {}\r\n", scene.address());
        for (name, value) in announced.headers() {
            head.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap()));
        }
        head.push_str(&format!("content-length: {LONG}\r\n\r\n"));
        let mut hanging = TcpStream::connect(scene.address()).await.unwrap();
        hanging.write_all(head.as_bytes()).await.unwrap();
        hanging.write_all(&[b' '; LONG - 1]).await.unwrap();
        // The content that is read first has the room.
        let reply = scene.send(scene.sign_content(vec![b' '; LONG]).await.request).await;
        if reply.status == 503 {
            assert_eq!(reply.refusal(), refused(503, "overloaded"));
            break;
        }
        assert_eq!(reply.refusal(), refused(422, "undecodable_content"));
    }
    // The room is released as soon as the client that held it is gone.
    while scene.send(scene.sign_content(vec![b' '; LONG]).await.request).await.status != 422 {}
}
