//! The lower bound: HTTP by hyper alone, or with the curve operations of signatures in both
//! directions.

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use hetu::chain::Signature;
use hetu::chain::identity::{personal_message_hash, recover_address};
use hetu::{Address, Wallet};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self as client, SendRequest};
use hyper::header::HOST;
use hyper::server::conn::http1 as server;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use sha2::{Digest, Sha256};
use tokio::net::{TcpListener, TcpStream};

const SIGNATURE: &str = "signature";

/// Serves in the background on a free port and returns the port.
pub(crate) async fn serve(signs: bool) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let wallet = Wallet::random();
    tokio::task::spawn_local(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            stream.set_nodelay(true).unwrap();
            let wallet = wallet.clone();
            let service = service_fn(move |request| {
                let wallet = wallet.clone();
                async move { Ok::<_, Infallible>(answer(request, signs.then_some(&wallet)).await) }
            });
            let connection = server::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(Duration::from_secs(30))
                .serve_connection(TokioIo::new(stream), service);
            tokio::task::spawn_local(async move {
                let _ = connection.await;
            });
        }
    });
    port
}

async fn answer(request: Request<Incoming>, wallet: Option<&Wallet>) -> Response<Full<Bytes>> {
    let (head, body) = request.into_parts();
    let content = body.collect().await.unwrap().to_bytes();
    let mut response = Response::new(Full::new(content.clone()));
    if let Some(wallet) = wallet {
        recover(head.headers.get(SIGNATURE).unwrap().to_str().unwrap(), &content);
        response.headers_mut().insert(SIGNATURE, sign(wallet, &content).parse().unwrap());
    }
    response
}

/// A connection to a bare server.
#[derive(Debug)]
pub(crate) struct Connection {
    sender: SendRequest<Full<Bytes>>,
    authority: String,
}

impl Connection {
    pub(crate) async fn open(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let (sender, connection) = client::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::task::spawn_local(async move {
            let _ = connection.await;
        });
        Self { sender, authority: format!("127.0.0.1:{port}") }
    }

    /// Sends `content`. Returns `true` if the answer is the same.
    pub(crate) async fn ask(&mut self, content: Bytes, wallet: Option<&Wallet>) -> bool {
        let mut request = Request::post("/Echo")
            .header(HOST, &self.authority)
            .header("content-type", "application/json");
        if let Some(wallet) = wallet {
            request = request.header(SIGNATURE, sign(wallet, &content));
        }
        let request = request.body(Full::new(content.clone())).unwrap();
        self.sender.ready().await.unwrap();
        let (head, body) = self.sender.send_request(request).await.unwrap().into_parts();
        let answered = body.collect().await.unwrap().to_bytes();
        if wallet.is_some() {
            recover(head.headers.get(SIGNATURE).unwrap().to_str().unwrap(), &answered);
        }
        answered == content
    }
}

fn sign(wallet: &Wallet, content: &[u8]) -> String {
    wallet.sign_message_sync(&Sha256::digest(content)).to_string()
}

fn recover(signature: &str, content: &[u8]) -> Address {
    let signature: Signature = signature.parse().unwrap();
    recover_address(&personal_message_hash(&Sha256::digest(content)), &signature).unwrap()
}
