//! The codecs of a request and of its reply.

use hetu_cambium::{Codec, Reason, Refusal, UnsupportedCodec};
use http::request::Parts;

/// The codecs of a request and of its reply.
#[derive(Clone, Copy, Debug)]
pub(super) struct Codecs {
    pub(super) request: Codec,
    pub(super) reply: Codec,
}

impl Codecs {
    /// Returns the codecs that `parts` select, for a service that supports `spoken`.
    pub(super) fn of(parts: &Parts, spoken: &[Codec]) -> Result<Self, Refusal> {
        let unsupported = |_| {
            let known: Vec<_> = spoken.iter().map(|codec| codec.media_type()).collect();
            let detail = format!("the content type is not one of {}", known.join(", "));
            Refusal::new(Reason::UnsupportedCodec, detail)
        };
        let request = Codec::of_content(&parts.headers)
            .and_then(|codec| spoken.contains(&codec).then_some(codec).ok_or(UnsupportedCodec))
            .map_err(unsupported)?;
        let reply = Codec::of_reply_among(spoken, &parts.headers, request).map_err(unsupported)?;
        Ok(Self { request, reply })
    }
}
