//! Signatures with instructions to create their account (ERC-6492).

use ethers_core::abi::AbiDecode;
use ethers_core::types::Bytes;

use crate::Address;

/// The suffix of every wrapper: `6492`, sixteen times.
const MAGIC: [[u8; 2]; 16] = [[0x64, 0x92]; 16];

/// A signature in a wrapper of ERC-6492, with the call that creates or prepares its account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WrappedSignature {
    pub(crate) factory: Address,
    pub(crate) factory_calldata: Vec<u8>,
    /// The wrapped signature.
    pub(crate) signature: Vec<u8>,
}

/// Bytes with the suffix of a wrapper that are not a valid wrapper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MalformedWrapper;

impl WrappedSignature {
    /// Decodes a wrapper: `abi.encode(address factory, bytes calldata, bytes signature)`. Returns
    /// `None` if `bytes` do not have its suffix.
    pub(crate) fn unwrap(bytes: &[u8]) -> Option<Result<Self, MalformedWrapper>> {
        let content = bytes.strip_suffix(MAGIC.as_flattened())?;
        Some(Self::decode(content).ok_or(MalformedWrapper))
    }

    fn decode(content: &[u8]) -> Option<Self> {
        // The decoder reads addresses from the last 20 bytes of a word and ignores the others.
        let (padding, address) = content.first_chunk::<32>()?.split_first_chunk::<12>()?;
        if *padding != [0; 12] {
            return None;
        }
        let factory = Address::new(address.try_into().ok()?);
        let (_, calldata, signature) = <([u8; 32], Bytes, Bytes)>::decode(content).ok()?;
        let (factory_calldata, signature) = (calldata.to_vec(), signature.to_vec());
        Some(Self { factory, factory_calldata, signature })
    }
}

#[cfg(test)]
mod tests {
    use ethers_core::abi::AbiEncode;
    use proptest::prelude::*;

    use super::*;
    use crate::abi::convert::h160;

    fn wrapper(factory: Address, calldata: &[u8], signature: &[u8]) -> Vec<u8> {
        let content =
            (h160(factory), Bytes::from(calldata.to_vec()), Bytes::from(signature.to_vec()));
        [&AbiEncode::encode(content)[..], MAGIC.as_flattened()].concat()
    }

    #[test]
    fn what_does_not_end_in_the_magic_bytes_is_no_wrapper() {
        let wrapper = wrapper(Address::new([1; 20]), b"create", b"signature");
        assert_eq!(WrappedSignature::unwrap(&[]), None);
        assert_eq!(WrappedSignature::unwrap(&[0; 65]), None);
        assert_eq!(WrappedSignature::unwrap(&wrapper[..wrapper.len() - 1]), None);
        assert_eq!(WrappedSignature::unwrap(&[&wrapper[..], &[0]].concat()), None);
        assert_eq!(WrappedSignature::unwrap(&MAGIC.as_flattened()[1..]), None);
    }

    #[test]
    fn what_ends_in_the_magic_bytes_and_holds_nothing_is_malformed() {
        let whole = wrapper(Address::new([1; 20]), &[2; 40], &[3; 65]);
        let content = whole.len() - 32;
        // The last word of the content is padding except for one byte.
        for length in (0..content - 31).step_by(8) {
            let cut = [&whole[..length], MAGIC.as_flattened()].concat();
            assert_eq!(WrappedSignature::unwrap(&cut), Some(Err(MalformedWrapper)), "{length}");
        }
        for place in [0, 11, 32, 64] {
            let mut broken = whole.clone();
            broken[place] = 0xff;
            assert_eq!(WrappedSignature::unwrap(&broken), Some(Err(MalformedWrapper)), "{place}");
        }
    }

    proptest! {
        #[test]
        fn what_was_wrapped_is_unwrapped(
            factory in any::<[u8; 20]>(),
            factory_calldata in proptest::collection::vec(any::<u8>(), 0..200),
            signature in proptest::collection::vec(any::<u8>(), 0..200),
        ) {
            let factory = Address::new(factory);
            let wrapper = wrapper(factory, &factory_calldata, &signature);
            let wrapped = WrappedSignature { factory, factory_calldata, signature };
            prop_assert_eq!(WrappedSignature::unwrap(&wrapper), Some(Ok(wrapped)));
        }

        #[test]
        fn any_bytes_are_unwrapped_or_refused(
            words in proptest::collection::vec(
                prop_oneof![
                    (0..300_u64).prop_map(|low| [[0; 24].as_slice(), &low.to_be_bytes()].concat()),
                    proptest::collection::vec(any::<u8>(), 0..40),
                ],
                0..12,
            ),
        ) {
            let bytes = [words.concat(), MAGIC.concat()].concat();
            let unwrapped = WrappedSignature::unwrap(&bytes);
            let Some(unwrapped) = unwrapped else { panic!("it ends like a wrapper") };
            if let Ok(wrapped) = unwrapped {
                prop_assert!(wrapped.signature.len() <= bytes.len());
                prop_assert!(wrapped.factory_calldata.len() <= bytes.len());
            }
        }
    }
}
