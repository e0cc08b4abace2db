//! Decoding of contents in both codecs, into types that nest as deep as their bytes.

use std::collections::BTreeMap;
use std::fmt::Debug;

use hetu_cambium::{Codec, DiscoveryDocument, Problem, SessionGrant, SessionOffer};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::ALLOCATOR;

/// Bytes of memory for each byte of content, beside the fixed allowance: some elements of these
/// types are a hundred times as large in memory as on the wire, and lists grow by doubling.
const FACTOR: usize = 128;
const ALLOWANCE: usize = 64 << 10;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct SampleBody {
    pub flag: bool,
    pub small: u8,
    pub wide: u128,
    pub number: f64,
    pub letter: char,
    pub text: String,
    pub list: Vec<u16>,
    pub nothing: Vec<()>,
    pub nested: Vec<Vec<()>>,
    pub pairs: Vec<(i8, String)>,
    pub choice: SampleChoice,
    pub next: Option<Box<Self>>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub enum SampleChoice {
    Unit,
    Newtype(u8),
    Tuple(i16, char),
    Struct { text: String, maybe: Option<bool> },
    Deep(Box<Self>),
    Many(Vec<Self>),
    Named(Vec<(String, Self)>),
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct SampleChain {
    pub next: Option<Box<Self>>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct SampleMaps {
    pub numbers: BTreeMap<u8, String>,
    pub nothing: BTreeMap<(), ()>,
    pub nested: BTreeMap<String, Self>,
}

/// Runs the target. The first byte chooses the type and the codec.
pub fn run(bytes: &[u8]) {
    let Some((kind, content)) = bytes.split_first() else { return };
    match kind {
        b'b' => canonical::<SampleBody>(content),
        b'c' => canonical::<SampleChoice>(content),
        b'n' => chain(Codec::Bincode, content),
        b'v' => canonical::<Vec<Vec<Vec<()>>>>(content),
        b't' => canonical::<(String, Vec<u64>, Option<Vec<[u64; 8]>>)>(content),
        b'm' => stable::<SampleMaps>(Codec::Bincode, content),
        b'o' => stable::<SessionOffer>(Codec::Bincode, content),
        b'g' => stable::<SessionGrant>(Codec::Bincode, content),
        b'B' => any::<SampleBody>(content),
        b'C' => any::<SampleChoice>(content),
        b'N' => chain(Codec::Json, content),
        b'M' => any::<SampleMaps>(content),
        b'O' => stable::<SessionOffer>(Codec::Json, content),
        b'G' => stable::<SessionGrant>(Codec::Json, content),
        b'P' => stable::<Problem>(Codec::Json, content),
        b'D' => any::<DiscoveryDocument>(content),
        _ => {}
    }
}

/// Verifies that no value nests deep enough to overflow the stack.
fn chain(codec: Codec, content: &[u8]) {
    let Some(chain) = decode::<SampleChain>(codec, content) else { return };
    let links = std::iter::successors(chain.next.as_ref(), |chain| chain.next.as_ref()).count();
    assert!(links < 128, "{links} links");
    if codec == Codec::Bincode {
        assert_eq!(codec.encode(&chain).unwrap(), content);
    }
}

/// Verifies that a decoded value is encoded in the same bytes.
fn canonical<T: Serialize + DeserializeOwned>(content: &[u8]) {
    let Some(value) = decode::<T>(Codec::Bincode, content) else { return };
    let written = Codec::Bincode.encode(&value).unwrap();
    assert_eq!(written, content);
}

/// Verifies that a decoded and encoded value is decoded as an equal one.
fn stable<T: Serialize + DeserializeOwned + PartialEq + Debug>(codec: Codec, content: &[u8]) {
    let Some(value) = decode::<T>(codec, content) else { return };
    let written = codec.encode(&value).unwrap();
    assert_eq!(codec.decode::<T>(&written).as_ref(), Ok(&value));
}

fn any<T: DeserializeOwned>(content: &[u8]) {
    drop(decode::<T>(Codec::Json, content));
}

/// Decodes with a memory limit. An allocation beyond it ends the process.
fn decode<T: DeserializeOwned>(codec: Codec, content: &[u8]) -> Option<T> {
    let allowance = content.len() * FACTOR + ALLOWANCE;
    ALLOCATOR.set_limit(ALLOCATOR.allocated() + allowance).unwrap();
    let value = codec.decode(content);
    ALLOCATOR.set_limit(usize::MAX).unwrap();
    value.ok()
}
