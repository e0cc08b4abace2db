//! Clients that abuse HTTP/2.

use std::time::Duration;

use hetu_xylem::ServerLimits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{counted, serves};
use crate::support::Scene;
use hetu_testkit::http2_frames::{
    CONTINUATION, END_HEADERS, END_STREAM, GO_AWAY, HEADERS, PING, PREFACE, RST_STREAM, SETTINGS,
    frame, get, kinds,
};
use hetu_testkit::process::resident_bytes;

/// Sends these bytes repeatedly and returns the miner's answer once it closes the connection.
async fn insist(
    scene: &Scene,
    settings: &[u8],
    mut next: impl FnMut(u32) -> Vec<u8> + Send + 'static,
) -> Vec<u8> {
    let stream = TcpStream::connect(scene.address()).await.unwrap();
    let (mut reading, mut writing) = stream.into_split();
    let mut opening = PREFACE.to_vec();
    opening.extend(frame(SETTINGS, 0, 0, settings));
    let insisting = tokio::spawn(async move {
        writing.write_all(&opening).await.unwrap();
        for round in 0.. {
            if writing.write_all(&next(round)).await.is_err() {
                break;
            }
        }
    });
    let mut answer = Vec::new();
    let _ = reading.read_to_end(&mut answer).await;
    insisting.abort();
    answer
}

fn impatient() -> ServerLimits {
    ServerLimits::default()
        .with_idle_timeout(Duration::from_millis(200))
        .with_call_timeout(Duration::from_millis(200))
        .with_stall_timeout(Duration::from_millis(200))
}

#[tokio::test]
async fn streams_that_are_opened_and_reset_end_the_connection() {
    let scene = Scene::new().await;
    let memory = resident_bytes();
    let block = get("/ping");
    let answer = insist(&scene, &[], move |round| {
        let stream = round * 2 + 1;
        let mut frames = frame(HEADERS, END_STREAM | END_HEADERS, stream, &block);
        frames.extend(frame(RST_STREAM, 0, stream, &[0, 0, 0, 8]));
        frames
    })
    .await;
    // A reset by the operating system can overtake the GOAWAY frame.
    let farewell = kinds(&answer);
    assert!(farewell.contains(&GO_AWAY) || !farewell.contains(&HEADERS), "{farewell:?}");
    assert!(resident_bytes().saturating_sub(memory) < 16 << 20);
    serves(&scene).await;
}

#[tokio::test]
async fn fields_without_end_are_not_collected() {
    let scene = Scene::new().await;
    let memory = resident_bytes();
    let block = get("/ping");
    // A literal header field in a block that never ends.
    let mut field = vec![0x00, 1, b'x', 0x7f, 0x80 + 0x71, 0x7a];
    field.extend(vec![b'y'; 15_728]);
    let _ = insist(&scene, &[], move |round| match round {
        0 => frame(HEADERS, END_STREAM, 1, &block),
        _ => frame(CONTINUATION, 0, 1, &field),
    })
    .await;
    assert!(resident_bytes().saturating_sub(memory) < 16 << 20);
    serves(&scene).await;
}

#[tokio::test]
async fn a_window_that_never_opens_is_closed() {
    let scene = Scene::with(|builder| builder.limits(impatient())).await;
    let mut stream = TcpStream::connect(scene.address()).await.unwrap();
    let mut opening = PREFACE.to_vec();
    // The streams of this client accept no content.
    opening.extend(frame(SETTINGS, 0, 0, &[0, 4, 0, 0, 0, 0]));
    for number in 0..20 {
        let block = get("/openapi.json");
        opening.extend(frame(HEADERS, END_STREAM | END_HEADERS, number * 2 + 1, &block));
    }
    stream.write_all(&opening).await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    assert!(kinds(&answer).contains(&HEADERS));
    while !counted(&scene, "hetu_xylem_connections_open 0") {
        tokio::task::yield_now().await;
    }
    serves(&scene).await;
}

#[tokio::test]
async fn pings_do_not_keep_a_connection() {
    let scene = Scene::with(|builder| builder.limits(impatient())).await;
    let stream = TcpStream::connect(scene.address()).await.unwrap();
    let (mut reading, mut writing) = stream.into_split();
    let mut opening = PREFACE.to_vec();
    opening.extend(frame(SETTINGS, 0, 0, &[]));
    writing.write_all(&opening).await.unwrap();
    let pinging = tokio::spawn(async move {
        while writing.write_all(&frame(PING, 0, 0, &[7; 8])).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    let mut answer = Vec::new();
    let _ = reading.read_to_end(&mut answer).await;
    assert!(kinds(&answer).contains(&GO_AWAY));
    pinging.await.unwrap();
    serves(&scene).await;
}
