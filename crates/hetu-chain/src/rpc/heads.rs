//! Notifications of new blocks by subscription. They only trigger a read and are never trusted.

use std::time::Duration;

use http::header::AUTHORIZATION;
use jsonrpsee::core::ClientError;
use jsonrpsee::core::client::{Subscription, SubscriptionClientT};
use jsonrpsee::core::params::ArrayParams;
use jsonrpsee::ws_client::{PingConfig, WsClient, WsClientBuilder};
use serde::de::IgnoredAny;
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::{sleep, timeout};

use super::TransportOptions;
use super::credentials::without_credentials;
use crate::network::RpcUrl;
use crate::resilience::Backoff;

/// While a subscription is active, the timer is only a fallback, at this multiple of its interval.
const CAUTION: u32 = 5;
const HEAD_BYTES: u32 = 1 << 20;
/// Only the newest one matters.
const WAITING_HEADS: usize = 16;
const PING_INTERVAL: Duration = Duration::from_secs(10);
const PAUSES: Backoff = Backoff::between(Duration::from_millis(250), Duration::from_secs(30));

/// A subscription to new blocks at one of the `ws` endpoints, renewed after a failure. Without such
/// endpoints, a timer.
#[derive(Debug)]
pub(crate) struct HeadWatch {
    signals: watch::Receiver<Signal>,
    renewals: watch::Sender<()>,
    /// `true` if the last wait ended by the timer although a subscription was active.
    was_not_called: bool,
    subscriber: Option<AbortHandle>,
}

/// The state of the subscription. Sent again for each block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Signal {
    Disconnected,
    Connected,
}

impl HeadWatch {
    pub(super) fn new(urls: Vec<RpcUrl>, options: TransportOptions) -> Self {
        let (signal, signals) = watch::channel(Signal::Disconnected);
        let (renewals, renewed) = watch::channel(());
        let subscriber = (!urls.is_empty()).then(|| {
            let subscriber = Subscriber { urls, options, signal, renewed };
            tokio::spawn(subscriber.run()).abort_handle()
        });
        Self { signals, renewals, was_not_called: false, subscriber }
    }

    /// Waits until there may be a new block: for `interval`, or with a subscription until its next
    /// notification, at most a multiple of `interval`.
    pub(crate) async fn wait(&mut self, interval: Duration) {
        // A notification that came since the last wait is still unread, and ends this wait at once.
        let is_connected = *self.signals.borrow() == Signal::Connected;
        let longest = if is_connected { interval.saturating_mul(CAUTION) } else { interval };
        self.was_not_called = false;
        match timeout(longest, self.signals.changed()).await {
            Ok(Ok(())) => {}
            // No notification can follow: the sender is gone.
            Ok(Err(_)) => sleep(longest).await,
            Err(_) => self.was_not_called = is_connected,
        }
    }

    /// Records a new block. A subscription that did not report it no longer works, and is renewed.
    pub(crate) fn note_progress(&mut self) {
        if std::mem::take(&mut self.was_not_called) {
            self.renewals.send_replace(());
        }
    }
}

impl Drop for HeadWatch {
    fn drop(&mut self) {
        if let Some(subscriber) = &self.subscriber {
            subscriber.abort();
        }
    }
}

struct Subscriber {
    urls: Vec<RpcUrl>,
    options: TransportOptions,
    signal: watch::Sender<Signal>,
    renewed: watch::Receiver<()>,
}

impl Subscriber {
    async fn run(mut self) {
        let urls = self.urls.clone();
        let mut pauses = PAUSES;
        for url in urls.iter().cycle() {
            match self.subscribe(url).await {
                Ok((client, heads)) => {
                    if self.listen(heads).await {
                        pauses.reset();
                    }
                    drop(client);
                    self.signal.send_replace(Signal::Disconnected);
                    tracing::debug!(endpoint = %url, "lost the subscription to new blocks");
                }
                Err(error) => {
                    tracing::debug!(endpoint = %url, %error, "could not subscribe to new blocks");
                }
            }
            sleep(pauses.next_delay()).await;
        }
    }

    async fn subscribe(
        &self,
        url: &RpcUrl,
    ) -> Result<(WsClient, Subscription<IgnoredAny>), ClientError> {
        let limit = self.options.attempt_limit;
        let ping = PingConfig::new().ping_interval(PING_INTERVAL).inactive_limit(PING_INTERVAL * 2);
        let (address, authorization) = without_credentials(url);
        let mut headers = self.options.headers_for(url);
        if let Some(value) = authorization {
            // A header of the caller replaces the one from the URL.
            headers.entry(AUTHORIZATION).or_insert(value);
        }
        let connecting = async {
            let client = WsClientBuilder::default()
                .connection_timeout(limit)
                .request_timeout(limit)
                .max_response_size(HEAD_BYTES)
                .max_buffer_capacity_per_subscription(WAITING_HEADS)
                .enable_ws_ping(ping)
                .set_headers(headers)
                .build(address)
                .await?;
            let mut params = ArrayParams::new();
            params.insert("newHeads")?;
            let heads = client.subscribe("eth_subscribe", params, "eth_unsubscribe").await?;
            Ok((client, heads))
        };
        timeout(limit, connecting).await.unwrap_or(Err(ClientError::RequestTimeout))
    }

    /// Sends a signal for each block until the subscription ends or has to be renewed. Returns
    /// `true` if it sent any.
    async fn listen(&mut self, mut heads: Subscription<IgnoredAny>) -> bool {
        self.renewed.mark_unchanged();
        self.signal.send_replace(Signal::Connected);
        let mut has_called = false;
        loop {
            tokio::select! {
                head = heads.next() => match head {
                    Some(Ok(_)) => {
                        has_called = true;
                        self.signal.send_replace(Signal::Connected);
                    }
                    Some(Err(_)) | None => return has_called,
                },
                _ = self.renewed.changed() => return has_called,
            }
        }
    }
}
