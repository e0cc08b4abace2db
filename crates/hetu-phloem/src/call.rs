//! Calls as values: a service's name, its content, and the type of its reply.

use std::borrow::{Borrow, Cow};
use std::fmt;
use std::marker::PhantomData;

use bytes::Bytes;
use hetu_cambium::{Codec, CodecError, Service, SigningError, StreamService};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The form of a call that is answered by one reply.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct SingleReply;

/// The form of a call that is answered item by item.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ItemStream;

/// A call of a service, which every method of [`Phloem`](crate::Phloem) that asks miners takes.
///
/// `Reply` is the type of the reply, or of the items of a stream, and is known at compile time. A
/// service that is its own request type needs no `Call`: the request is one, by [`IntoCall`].
///
/// # Examples
///
/// ```no_run
/// use hetu_cambium::Service;
/// use hetu_phloem::{BroadcastOptions, Call, Phloem, QueryError, RouteOptions};
/// use schemars::JsonSchema;
/// use serde::{Deserialize, Serialize};
/// use serde_json::json;
///
/// #[derive(Serialize, Deserialize, JsonSchema)]
/// struct MathSum {
///     x: f64,
///     y: f64,
/// }
///
/// impl Service for MathSum {
///     const NAME: &'static str = "MathSum";
///     type Request = Self;
///     type Reply = f64;
/// }
///
/// /// A service whose request is a type of another crate.
/// struct Shout;
///
/// impl Service for Shout {
///     const NAME: &'static str = "Shout";
///     type Request = String;
///     type Reply = String;
/// }
///
/// # async fn example(phloem: Phloem) -> Result<(), Box<dyn std::error::Error>> {
/// let miners = phloem.discover();
/// // The request itself.
/// let sum: f64 = phloem.query(&miners[0], MathSum { x: 5.0, y: 3.0 }).await?.reply;
/// // A request by reference, which is kept.
/// let words = "how are you".to_owned();
/// let call = Call::of::<Shout>(&words);
/// let shouted: String = phloem.route(call, RouteOptions::default()).await?.answer.reply;
/// // A service that is known by its name alone.
/// let call = Call::json("MathSum", json!({ "x": 5, "y": 3 }));
/// for outcome in phloem.broadcast(&miners, call, BroadcastOptions::default()).await {
///     println!("{}", outcome?.reply["result"]);
/// }
/// # Ok(())
/// # }
/// ```
pub struct Call<'a, Reply, Form = SingleReply> {
    service: Cow<'a, str>,
    content: CallContent<'a>,
    decoder: ReplyDecoder<Reply>,
    form: PhantomData<fn() -> Form>,
}

/// A value that is a call: a service's request, or a [`Call`].
///
/// The parameter is the form of the answer, so that [`query`](crate::Phloem::query) takes calls of
/// a [`Service`] alone and [`stream`](crate::Phloem::stream) those of a [`StreamService`].
pub trait IntoCall<Form = SingleReply> {
    /// The type of the reply, or of the items of a stream.
    type Reply: Send;

    /// Returns the call.
    fn into_call<'a>(self) -> Call<'a, Self::Reply, Form>
    where
        Self: 'a;
}

impl<S: Service<Request = S>> IntoCall for S {
    type Reply = S::Reply;

    fn into_call<'a>(self) -> Call<'a, S::Reply>
    where
        S: 'a,
    {
        owned_call::<S>(self)
    }
}

impl<S: StreamService<Request = S>> IntoCall<ItemStream> for S {
    type Reply = S::Item;

    fn into_call<'a>(self) -> Call<'a, S::Item, ItemStream>
    where
        S: 'a,
    {
        owned_stream_call::<S>(self)
    }
}

// These two are apart because, where `S::Request` is `S`, the compiler does not apply the bounds of
// `S::Request` to it.

fn owned_call<'a, S: Service>(request: S::Request) -> Call<'a, S::Reply> {
    Call::typed(S::NAME, request)
}

fn owned_stream_call<'a, S: StreamService>(request: S::Request) -> Call<'a, S::Item, ItemStream> {
    Call::typed(S::NAME, request)
}

impl<'call, Reply: Send, Form> IntoCall<Form> for Call<'call, Reply, Form> {
    type Reply = Reply;

    fn into_call<'a>(self) -> Call<'a, Reply, Form>
    where
        Self: 'a,
        'call: 'a,
    {
        self
    }
}

impl<'a, Reply: DeserializeOwned> Call<'a, Reply> {
    /// Returns a call of the service `S`, for a service with a request type of its own, or a
    /// request that the caller keeps.
    pub fn of<S>(request: &'a S::Request) -> Self
    where
        S: Service<Reply = Reply>,
        S::Request: Sync,
    {
        Self::typed(S::NAME, request)
    }
}

impl<'a> Call<'a, Value> {
    /// Returns a call in JSON of a service that is known by its name alone, whatever codec the
    /// client has. The memory of its reply is bounded explicitly, because any JSON is valid; a
    /// typed reply is bounded by its type.
    pub fn json(service: impl Into<Cow<'a, str>>, request: impl Borrow<Value>) -> Self {
        let content = CallContent::Json(Codec::Json.encode(request.borrow()));
        let decoder = ReplyDecoder { decode: decode_typed, is_untyped: true };
        Self { service: service.into(), content, decoder, form: PhantomData }
    }
}

impl<'a, Item: DeserializeOwned> Call<'a, Item, ItemStream> {
    /// Returns a call of the stream service `S`, as [`Call::of`] does of a service.
    pub fn stream_of<S>(request: &'a S::Request) -> Self
    where
        S: StreamService<Item = Item>,
        S::Request: Sync,
    {
        Self::typed(S::NAME, request)
    }
}

impl<'a, Reply, Form> Call<'a, Reply, Form> {
    /// Returns the name of the service.
    pub fn service(&self) -> &str {
        &self.service
    }

    fn typed(service: &'static str, request: impl Serialize + Send + 'a) -> Self
    where
        Reply: DeserializeOwned,
    {
        let encode = move |codec: Codec| codec.encode(&request);
        let decoder = ReplyDecoder { decode: decode_typed, is_untyped: false };
        let content = CallContent::Typed(Box::new(encode));
        Self { service: Cow::Borrowed(service), content, decoder, form: PhantomData }
    }

    /// Encodes the content once for all attempts, by `codec` where the call does not fix one.
    pub(crate) fn encode(self, codec: Codec) -> EncodedCall<'a, Reply> {
        let Self { service, content, decoder, .. } = self;
        let (codec, content) = match content {
            CallContent::Typed(encode) => (codec, encode(codec)),
            CallContent::Json(content) => (Codec::Json, content),
        };
        EncodedCall { service, codec, content, decoder }
    }
}

impl<Reply, Form> fmt::Debug for Call<'_, Reply, Form> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Call").field("service", &self.service).finish_non_exhaustive()
    }
}

/// The content of a call before the codec of the client is known.
enum CallContent<'a> {
    Typed(Box<dyn FnOnce(Codec) -> Result<Bytes, CodecError> + Send + 'a>),
    /// The encoded content.
    Json(Result<Bytes, CodecError>),
}

/// A call with encoded content.
#[derive(Debug)]
pub(crate) struct EncodedCall<'a, Reply> {
    pub(crate) service: Cow<'a, str>,
    pub(crate) codec: Codec,
    /// An error fails each attempt, so that callers need to handle it in one place.
    content: Result<Bytes, CodecError>,
    pub(crate) decoder: ReplyDecoder<Reply>,
}

impl<Reply> EncodedCall<'_, Reply> {
    pub(crate) fn content(&self) -> Result<Bytes, SigningError> {
        Ok(self.content.clone()?)
    }
}

/// The decoder of a call's reply.
pub(crate) struct ReplyDecoder<Reply> {
    decode: fn(Codec, &[u8]) -> Result<Reply, CodecError>,
    /// `true` if the reply is any JSON. No type bounds its memory.
    pub(crate) is_untyped: bool,
}

impl<Reply> ReplyDecoder<Reply> {
    pub(crate) fn decode(self, codec: Codec, content: &[u8]) -> Result<Reply, CodecError> {
        (self.decode)(codec, content)
    }
}

impl<Reply> Clone for ReplyDecoder<Reply> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Reply> Copy for ReplyDecoder<Reply> {}

impl<Reply> fmt::Debug for ReplyDecoder<Reply> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ReplyDecoder").field("is_untyped", &self.is_untyped).finish()
    }
}

fn decode_typed<Reply: DeserializeOwned>(
    codec: Codec,
    content: &[u8],
) -> Result<Reply, CodecError> {
    codec.decode(content)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A service with a request type of another crate.
    struct Double;

    impl Service for Double {
        const NAME: &'static str = "Double";
        type Request = u64;
        type Reply = u64;
    }

    #[test]
    fn typed_call_is_encoded_and_decoded_by_the_codec_of_the_client() {
        for codec in [Codec::Json, Codec::Bincode] {
            let call = Call::of::<Double>(&21).encode(codec);
            assert_eq!((&*call.service, call.codec), (Double::NAME, codec));
            assert_eq!(call.content().unwrap(), codec.encode(&21_u64).unwrap());
            let reply = codec.encode(&42_u64).unwrap();
            assert_eq!(call.decoder.decode(codec, &reply), Ok(42));
            assert!(!call.decoder.is_untyped);
        }
    }

    #[test]
    fn json_call_is_encoded_in_json_whatever_the_codec_of_the_client() {
        let call = Call::json("Double".to_owned(), json!([21])).encode(Codec::Bincode);
        assert_eq!((&*call.service, call.codec), ("Double", Codec::Json));
        assert_eq!(call.content().unwrap(), "[21]");
        assert!(call.decoder.is_untyped);
    }

    #[test]
    fn call_that_cannot_be_encoded_fails_each_attempt() {
        struct Unwritable;

        impl Serialize for Unwritable {
            fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
                Err(serde::ser::Error::custom("it has no form"))
            }
        }

        let call: Call<'_, u64> = Call::typed("Double", Unwritable);
        let encoded = call.encode(Codec::Json);
        for _ in 0..2 {
            assert!(matches!(encoded.content(), Err(SigningError::Codec(_))));
        }
    }
}
