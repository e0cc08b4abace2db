//! Codecs of requests and replies.

mod bincode;
mod bounded;

use bytes::Bytes;
use hetu_chain::text::ForeignError;
use hetu_chain::{Retryability, Retryable};
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A codec of requests and replies, named by its media type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Codec {
    /// JSON (RFC 8259), `application/json`.
    #[default]
    Json,
    /// bincode with fixed-width little-endian integers, `application/vnd.hetu.cambium.v1+bincode`.
    /// It is shorter and faster than JSON, for peers that share the Rust types. Fields have no
    /// names, so both sides must agree on their order. Types that need a self-describing format
    /// (`serde_json::Value`, `#[serde(flatten)]` and similar) cannot be decoded.
    Bincode,
}

impl Codec {
    /// Every codec of this crate, the preferred one first.
    pub const ALL: &'static [Self] = &[Self::Json, Self::Bincode];

    /// Returns the media type that names the codec in `Content-Type` and `Accept`.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Bincode => "application/vnd.hetu.cambium.v1+bincode",
        }
    }

    /// Returns the media type as a field value.
    pub const fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(self.media_type())
    }

    /// Encodes `value`.
    ///
    /// # Errors
    /// [`CodecError::Encode`] if the value has no form in this codec, such as a JSON object with
    /// keys that are not strings.
    pub fn encode<T: Serialize>(self, value: &T) -> Result<Bytes, CodecError> {
        match self {
            Self::Json => serde_json::to_vec(value)
                .map(Bytes::from)
                .map_err(|error| CodecError::Encode { reason: ForeignError::new(error) }),
            Self::Bincode => bincode::encode(value),
        }
    }

    /// Decodes a value that takes up all of `bytes`.
    ///
    /// # Errors
    /// [`CodecError::Decode`] if the bytes are not such a value, or more than one.
    pub fn decode<T: DeserializeOwned>(self, bytes: &[u8]) -> Result<T, CodecError> {
        match self {
            Self::Json => serde_json::from_slice(bytes)
                .map_err(|error| CodecError::Decode { reason: ForeignError::new(error) }),
            Self::Bincode => bincode::decode(bytes),
        }
    }

    /// Returns the codec that `Content-Type` names.
    ///
    /// # Errors
    /// [`UnsupportedCodec`] if the field is absent, repeated or names another media type.
    pub fn of_content(headers: &HeaderMap) -> Result<Self, UnsupportedCodec> {
        let mut lines = headers.get_all(CONTENT_TYPE).iter();
        match (lines.next().and_then(|line| line.to_str().ok()), lines.next()) {
            (Some(text), None) => Self::from_media_type(text).ok_or(UnsupportedCodec),
            _ => Err(UnsupportedCodec),
        }
    }

    /// Returns the codec of the reply that the caller requests with `Accept`, or `codec`, that of
    /// the request, if the caller has no preference (RFC 9110, section 12.5.1).
    ///
    /// # Errors
    /// [`UnsupportedCodec`] if the caller accepts none of [`Codec::ALL`].
    pub fn of_reply(headers: &HeaderMap, codec: Self) -> Result<Self, UnsupportedCodec> {
        Self::of_reply_among(Self::ALL, headers, codec)
    }

    /// Returns the same as [`of_reply`](Self::of_reply) for a service that supports only `spoken`,
    /// which contains `codec`.
    ///
    /// # Errors
    /// [`UnsupportedCodec`] if the caller accepts none of `spoken`.
    pub fn of_reply_among(
        spoken: &[Self],
        headers: &HeaderMap,
        codec: Self,
    ) -> Result<Self, UnsupportedCodec> {
        if !headers.contains_key(ACCEPT) {
            return Ok(codec);
        }
        let preferred_first = std::iter::once(codec).chain(spoken.iter().copied());
        let mut best: Option<(Self, u16)> = None;
        for candidate in preferred_first {
            let quality = candidate.accepted_quality(headers);
            if quality > best.map_or(0, |(_, quality)| quality) {
                best = Some((candidate, quality));
            }
        }
        best.map(|(codec, _)| codec).ok_or(UnsupportedCodec)
    }

    fn from_media_type(text: &str) -> Option<Self> {
        let essence = text.split(';').next().unwrap_or_default().trim();
        Self::ALL.iter().copied().find(|codec| essence.eq_ignore_ascii_case(codec.media_type()))
    }

    /// Returns the quality in thousandths that `Accept` gives to this codec, by the most specific
    /// range that matches it.
    fn accepted_quality(self, headers: &HeaderMap) -> u16 {
        headers
            .get_all(ACCEPT)
            .iter()
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(','))
            .filter_map(|range| {
                let mut parts = range.split(';').map(str::trim);
                let specificity = self.specificity(parts.next()?)?;
                let quality = parts
                    .find_map(|parameter| {
                        parameter.strip_prefix("q=").or_else(|| parameter.strip_prefix("Q="))
                    })
                    .map_or(Some(1_000), parse_quality)?;
                Some((specificity, quality))
            })
            .max()
            .map_or(0, |(_, quality)| quality)
    }

    fn specificity(self, range: &str) -> Option<u8> {
        if range.eq_ignore_ascii_case(self.media_type()) {
            Some(2)
        } else if range.eq_ignore_ascii_case("application/*") {
            Some(1)
        } else {
            (range == "*/*").then_some(0)
        }
    }
}

/// Parses a `qvalue` of RFC 9110 into thousandths: `0` or `1`, with up to three decimals.
fn parse_quality(text: &str) -> Option<u16> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    if decimals.len() > 3 || !decimals.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let thousandths: u16 = format!("{decimals:0<3}").parse().ok()?;
    match whole {
        "0" => Some(thousandths),
        "1" if thousandths == 0 => Some(1_000),
        _ => None,
    }
}

/// An error of encoding or decoding a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CodecError {
    /// A value that has no form in the codec.
    #[error("the value cannot be encoded: {reason}")]
    Encode {
        /// The error of the codec.
        #[source]
        reason: ForeignError,
    },
    /// Bytes that are not such a value.
    #[error("the bytes cannot be decoded: {reason}")]
    Decode {
        /// The error of the codec. It may quote the bytes: log it, but do not send it to a peer.
        #[source]
        reason: ForeignError,
    },
}

impl Retryable for CodecError {
    fn retryability(&self) -> Retryability {
        Retryability::Final
    }
}

/// A media type that is none of [`Codec::ALL`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the media type is not supported")]
pub struct UnsupportedCodec;

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: http::HeaderName, lines: &[&'static str]) -> HeaderMap {
        let lines = lines.iter().map(|line| HeaderValue::from_static(line));
        lines.map(|line| (name.clone(), line)).collect()
    }

    #[test]
    fn json_reads_one_whole_value() {
        assert_eq!(Codec::Json.decode::<u8>(b" 7 "), Ok(7));
        for bytes in [&b"7 7"[..], b"", b"300", b"\"7\"", b"\xff"] {
            assert!(matches!(Codec::Json.decode::<u8>(bytes), Err(CodecError::Decode { .. })));
        }
        let nested = format!("{}{}", "[".repeat(1_000), "]".repeat(1_000));
        assert!(Codec::Json.decode::<serde_json::Value>(nested.as_bytes()).is_err());
    }

    #[test]
    fn a_content_type_names_the_codec_with_or_without_parameters() {
        for line in ["application/json", "Application/JSON", "application/json; charset=utf-8"] {
            assert_eq!(Codec::of_content(&headers(CONTENT_TYPE, &[line])), Ok(Codec::Json));
        }
        for lines in [
            &[][..],
            &["text/plain"],
            &["application/jsonp"],
            &["application/json", "application/json"],
        ] {
            assert_eq!(Codec::of_content(&headers(CONTENT_TYPE, lines)), Err(UnsupportedCodec));
        }
    }

    #[test]
    fn the_codec_of_the_request_answers_where_the_caller_has_no_preference() {
        let bincode = "application/vnd.hetu.cambium.v1+bincode";
        for (line, request, reply) in [
            ("*/*", Codec::Bincode, Codec::Bincode),
            ("*/*", Codec::Json, Codec::Json),
            (bincode, Codec::Json, Codec::Bincode),
            ("application/json, */*;q=0.5", Codec::Bincode, Codec::Json),
        ] {
            assert_eq!(Codec::of_reply(&headers(ACCEPT, &[line]), request), Ok(reply), "{line}");
        }
        assert_eq!(Codec::of_content(&headers(CONTENT_TYPE, &[bincode])), Ok(Codec::Bincode));
    }

    #[test]
    fn a_service_of_one_codec_answers_in_it_or_not_at_all() {
        let answered = |accept: &'static str| {
            Codec::of_reply_among(&[Codec::Json], &headers(ACCEPT, &[accept]), Codec::Json)
        };
        let bincode = "application/vnd.hetu.cambium.v1+bincode";
        assert_eq!(answered(bincode), Err(UnsupportedCodec));
        assert_eq!(answered("application/json;q=0.1, */*"), Ok(Codec::Json));
    }

    #[test]
    fn accept_is_read_by_specificity_and_quality() {
        for (lines, accepted) in [
            (&[][..], true),
            (&["*/*"], true),
            (&["text/html, application/*;q=0.1"], true),
            (&["text/html", "application/json;q=0.001"], true),
            (&["application/json;q=0"], false),
            (&["application/json;q=0, application/vnd.hetu.cambium.v1+bincode;q=0, */*"], false),
            (&["*/*;q=0, application/json"], true),
            (&["text/html"], false),
            (&["application/json;q=2"], false),
            (&["application/json;q=0.1234"], false),
        ] {
            let codec = Codec::of_reply(&headers(ACCEPT, lines), Codec::Json);
            assert_eq!(codec.is_ok(), accepted, "{lines:?}");
        }
    }
}
