//! Errors of unsupported transport features, in the words of go-ethereum.

use std::future::Future;

use jsonrpsee::core::middleware::{Batch, Notification, RpcServiceT};
use jsonrpsee::server::MethodResponse;
use jsonrpsee::types::error::{INTERNAL_ERROR_CODE, METHOD_NOT_FOUND_CODE};
use jsonrpsee::types::{ErrorObject, Request};

const SUBSCRIPTION_METHODS: [&str; 2] = ["eth_subscribe", "eth_unsubscribe"];

/// A service that refuses subscriptions over HTTP with a clear error. The server alone answers only
/// an internal error.
#[derive(Clone, Debug)]
pub(crate) struct SubscriptionsRefused<S>(pub(crate) S);

impl<S> RpcServiceT for SubscriptionsRefused<S>
where
    S: RpcServiceT<MethodResponse = MethodResponse>,
{
    type MethodResponse = MethodResponse;
    type NotificationResponse = S::NotificationResponse;
    type BatchResponse = S::BatchResponse;

    fn call<'a>(&self, request: Request<'a>) -> impl Future<Output = MethodResponse> + Send + 'a {
        let subscribes = SUBSCRIPTION_METHODS.contains(&request.method_name());
        let id = request.id.clone();
        let answered = self.0.call(request);
        async move {
            let answer = answered.await;
            if !subscribes || answer.as_error_code() != Some(INTERNAL_ERROR_CODE) {
                return answer;
            }
            let message = "notifications not supported: subscribe over WebSocket";
            let error = ErrorObject::borrowed(METHOD_NOT_FOUND_CODE, message, None);
            MethodResponse::error(id, error).with_extensions(answer.extensions().clone())
        }
    }

    fn batch<'a>(
        &self,
        requests: Batch<'a>,
    ) -> impl Future<Output = Self::BatchResponse> + Send + 'a {
        self.0.batch(requests)
    }

    fn notification<'a>(
        &self,
        notification: Notification<'a>,
    ) -> impl Future<Output = Self::NotificationResponse> + Send + 'a {
        self.0.notification(notification)
    }
}
