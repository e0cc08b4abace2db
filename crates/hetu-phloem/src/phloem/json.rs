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
        let call = self.json_call(service, request);
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
        let call = self.json_call(service, request);
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
        let mut call = self.json_call(service, request);
        call.only_if_undone = options.is_only_if_undone();
        let options = options.or_deadline(self.exchanger.deadline());
        self.router().route(&call, &options).await
    }

    fn json_call<'a>(&'a self, service: &'a str, request: &'a Value) -> JsonCall<'a> {
        let (exchanger, trace) = (&self.exchanger, trace::of_call());
        JsonCall { exchanger, service, request, trace, only_if_undone: false }
    }
}
