//! Services that are known by their names alone: whatever discovery documents describe.

use serde_json::Value;

use super::Phloem;
use crate::exchange::JsonCall;
use crate::trace;
use crate::{
    Answer, Broadcast, BroadcastOptions, QueryError, RouteError, RouteOptions, Routed, Target,
};

impl Phloem {
    /// As [`Phloem::query`], in JSON, for a service that is known by its name alone.
    ///
    /// # Errors
    /// [`QueryError`].
    pub async fn query_json(
        &self,
        target: &Target,
        service: &str,
        request: &Value,
    ) -> Result<Answer<Value>, QueryError> {
        let call =
            JsonCall { exchanger: &self.exchanger, service, request, trace: trace::of_call() };
        self.router().ask(&call, target, self.exchanger.deadline()).await
    }

    /// As [`Phloem::broadcast_with`], in JSON, for a service that is known by its name alone.
    ///
    /// Cancel safety: as [`Phloem::query`].
    pub async fn broadcast_json(
        &self,
        targets: &[Target],
        service: &str,
        request: &Value,
        options: BroadcastOptions,
    ) -> Broadcast<Value> {
        let call =
            JsonCall { exchanger: &self.exchanger, service, request, trace: trace::of_call() };
        let options = options.or_target_deadline(self.exchanger.deadline());
        self.router().broadcast(&call, targets, &options).await
    }

    /// As [`Phloem::route_with`], in JSON, for a service that is known by its name alone.
    ///
    /// # Errors
    /// [`RouteError`].
    pub async fn route_json(
        &self,
        service: &str,
        request: &Value,
        options: RouteOptions,
    ) -> Result<Routed<Value>, RouteError> {
        let call =
            JsonCall { exchanger: &self.exchanger, service, request, trace: trace::of_call() };
        let options = options.or_deadline(self.exchanger.deadline());
        self.router().route(&call, &options).await
    }
}
