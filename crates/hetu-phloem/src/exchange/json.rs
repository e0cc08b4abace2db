//! The same for services that are known by their names alone.

use std::time::Duration;

use hetu_cambium::{Codec, SigningError};
use serde_json::Value;

use super::{Answer, Call, Exchanger, tell};
use crate::trace::TraceContext;
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
        let reply = self.exchanger.ask_within(target, &call, limit).await;
        let answer = reply.and_then(|reply| reply.into_answer(target.address));
        tell(target, &call, answer.as_ref().map(Answer::told));
        answer
    }
}
