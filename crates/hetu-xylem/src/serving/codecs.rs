//! How a request is written and how its reply is to be.

use hetu_cambium::{Codec, Reason, Refusal, UnsupportedCodec};
use http::request::Parts;

/// How a request is written and how its reply is to be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Codecs {
    pub(super) request: Codec,
    pub(super) reply: Codec,
}

impl Codecs {
    /// What `parts` say, for a service that speaks `spoken`.
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
