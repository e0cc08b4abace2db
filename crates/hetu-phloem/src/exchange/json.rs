//! The same for services that are known by their names alone.

use std::time::Duration;

use hetu_cambium::{Codec, SigningError, TraceContext};
use serde_json::Value;

use super::{Answer, Call, Exchanger};
use crate::{Attempt, QueryError, Target};

/// A call in JSON of a service that is known by its name alone.
#[derive(Debug)]
pub(crate) struct JsonCall<'a> {
    pub(crate) exchanger: &'a Exchanger,
    pub(crate) service: &'a str,
    pub(crate) request: &'a Value,
    pub(crate) trace: TraceContext,
}

impl Attempt for JsonCall<'_> {
    type Reply = Value;

    async fn attempt(&self, target: &Target, limit: Duration) -> Result<Answer<Value>, QueryError> {
        let (codec, service, trace) = (Codec::Json, self.service, self.trace);
        let content = codec.encode(self.request).map_err(SigningError::from)?;
        let call = Call { service, codec, content, trace };
        self.exchanger.answer(target, &call, limit).await
    }
}
