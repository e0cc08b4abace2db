//! The same for services that are known by their names alone.

use std::time::Duration;

use hetu_cambium::{Codec, SigningError, TraceContext};
use serde_json::Value;

use super::{Answer, Call, Exchanger, Terms};
use crate::{Attempt, QueryError, ReplyShare, Target};

/// A call in JSON of a service that is known by its name alone.
#[derive(Debug)]
pub(crate) struct JsonCall<'a> {
    pub(crate) exchanger: &'a Exchanger,
    pub(crate) service: &'a str,
    pub(crate) request: &'a Value,
    pub(crate) trace: TraceContext,
    pub(crate) only_if_undone: bool,
}

impl JsonCall<'_> {
    async fn answer(
        &self,
        target: &Target,
        limit: Duration,
        share: Option<&ReplyShare>,
    ) -> Result<Answer<Value>, QueryError> {
        let (codec, service) = (Codec::Json, self.service);
        let content = codec.encode(self.request).map_err(SigningError::from)?;
        let only_if_undone = self.only_if_undone;
        let terms = Terms { share, only_if_undone, is_untyped: true, ..Terms::of(self.trace) };
        let call = Call { service, codec, content, terms };
        self.exchanger.answer(target, &call, limit).await
    }
}

impl Attempt for JsonCall<'_> {
    type Reply = Value;

    async fn attempt(&self, target: &Target, limit: Duration) -> Result<Answer<Value>, QueryError> {
        self.answer(target, limit, None).await
    }

    async fn attempt_within(
        &self,
        target: &Target,
        limit: Duration,
        share: ReplyShare,
    ) -> Result<Answer<Value>, QueryError> {
        self.answer(target, limit, Some(&share)).await
    }
}
