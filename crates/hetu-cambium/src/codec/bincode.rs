//! The bincode codec in the form of the protocol: fixed-width little-endian integers.
//!
//! The crate is pinned because its bytes are part of the protocol. It accepts any claimed length
//! and ignores bytes after the value. Here a value takes up exactly its bytes, and allocates at
//! most a small multiple of them.

use std::cell::Cell;
use std::error::Error;

use ::bincode::config::{self, Config};
use ::bincode::de::read::Reader;
use ::bincode::error::DecodeError;
use ::bincode::serde::OwnedSerdeDecoder;
use bytes::Bytes;
use hetu_chain::text::ForeignError;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::CodecError;
use super::bounded::Bounded;

/// The longest content that is decoded, 64 MiB.
const LONGEST: usize = 1 << 26;

pub(super) fn encode<T: Serialize>(value: &T) -> Result<Bytes, CodecError> {
    ::bincode::serde::encode_to_vec(value, config::legacy())
        .map(Bytes::from)
        .map_err(|error| CodecError::Encode { reason: ForeignError::new(error) })
}

/// Decodes a value that takes up all of `bytes`.
///
/// bincode allocates for a claimed length before the bytes prove it, so the size of the content
/// limits the claims. The limit has steps because it is part of a type.
pub(super) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CodecError> {
    match bytes.len() {
        0..=0x400 => decode_within(bytes, config::legacy().with_limit::<0x400>()),
        0x401..=0x4000 => decode_within(bytes, config::legacy().with_limit::<0x4000>()),
        0x4001..=0x4_0000 => decode_within(bytes, config::legacy().with_limit::<0x4_0000>()),
        0x4_0001..=0x40_0000 => decode_within(bytes, config::legacy().with_limit::<0x40_0000>()),
        0x40_0001..=LONGEST => decode_within(bytes, config::legacy().with_limit::<LONGEST>()),
        _ => Err(undecodable("the content is longer than 64 MiB")),
    }
}

fn decode_within<T: DeserializeOwned>(bytes: &[u8], config: impl Config) -> Result<T, CodecError> {
    let rest = Cell::new(bytes);
    // Every element takes up at least one byte.
    let elements = Cell::new(bytes.len());
    let mut decoder = OwnedSerdeDecoder::from_reader(UnreadBytes(&rest), config);
    let value = T::deserialize(Bounded::new(decoder.as_deserializer(), &elements));
    let value = value.map_err(undecodable)?;
    if rest.get().is_empty() { Ok(value) } else { Err(undecodable("bytes follow the value")) }
}

/// The bytes that have not been read yet, which the decoder does not expose.
struct UnreadBytes<'rest, 'bytes>(&'rest Cell<&'bytes [u8]>);

impl Reader for UnreadBytes<'_, '_> {
    fn read(&mut self, target: &mut [u8]) -> Result<(), DecodeError> {
        let bytes = self.0.get();
        let Some((read, rest)) = bytes.split_at_checked(target.len()) else {
            return Err(DecodeError::UnexpectedEnd { additional: target.len() - bytes.len() });
        };
        target.copy_from_slice(read);
        self.0.set(rest);
        Ok(())
    }
}

fn undecodable(reason: impl Into<Box<dyn Error + Send + Sync>>) -> CodecError {
    CodecError::Decode { reason: ForeignError::new(reason) }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    enum Kind {
        Unit,
        Newtype(u8),
        Tuple(i16, char),
        Struct { text: String },
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Everything {
        number: f64,
        wide: u128,
        list: Vec<u16>,
        map: BTreeMap<String, Option<bool>>,
        kinds: Vec<Kind>,
        tuple: (i8, ()),
    }

    #[derive(Debug, Serialize, Deserialize)]
    struct Chain {
        next: Option<Box<Self>>,
    }

    fn everything() -> Everything {
        Everything {
            number: -0.5,
            wide: u128::MAX,
            list: vec![1, 2, 3],
            map: BTreeMap::from([("a".to_owned(), Some(true)), ("b".to_owned(), None)]),
            kinds: vec![
                Kind::Unit,
                Kind::Newtype(9),
                Kind::Tuple(-1, '\u{1F33F}'),
                Kind::Struct { text: "ash".to_owned() },
            ],
            tuple: (-7, ()),
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let value = everything();
        assert_eq!(decode::<Everything>(&encode(&value).unwrap()), Ok(value));
    }

    #[test]
    fn integers_are_little_endian_and_of_fixed_width() {
        let bytes = encode(&(1_u16, 2_u32, "hi", Some(3_u8), -1_i64)).unwrap();
        let expected =
            [&[1, 0, 2, 0, 0, 0][..], &[2, 0, 0, 0, 0, 0, 0, 0, b'h', b'i'], &[1, 3], &[0xff; 8]];
        assert_eq!(bytes[..], expected.concat());
    }

    #[test]
    fn a_value_takes_up_its_bytes_exactly() {
        let bytes = encode(&everything()).unwrap();
        let longer = [&bytes[..], &[0]].concat();
        assert!(decode::<Everything>(&longer).is_err());
        for length in 0..bytes.len() {
            assert!(decode::<Everything>(&bytes[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn what_no_writer_writes_is_refused() {
        assert!(decode::<bool>(&[2]).is_err());
        assert!(decode::<Option<u8>>(&[2, 0]).is_err());
        assert!(decode::<char>(&[0xff]).is_err());
        assert!(decode::<Kind>(&[9, 0, 0, 0]).is_err());
        assert!(decode::<String>(&[1, 0, 0, 0, 0, 0, 0, 0, 0xff]).is_err());
    }

    #[test]
    fn claims_of_lengths_are_not_believed() {
        let claim = u64::MAX.to_le_bytes();
        for refusal in [
            decode::<Vec<u8>>(&claim).map(|_| ()),
            decode::<String>(&claim).map(|_| ()),
            decode::<Vec<()>>(&claim).map(|_| ()),
            decode::<BTreeMap<(), ()>>(&claim).map(|_| ()),
        ] {
            assert!(matches!(refusal, Err(CodecError::Decode { .. })));
        }
        // Lists of empty values inside a list share one allowance.
        let nested: Vec<u8> =
            [3_u64, 24, 24, 24].iter().flat_map(|length| length.to_le_bytes()).collect();
        assert!(decode::<Vec<Vec<()>>>(&nested).is_err());
    }

    #[test]
    fn no_room_is_made_for_elements_that_cannot_be_there() {
        thread_local!(static READ: Cell<usize> = const { Cell::new(0) });

        /// A value that counts how often its decoding begins.
        #[derive(Debug)]
        struct Counted;

        impl<'de> Deserialize<'de> for Counted {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                READ.set(READ.get() + 1);
                u8::deserialize(deserializer).map(|_| Self)
            }
        }

        let claim = |length: u64| [&length.to_le_bytes()[..], &[0; 8]].concat();
        let refusal = decode::<Vec<Counted>>(&claim(17)).unwrap_err();
        assert!(refusal.to_string().contains("too many elements"), "{refusal}");
        assert_eq!(READ.get(), 0);
        assert_eq!(decode::<Vec<Counted>>(&claim(8)).unwrap().len(), 8);
    }

    #[test]
    fn a_value_may_be_nested_as_deep_as_in_json() {
        let chain = |depth: usize| [vec![1; depth], vec![0]].concat();
        // Each link is a struct inside an option.
        assert!(decode::<Chain>(&chain(63)).is_ok());
        let refusal = decode::<Chain>(&chain(1 << 20)).unwrap_err();
        assert!(refusal.to_string().contains("nested too deep"), "{refusal}");
    }
}
