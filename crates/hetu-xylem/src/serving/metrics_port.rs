//! The port on which a miner serves its metrics. It is separate from the port of the services, so
//! that the services can be public while the metrics stay private to the operator.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::listener::ACCEPT_PAUSE;
use crate::metrics::MinerMetrics;

/// Number of simultaneous scrapes; further ones are closed at once.
const CONNECTIONS: usize = 16;
/// The time limit of a scrape, from its connection to the last byte of the reply.
const SCRAPE_LIMIT: Duration = Duration::from_secs(10);
const FIELD_BYTES: usize = 8_192;
const FIELDS: usize = 64;
const MEDIA_TYPE: HeaderValue =
    HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");

/// A listening port for metrics collectors.
#[derive(Debug)]
pub(crate) struct MetricsPort {
    pub(crate) listener: TcpListener,
    pub(crate) local_address: SocketAddr,
}

impl MetricsPort {
    /// Answers scrapes until the future is dropped.
    pub(super) async fn serve(self, metrics: Arc<MinerMetrics>) {
        let room = Arc::new(Semaphore::new(CONNECTIONS));
        let mut scrapes = JoinSet::new();
        loop {
            tokio::select! {
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, _)) => {
                        let Ok(place) = Arc::clone(&room).try_acquire_owned() else { continue };
                        let metrics = Arc::clone(&metrics);
                        scrapes.spawn(async move {
                            let scrape = timeout(SCRAPE_LIMIT, serve_scrape(stream, &metrics)).await;
                            if scrape.is_err() {
                                tracing::debug!("a scrape of the metrics took too long");
                            }
                            drop(place);
                        });
                    }
                    Err(error) => {
                        tracing::warn!(%error, "no connection to the metrics was taken");
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                },
                Some(_) = scrapes.join_next() => {}
            }
        }
    }
}

async fn serve_scrape(stream: TcpStream, metrics: &MinerMetrics) {
    let answer = service_fn(|request: Request<Incoming>| {
        std::future::ready(Ok::<_, Infallible>(show(&request, metrics)))
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(SCRAPE_LIMIT)
        .max_buf_size(FIELD_BYTES)
        .max_headers(FIELDS)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), answer);
    if let Err(error) = connection.await {
        tracing::debug!(%error, "a connection to the metrics broke");
    }
}

fn show<B>(request: &Request<B>, metrics: &MinerMetrics) -> Response<Full<Bytes>> {
    if request.uri().path() != "/metrics" {
        return empty(StatusCode::NOT_FOUND);
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let mut response = empty(StatusCode::METHOD_NOT_ALLOWED);
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return response;
    }
    let mut response = Response::new(Full::from(metrics.render()));
    response.headers_mut().insert(CONTENT_TYPE, MEDIA_TYPE);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn empty(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}
